/** @file Squares of a translation beside each other, as one picture to look at: `[size, size]` in [-1, 1]. */
import type { Placement } from "../../dataset/index.ts";
import { errorColor, type Frame } from "../../voxels/index.ts";
import type { ComparedPair } from "../trained-models.ts";

/** Of a place in the square. */
export type Panel = (at: number) => readonly [red: number, green: number, blue: number];

/** Of an intensity in [-1, 1]: black to white. */
export function gray(value: number): [number, number, number] {
  const byte = Math.round((255 * (Math.min(1, Math.max(-1, value)) + 1)) / 2);
  return [byte, byte, byte];
}

/** Without what lies around the picture. */
export function panels(size: number, placement: Placement, shown: readonly Panel[]): Frame {
  const width = shown.length * placement.width;
  const data = new Uint8ClampedArray(width * placement.height * 3);
  for (let row = 0; row < placement.height; row++) {
    for (let column = 0; column < width; column++) {
      const panel = shown[Math.floor(column / placement.width)]!;
      const at = (placement.top + row) * size + placement.left + (column % placement.width);
      data.set(panel(at), (row * width + column) * 3);
    }
  }
  return {
    width,
    height: placement.height,
    channels: 3,
    sampleType: "uint8",
    data: new Uint8Array(data.buffer),
    photometric: "RGB",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
}

/** Source, translation, target and the error between the last two: black where there is none, white where it is the whole range. */
export function comparisonPicture(size: number, { source, made, real, placement }: ComparedPair): Frame {
  return panels(size, placement, [
    (at) => gray(source[at]!),
    (at) => gray(made[at]!),
    (at) => gray(real[at]!),
    (at) => errorColor(127.5 * Math.abs(made[at]! - real[at]!)),
  ]);
}
