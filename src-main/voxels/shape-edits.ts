/**
 * @file Cutting one shape of a class in two and joining two to one. Pixels that touch by a corner are one shape (`shapesOf`).
 */
import { paintSegment, type Point, type Rectangle } from "./brush.ts";
import { labelComponents } from "./components.ts";
import type { LabelMap } from "./label-map.ts";
import { createMask, type Lock, type Mask } from "./mask.ts";

/** The shape of one class that holds `point`; null on background and outside the image. */
export function shapeAt(map: LabelMap, point: Point): { value: number; mask: Mask } | null {
  const { width, height, data } = map;
  const x = Math.floor(point.x);
  const y = Math.floor(point.y);
  if (x < 0 || y < 0 || x >= width || y >= height || data[y * width + x] === 0) return null;
  const value = data[y * width + x]!;
  const { labels } = labelComponents(
    data.map((each) => (each === value ? 1 : 0)),
    [height, width],
    2,
  );
  const mask = createMask(width, height);
  const label = labels[y * width + x];
  labels.forEach((each, index) => (mask.data[index] = each === label ? 1 : 0));
  return { value, mask };
}

/**
 * Erases class `value` along a line, thick enough that the sides no longer touch by a corner and no thicker: every pixel that the line passes
 * through, and where it runs through a corner of pixels also the one above or below, for there it goes up or down first. Returns what changed,
 * or null. Other classes stay.
 */
export function cutAlong(map: LabelMap, path: readonly Point[], value: number): Rectangle | null {
  const { width, height } = map;
  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  const erase = (x: number, y: number): void => {
    if (x < 0 || y < 0 || x >= width || y >= height || map.data[y * width + x] !== value) return;
    map.data[y * width + x] = 0;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  };
  for (let index = 0; index + 1 < path.length; index++) crossedPixels(path[index]!, path[index + 1]!, erase);
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * Joins two shapes by a bridge `thickness` pixels wide between their nearest pixels, painted with `value` where no locked class is. Of equally near
 * pairs it is the first, by reading order of the pixel of `first`, then of `second`. Returns what changed, or null if nothing did.
 */
export function bridge(
  map: LabelMap,
  first: Mask,
  second: Mask,
  { value, thickness }: { value: number; thickness: number },
  isLocked: Lock = () => false,
): Rectangle | null {
  const ends = nearestPixels(first, second);
  if (ends === null) return null;
  return paintSegment(map, ends.from, ends.to, thickness / 2, value, (index) => !isLocked(map.data[index]!));
}

/** Every pixel that the line passes through, edge by edge. */
function crossedPixels(from: Point, to: Point, visit: (x: number, y: number) => void): void {
  let x = Math.floor(from.x);
  let y = Math.floor(from.y);
  const lastX = Math.floor(to.x);
  const lastY = Math.floor(to.y);
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  visit(x, y);
  // Amanatides & Woo, 1987: to whichever border of the pixel the line meets first.
  for (let steps = Math.abs(lastX - x) + Math.abs(lastY - y); steps > 0; steps--) {
    const untilX = dx === 0 ? Infinity : ((dx > 0 ? x + 1 : x) - from.x) / dx;
    const untilY = dy === 0 ? Infinity : ((dy > 0 ? y + 1 : y) - from.y) / dy;
    const isAcross = x !== lastX && (untilX < untilY || y === lastY);
    if (isAcross) x += Math.sign(dx);
    else y += Math.sign(dy);
    visit(x, y);
  }
}

/** Centers of the nearest pixels of two masks, from their borders alone. */
function nearestPixels(first: Mask, second: Mask): { from: Point; to: Point } | null {
  const starts = borderPixels(first);
  const ends = borderPixels(second);
  let best: { from: Point; to: Point } | null = null;
  let shortest = Infinity;
  for (const from of starts) {
    for (const to of ends) {
      const squared = (from.x - to.x) ** 2 + (from.y - to.y) ** 2;
      if (squared >= shortest) continue;
      shortest = squared;
      best = { from, to };
    }
  }
  return best;
}

function borderPixels({ width, height, data }: Mask): Point[] {
  const pixels: Point[] = [];
  for (let y = 0, index = 0; y < height; y++) {
    for (let x = 0; x < width; x++, index++) {
      if (data[index] === 0) continue;
      const isInner =
        x > 0 &&
        x < width - 1 &&
        y > 0 &&
        y < height - 1 &&
        data[index - 1]! &&
        data[index + 1]! &&
        data[index - width]! &&
        data[index + width]!;
      if (!isInner) pixels.push({ x: x + 0.5, y: y + 0.5 });
    }
  }
  return pixels;
}
