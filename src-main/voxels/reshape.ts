/**
 * @file Reshaping one class of a label map within its own surroundings: what is far from the class costs nothing.
 */
import type { Rectangle } from "./brush.ts";
import { createSamples, type Frame } from "./frame.ts";
import type { LabelMap } from "./label-map.ts";
import { createMask, type Lock, type Mask } from "./mask.ts";

/** Gets the class and the pixels below it, both cut to the same rectangle; returns the new shape of the class there. */
export type Reshape = (mask: Mask, frame: Frame) => Mask;

/**
 * Replaces class `value` by what `reshape` makes of it. `margin`: pixels around the class that it may look at or reach. Pixels of locked
 * classes stay, and so does the class itself when it is locked. Returns the smallest rectangle of all that changed, or null.
 */
export function reshapeClass(
  map: LabelMap,
  frame: Frame,
  { value, margin, isLocked }: { value: number; margin: number; isLocked: Lock },
  reshape: Reshape,
): Rectangle | null {
  const bounds = isLocked(value) ? null : boundsOfClass(map, value);
  if (bounds === null) return null;
  const box = inflate(bounds, Math.ceil(margin), map);
  const mask = createMask(box.width, box.height);
  const at = (x: number, y: number): number => (box.y + y) * map.width + box.x + x;
  for (let y = 0, index = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++, index++) mask.data[index] = map.data[at(x, y)] === value ? 1 : 0;
  }
  const shape = reshape(mask, cropFrame(frame, box));
  let left = box.width;
  let right = -1;
  let top = box.height;
  let bottom = -1;
  for (let y = 0, index = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++, index++) {
      const before = map.data[at(x, y)]!;
      if (shape.data[index] === mask.data[index] || isLocked(before)) continue;
      map.data[at(x, y)] = shape.data[index] === 1 ? value : 0;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0 ? null : { x: box.x + left, y: box.y + top, width: right - left + 1, height: bottom - top + 1 };
}

/** The smallest rectangle that holds class `value`; null where it is absent. */
export function boundsOfClass({ width, height, data }: LabelMap, value: number): Rectangle | null {
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    const first = row.indexOf(value);
    if (first < 0) continue;
    if (top < 0) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(right, row.lastIndexOf(value));
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

function inflate(
  { x, y, width, height }: Rectangle,
  margin: number,
  image: { width: number; height: number },
): Rectangle {
  const left = Math.max(0, x - margin);
  const top = Math.max(0, y - margin);
  return {
    x: left,
    y: top,
    width: Math.min(image.width, x + width + margin) - left,
    height: Math.min(image.height, y + height + margin) - top,
  };
}

function cropFrame(frame: Frame, { x, y, width, height }: Rectangle): Frame {
  const { channels } = frame;
  const data = createSamples(frame.sampleType, width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * frame.width + x) * channels;
    data.set(frame.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { ...frame, width, height, data };
}
