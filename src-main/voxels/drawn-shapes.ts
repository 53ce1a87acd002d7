/**
 * @file Masks of shapes that are drawn by their outline: polygon and lasso, rectangle, ellipse. As for the brush, a pixel is inside when its
 * center is, in image coordinates where pixel (0, 0) covers the square from (0, 0) to (1, 1).
 */
import type { Point } from "./brush.ts";
import { createMask, type Mask } from "./mask.ts";
import { paintPolygon } from "./outline.ts";
import type { Size } from "./resample.ts";

/** Even-odd rule: where an outline crosses itself, what it goes around twice is outside. Fewer than three corners hold nothing. */
export function polygonMask(size: Size, corners: readonly Point[]): Mask {
  const mask = createMask(size.width, size.height);
  paintPolygon(
    corners.flatMap(({ x, y }) => [x, y]),
    size,
    (index) => (mask.data[index] = 1),
  );
  return mask;
}

/** The rectangle between two opposite corners. */
export function rectangleMask(size: Size, from: Point, to: Point): Mask {
  const mask = createMask(size.width, size.height);
  const [left, right] = centersBetween(from.x, to.x, size.width);
  const [top, bottom] = centersBetween(from.y, to.y, size.height);
  if (right <= left) return mask;
  for (let y = top; y < bottom; y++) mask.data.fill(1, y * size.width + left, y * size.width + right);
  return mask;
}

/** The ellipse that fits into the rectangle between two opposite corners. */
export function ellipseMask(size: Size, from: Point, to: Point): Mask {
  const mask = createMask(size.width, size.height);
  const center = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const radius = { x: Math.abs(to.x - from.x) / 2, y: Math.abs(to.y - from.y) / 2 };
  const [top, bottom] = centersBetween(from.y, to.y, size.height);
  for (let y = top; y < bottom; y++) {
    const share = (y + 0.5 - center.y) / radius.y;
    const half = radius.x * Math.sqrt(Math.max(0, 1 - share * share));
    const [left, right] = centersBetween(center.x - half, center.x + half, size.width);
    if (right > left) mask.data.fill(1, y * size.width + left, y * size.width + right);
  }
  return mask;
}

/** The first pixel whose center lies between `a` and `b`, and the one after the last. */
function centersBetween(a: number, b: number, size: number): [first: number, end: number] {
  const first = Math.max(0, Math.ceil(Math.min(a, b) - 0.5));
  return [first, Math.min(size, Math.floor(Math.max(a, b) - 0.5) + 1)];
}
