/** @file Images of any size as one plane of fixed size, the input of the feature network. */
import { resizeArea } from "../../voxels/index.ts";

/** Rows and columns of what is compared: details below 1/64 of the image are not seen. */
export const SIDE = 64;

/** An image as planes. */
export interface Planes {
  width: number;
  height: number;
  /** 1 = grey, 3 = red, green, blue. */
  channels: 1 | 3;
  /** [channels, height, width], [0, 1]. */
  data: ArrayLike<number>;
}

/**
 * `[channels, height, width] -> [64, 64]`: luma (ITU-R BT.601) of color, then the area-weighted mean. Images that are not square are stretched, not cut:
 * what is compared must not lose a border. Throws `RangeError` for lengths that do not fit and values that are not finite.
 */
export function toSquare({ width, height, channels, data }: Planes): Float64Array {
  const area = width * height;
  if (!(area > 0) || data.length !== channels * area) {
    throw new RangeError(`features: ${data.length} values do not fill ${channels} x ${height} x ${width}.`);
  }
  const luma = new Float64Array(area);
  for (let at = 0; at < area; at++) {
    luma[at] = channels === 1 ? data[at]! : 0.299 * data[at]! + 0.587 * data[area + at]! + 0.114 * data[2 * area + at]!;
    if (!Number.isFinite(luma[at])) {
      throw new RangeError(`features: pixel ${at} of ${width} x ${height} is ${luma[at]!}.`);
    }
  }
  return Float64Array.from(resizeArea(luma, { width, height }, { width: SIDE, height: SIDE }));
}

/** Standard deviation, in [0, 1], below which a plane is flat: less than half a step of 8 bits. Stretching it would show rounding only. */
const FLAT = 1 / 512;

/** Mean 0 and standard deviation 1, so that a change of brightness or contrast is no difference. A flat plane is 0 everywhere. */
export function standardized(plane: Float64Array): Float64Array {
  const mean = meanOf(plane);
  const deviation = standardDeviation(plane);
  return deviation < FLAT ? new Float64Array(plane.length) : plane.map((value) => (value - mean) / deviation);
}

export const meanOf = (plane: Float64Array): number => plane.reduce((sum, value) => sum + value, 0) / plane.length;

export function standardDeviation(plane: Float64Array): number {
  const mean = meanOf(plane);
  return Math.sqrt(plane.reduce((sum, value) => sum + (value - mean) ** 2, 0) / plane.length);
}
