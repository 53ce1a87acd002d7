/** @file Two images of one patient as one picture, to judge by eye how they lie: plain arrays of bytes, as large as the source. */
import type { IntensityRange } from "../../../src-main/api/contract.ts";
import { errorColor, type Frame, intensityOf } from "../../../src-main/voxels/index.ts";

/** Bytes, dark on low, `[height, width]`. */
export interface Gray {
  width: number;
  height: number;
  data: Uint8Array;
}

export type PairMode = "overlay" | "checkerboard" | "difference";

/** Single hot pixels must not set the contrast. */
const KEPT = 0.995;

/**
 * Brightness from the lowest value to the 99.5th percentile of all above it: the scale on which translations are learned, so that images of two modalities, and
 * what was made of them, are compared alike. `range`: that of its series, in units of the modality, dark on low.
 */
export function grayOf(frame: Frame, range?: IntensityRange): Gray {
  const { width, height, photometric, rescaleSlope, rescaleIntercept } = frame;
  const sign = photometric === "MONOCHROME1" ? -1 : 1;
  const intensity = intensityOf(frame);
  const values = Float32Array.from(
    { length: width * height },
    (_, at) => sign * (intensity(at) * rescaleSlope + rescaleIntercept),
  );
  const { low, high } = range ?? ownRange(values);
  const scale = high > low ? 255 / (high - low) : 0;
  const data = Uint8Array.from(values, (value) =>
    Number.isFinite(value) ? Math.round(Math.min(255, Math.max(0, (value - low) * scale))) : 0,
  );
  return { width, height, data };
}

function ownRange(values: Float32Array): IntensityRange {
  const sorted = values.filter(Number.isFinite).sort();
  const low = sorted[0] ?? 0;
  const above = sorted.subarray(sorted.findIndex((value) => value > low));
  const high = sorted.at(-1) === low ? low : (above[Math.ceil(KEPT * (above.length - 1))] ?? low);
  return { low, high };
}

/** As it is: an image that a model made, 0 for its lowest and 255 for its highest value. */
export function grayAsMade(frame: Frame): Gray {
  const intensity = intensityOf(frame);
  const { width, height } = frame;
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, at) => Math.round(intensity(at))) };
}

type Pixels = Uint8ClampedArray<ArrayBuffer>;

/** RGBA of one image alone. */
export function plain({ data }: Gray): Pixels {
  return painted(data.length, (at) => [data[at]!, data[at]!, data[at]!]);
}

/**
 * RGBA of both. "overlay": the target over the source in shades of orange, the source in shades of blue, so that where both are bright they are gray; `opacity`
 * of the target, 0 to 1. "checkerboard": squares by turns, `tiles` of them along the longer side. "difference": how far brightness differs.
 */
export function composed(source: Gray, target: Gray, mode: PairMode, { opacity = 0.5, tiles = 8 } = {}): Pixels {
  const { width, height } = source;
  const [own, other] = [source.data, target.data];
  switch (mode) {
    case "overlay":
      return painted(own.length, (at) => {
        const [a, b] = [(1 - opacity) * own[at]!, opacity * other[at]!];
        // Blue and orange are told apart by all eyes; together they are gray.
        return [2 * (0.25 * a + 0.75 * b), 2 * (0.5 * a + 0.5 * b), 2 * (0.75 * a + 0.25 * b)];
      });
    case "checkerboard": {
      const side = Math.max(1, Math.max(width, height) / tiles);
      return painted(own.length, (at) => {
        const isOther = (Math.floor((at % width) / side) + Math.floor(Math.floor(at / width) / side)) % 2 === 1;
        const value = isOther ? other[at]! : own[at]!;
        return [value, value, value];
      });
    }
    case "difference":
      return errorMap(source, target).pixels;
  }
}

/** Black where both are alike, over red and yellow to white where they differ most; `mean` of 1. */
export function errorMap(first: Gray, second: Gray): { pixels: Pixels; mean: number } {
  let sum = 0;
  const pixels = painted(first.data.length, (at) => {
    const difference = Math.abs(first.data[at]! - second.data[at]!);
    sum += difference;
    return errorColor(difference);
  });
  return { pixels, mean: sum / 255 / first.data.length };
}

function painted(length: number, color: (at: number) => [number, number, number]): Pixels {
  const pixels = new Uint8ClampedArray(4 * length);
  for (let at = 0; at < length; at++) {
    const [red, green, blue] = color(at);
    pixels[4 * at] = red;
    pixels[4 * at + 1] = green;
    pixels[4 * at + 2] = blue;
    pixels[4 * at + 3] = 255;
  }
  return pixels;
}
