/**
 * @file Resizing of planes and label maps. Pixel centers lie at (column + 0.5, row + 0.5) and the outer borders of both
 * images coincide (half-pixel convention; OpenCV's INTER_LINEAR, ONNX Resize "half_pixel").
 */
import { createLabelMap, type LabelMap } from "./label-map.ts";

export interface Size {
  width: number;
  height: number;
}

/**
 * Bilinear resize of one plane, `[from.height, from.width] -> [to.height, to.width]`, edges repeated. No smoothing:
 * to shrink by more than 2, use `resizeArea`, which misses no pixel. The result is a fresh array.
 */
export function resizeBilinear(plane: ArrayLike<number>, from: Size, to: Size): Float32Array<ArrayBuffer> {
  const columns = taps(from.width, to.width);
  const rows = taps(from.height, to.height);
  const resized = new Float32Array(to.width * to.height);
  for (let row = 0; row < to.height; row++) {
    const above = rows.first[row]! * from.width;
    const below = rows.second[row]! * from.width;
    const down = rows.weight[row]!;
    for (let column = 0; column < to.width; column++) {
      const left = columns.first[column]!;
      const right = columns.second[column]!;
      const across = columns.weight[column]!;
      const upper = plane[above + left]! * (1 - across) + plane[above + right]! * across;
      const lower = plane[below + left]! * (1 - across) + plane[below + right]! * across;
      resized[row * to.width + column] = upper * (1 - down) + lower * down;
    }
  }
  return resized;
}

/** Each of `channels` planes resized: `[channels, from.height, from.width] -> [channels, to.height, to.width]`. */
export function resizePlanes(
  planes: Float32Array,
  channels: number,
  from: Size,
  to: Size,
  resize: typeof resizeBilinear = resizeBilinear,
): Float32Array<ArrayBuffer> {
  const area = from.width * from.height;
  if (planes.length !== channels * area) {
    throw new RangeError(`resize: ${planes.length} values do not fill ${channels} x ${from.height} x ${from.width}.`);
  }
  const resized = new Float32Array(channels * to.width * to.height);
  for (let channel = 0; channel < channels; channel++) {
    const plane = planes.subarray(channel * area, (channel + 1) * area);
    resized.set(resize(plane, from, to), channel * to.width * to.height);
  }
  return resized;
}

/**
 * Area-weighted mean along each axis that shrinks, bilinear along each that grows: thumbnails, and training images
 * made from larger ones. `[from.height, from.width] -> [to.height, to.width]`.
 */
export function resizeArea(plane: ArrayLike<number>, from: Size, to: Size): Float32Array<ArrayBuffer> {
  const narrow = { width: Math.min(from.width, to.width), height: Math.min(from.height, to.height) };
  const columns = shares(from.width, narrow.width);
  const rows = shares(from.height, narrow.height);
  const wide = new Float32Array(narrow.width * from.height);
  for (let row = 0; row < from.height; row++) {
    for (let column = 0; column < narrow.width; column++) {
      let sum = 0;
      for (const { index, share } of columns[column]!) sum += plane[row * from.width + index]! * share;
      wide[row * narrow.width + column] = sum;
    }
  }
  const shrunk = new Float32Array(narrow.width * narrow.height);
  for (let row = 0; row < narrow.height; row++) {
    for (const { index, share } of rows[row]!) {
      const source = index * narrow.width;
      for (let column = 0; column < narrow.width; column++) {
        shrunk[row * narrow.width + column]! += wide[source + column]! * share;
      }
    }
  }
  const isDone = narrow.width === to.width && narrow.height === to.height;
  return isDone ? shrunk : resizeBilinear(shrunk, narrow, to);
}

/** Nearest-neighbor resize: never invents a class between two others. The result is a fresh label map. */
export function resizeLabelMap(map: LabelMap, to: Size): LabelMap {
  const resized = createLabelMap(to.width, to.height);
  const columns = nearest(map.width, to.width);
  const rows = nearest(map.height, to.height);
  for (let row = 0; row < to.height; row++) {
    const source = rows[row]! * map.width;
    for (let column = 0; column < to.width; column++) {
      resized.data[row * to.width + column] = map.data[source + columns[column]!]!;
    }
  }
  return resized;
}

function nearest(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, index) => Math.min(from - 1, Math.floor(((index + 0.5) * from) / to)));
}

/** For each target position the two source positions to blend and the weight of the second. */
function taps(from: number, to: number): { first: Int32Array; second: Int32Array; weight: Float64Array } {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const weight = new Float64Array(to);
  for (let index = 0; index < to; index++) {
    const position = Math.min(from - 1, Math.max(0, ((index + 0.5) * from) / to - 0.5));
    first[index] = Math.floor(position);
    second[index] = Math.min(from - 1, first[index]! + 1);
    weight[index] = position - first[index]!;
  }
  return { first, second, weight };
}

/** For each target cell the source cells it covers, with shares that sum to 1. */
function shares(from: number, to: number): { index: number; share: number }[][] {
  const scale = from / to;
  return Array.from({ length: to }, (_, cell) => {
    const start = cell * scale;
    const end = Math.min(from, start + scale);
    const covered: { index: number; share: number }[] = [];
    for (let index = Math.floor(start); index < Math.min(from, Math.ceil(end)); index++) {
      const share = (Math.min(end, index + 1) - Math.max(start, index)) / (end - start);
      if (share > 0) covered.push({ index, share });
    }
    return covered;
  });
}
