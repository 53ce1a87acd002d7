/** @file Intensities of one modality of one patient between -1 and 1: the same scale for all of a series. */
import { type Placement, squareFrame } from "../../dataset/index.ts";
import type { Frame } from "../../voxels/index.ts";

export interface IntensityRange {
  low: number;
  high: number;
}

/** Name of what `rangeOf` and `scaled` do; stands in the metadata of models: never change it, add another. */
export const TRANSLATION_INTENSITIES = "series-p99.5-foreground";

/** Single hot pixels must not set the contrast. */
const KEPT = 0.995;
/** Values of an image that are looked at; more tell no more. */
const LOOKED_AT = 4096;

/** Side of the squares on which a series is looked at, as of the usual size of a translation. */
const LOOKED_SIDE = 256;

interface Square {
  /** Values as they are, `[size, size]`. */
  image: Float32Array;
  placement: Placement;
}

/** Lowest value of all images, and the 99.5th percentile of those above it. Of one value: equal. */
export async function rangeOf(
  squares: readonly (() => Promise<Square> | Square)[],
  size: number,
): Promise<IntensityRange> {
  let low = Infinity;
  const values: number[] = [];
  for (const read of squares) {
    const { image, placement } = await read();
    const { left, top, width, height } = placement;
    const pixels = width * height;
    const stride = Math.max(1, Math.floor(pixels / LOOKED_AT));
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = image[(top + Math.floor(pixel / width)) * size + left + (pixel % width)]!;
      if (value < low) low = value;
      if (pixel % stride === 0) values.push(value);
    }
  }
  const above = values.filter((value) => value > low).toSorted((a, b) => a - b);
  const high = above.length === 0 ? low : above[Math.ceil(KEPT * (above.length - 1))]!;
  return { low, high };
}

/** The same of a series as it is read, in units of the modality, dark on low: for those who look at it beside its translation. */
export function seriesRange(reads: readonly (() => Promise<Frame>)[]): Promise<IntensityRange> {
  const squares = reads.map((read) => async () => squareFrame(await read(), { size: LOOKED_SIDE, channels: 1 }));
  return rangeOf(squares, LOOKED_SIDE);
}

/** `[size, size]` in [-1, 1]; -1 around the picture, and everywhere where the range is none. */
export function scaled(
  image: Float32Array,
  { size, placement }: { size: number; placement: Placement },
  { low, high }: IntensityRange,
): Float32Array<ArrayBuffer> {
  const { left, top, width, height } = placement;
  const result = new Float32Array(size * size).fill(-1);
  if (!(high > low)) return result;
  for (let row = top; row < top + height; row++) {
    for (let at = row * size + left; at < row * size + left + width; at++) {
      result[at] = 2 * Math.min(1, Math.max(0, (image[at]! - low) / (high - low))) - 1;
    }
  }
  return result;
}
