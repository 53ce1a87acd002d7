/** @file What a generator painted on a square, as an image of its own: cut to the picture, in bytes, with its mask. */
import { type Placement, unwarpImage } from "../dataset/index.ts";
import type { MaskRecord } from "../methods/index.ts";
import type { Planes } from "../metrics/index.ts";
import type { Frame, LabelMap, PixelSpacing } from "../voxels/index.ts";

export interface Painted {
  /** `[channels, size, size]` in [0, 1]. */
  image: Float32Array;
  channels: 1 | 3;
  size: number;
  placement: Placement;
}

/** 8 bits: what a generator knows of intensities is no finer. `spacing`: of its pixels. */
export function paintedFrame(
  { image, channels, size, placement }: Painted,
  spacing: PixelSpacing | null,
): Frame & { window: null } {
  const { left, top, width, height } = placement;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const value = image[(channel * size + top + row) * size + left + column]!;
        data[(row * width + column) * channels + channel] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
    }
  }
  return {
    width,
    height,
    channels,
    sampleType: "uint8",
    data,
    photometric: channels === 1 ? "MONOCHROME2" : "RGB",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing,
  };
}

/** Class numbers of the square (k + 1 for `classes[k]`) as a label map of the picture. */
export function pictureLabels(
  classNumbers: Uint8Array,
  { size, placement }: Pick<Painted, "size" | "placement">,
  classes: readonly number[],
): LabelMap {
  const { left, top, width, height } = placement;
  const data = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const number = classNumbers[(top + row) * size + left + column]!;
      if (number > 0) data[row * width + column] = classes[number - 1]!;
    }
  }
  return { width, height, data };
}

/**
 * The picture with the deformation of its mask undone, to be compared with real ones: a copy that was turned lies no nearer to its original than any other
 * image. What lies outside is filled from the picture's edges.
 */
export function undeformed({ image, channels, size, placement }: Painted, { geometry }: MaskRecord): Planes {
  const filled = { width: size, height: size, channels, data: image.slice() };
  fillAround(filled.data, { channels, size, placement });
  return pictureOf(unwarpImage(filled, geometry, "repeat").image.data, { channels, size, placement });
}

/** The picture of a square of planes. */
export function pictureOf(
  square: Float32Array,
  { channels, size, placement }: Pick<Painted, "channels" | "size" | "placement">,
): Planes {
  const { left, top, width, height } = placement;
  const data = new Float32Array(channels * width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      const start = (channel * size + top + row) * size + left;
      data.set(square.subarray(start, start + width), (channel * height + row) * width);
    }
  }
  return { width, height, channels, data };
}

/** Around the picture its edges go on. */
function fillAround(
  square: Float32Array,
  { channels, size, placement }: Pick<Painted, "channels" | "size" | "placement">,
): void {
  const { left, top, width, height } = placement;
  const within = (value: number, from: number, length: number): number =>
    Math.min(from + length - 1, Math.max(from, value));
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const source = within(row, top, height) * size + within(column, left, width);
        square[(channel * size + row) * size + column] = square[channel * size * size + source]!;
      }
    }
  }
}
