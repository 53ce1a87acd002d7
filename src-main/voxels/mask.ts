/**
 * @file Masks: one class of a label map by itself, 0 or 1 per pixel, and back. Tools that reshape a class work on these.
 */
import type { Rectangle } from "./brush.ts";
import type { LabelMap } from "./label-map.ts";

/** `data[y * width + x]` is 1 inside, 0 outside. */
export interface Mask {
  width: number;
  height: number;
  data: Uint8Array;
}

export function createMask(width: number, height: number): Mask {
  return { width, height, data: new Uint8Array(width * height) };
}

/** The pixels of class `value`. A fresh mask. */
export function maskOfClass({ width, height, data }: LabelMap, value: number): Mask {
  return { width, height, data: data.map((each) => (each === value ? 1 : 0)) };
}

/** Pixels of a class that may not change. */
export type Lock = (value: number) => boolean;

const nothingLocked: Lock = () => false;

/**
 * Makes class `value` cover `mask` exactly, but for pixels of locked classes, which stay. Returns the smallest rectangle that holds
 * all pixels that changed, or null if none did.
 */
export function replaceClass(map: LabelMap, mask: Mask, value: number, isLocked = nothingLocked): Rectangle | null {
  return rewrite(map, mask, (before, isInside) => {
    if (isInside) return isLocked(before) ? before : value;
    return before === value ? 0 : before;
  });
}

/** Sets the pixels of `mask` to `value`, but for those of locked classes. Returns what changed, as `replaceClass`. */
export function paintMask(map: LabelMap, mask: Mask, value: number, isLocked = nothingLocked): Rectangle | null {
  return rewrite(map, mask, (before, isInside) => (isInside && !isLocked(before) ? value : before));
}

function rewrite(map: LabelMap, mask: Mask, next: (before: number, isInside: boolean) => number): Rectangle | null {
  const { width, height, data } = map;
  if (mask.width !== width || mask.height !== height) {
    throw new RangeError(`mask: size ${mask.width} x ${mask.height}: expected ${width} x ${height}.`);
  }
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      const before = data[index]!;
      const after = next(before, mask.data[index] === 1);
      if (after === before) continue;
      data[index] = after;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}
