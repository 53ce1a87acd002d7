/**
 * @file Regions around a pixel: of one class (fill), or of similar intensity (magic wand).
 */
import type { Point } from "./brush.ts";
import type { Frame } from "./frame.ts";
import type { LabelMap } from "./label-map.ts";
import { createMask, type Mask } from "./mask.ts";

/** The pixels joined to `seed` by edge neighbors of its class. Empty when the seed lies outside the image. */
export function regionOfClass(map: LabelMap, seed: Point): Mask {
  const { width, data } = map;
  const value = data[Math.floor(seed.y) * width + Math.floor(seed.x)];
  return flood(map, seed, (index) => data[index] === value);
}

/**
 * The pixels joined to `seed` by edge neighbors whose value differs from the seed's by at most `tolerance`, in rescaled units (HU for
 * CT); of color frames in each channel. Empty when the seed lies outside the image.
 */
export function regionOfIntensity(frame: Frame, seed: Point, tolerance: number): Mask {
  if (!(tolerance >= 0)) throw new RangeError(`region growing: tolerance ${tolerance} is not a distance.`);
  const { width, channels, data, rescaleSlope } = frame;
  const samples = rescaleSlope === 0 ? Infinity : tolerance / Math.abs(rescaleSlope);
  const first = (Math.floor(seed.y) * width + Math.floor(seed.x)) * channels;
  const isSimilar =
    channels === 1
      ? (index: number): boolean => Math.abs(data[index]! - data[first]!) <= samples
      : (index: number): boolean =>
          Math.abs(data[3 * index]! - data[first]!) <= samples &&
          Math.abs(data[3 * index + 1]! - data[first + 1]!) <= samples &&
          Math.abs(data[3 * index + 2]! - data[first + 2]!) <= samples;
  return flood(frame, seed, isSimilar);
}

/** Row by row: each run is found once, so a whole image costs a few visits per pixel. */
function flood(
  { width, height }: { width: number; height: number },
  seed: Point,
  isIn: (index: number) => boolean,
): Mask {
  const region = createMask(width, height);
  const { data } = region;
  const column = Math.floor(seed.x);
  const row = Math.floor(seed.y);
  if (column < 0 || row < 0 || column >= width || row >= height) return region;
  const open = [row * width + column];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (data[index] === 1) continue;
    const start = index - (index % width);
    const end = start + width;
    let left = index;
    while (left > start && data[left - 1] === 0 && isIn(left - 1)) left--;
    let right = index;
    while (right + 1 < end && data[right + 1] === 0 && isIn(right + 1)) right++;
    data.fill(1, left, right + 1);
    for (const step of [-width, width]) {
      let isRun = false;
      for (let other = left + step; other <= right + step; other++) {
        if (other < 0 || other >= data.length) break;
        const isOpen = data[other] === 0 && isIn(other);
        if (isOpen && !isRun) open.push(other);
        isRun = isOpen;
      }
    }
  }
  return region;
}
