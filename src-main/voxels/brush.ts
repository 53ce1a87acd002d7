/**
 * @file The round brush. Image coordinates: pixel (column, row) covers [column, column + 1) x [row, row + 1), so its
 * center lies at (column + 0.5, row + 0.5). A pixel is painted when its center lies within the radius, border included.
 */
import type { LabelMap } from "./label-map.ts";

/** Point in image coordinates: pixels, sub-pixel positions allowed, may lie outside the image. */
export interface Point {
  x: number;
  y: number;
}

/** Rectangle of whole pixels: columns [x, x + width), rows [y, y + height). */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Paints one disc. See `paintSegment`. */
export function stampDisc(map: LabelMap, center: Point, radius: number, value: number): Rectangle | null {
  return paintSegment(map, center, center, radius, value);
}

/**
 * Sets every pixel whose center lies within `radius` pixels of the segment to `value`; value 0 erases.
 * Both directions of a segment paint the same pixels. A brush smaller than a pixel may fall between centers and paint
 * nothing. Pixels at whose row-major index `mayPaint` is false stay. Returns the smallest rectangle holding all pixels that *changed*, or null if none did.
 */
export function paintSegment(
  map: LabelMap,
  from: Point,
  to: Point,
  radius: number,
  value: number,
  mayPaint: (index: number) => boolean = () => true,
): Rectangle | null {
  const { width, height, data } = map;
  if (![from.x, from.y, to.x, to.y].every(Number.isFinite)) throw new RangeError("brush: the points must be finite.");
  if (!(radius >= 0 && Number.isFinite(radius))) throw new RangeError(`brush: radius ${radius} is not a length.`);
  if (!Number.isInteger(value) || value < 0 || value > 255) throw new RangeError(`brush: value ${value} is no class.`);

  // One fixed order of the ends, so that rounding cannot make the way back differ from the way out.
  const isForward = from.y < to.y || (from.y === to.y && from.x <= to.x);
  const [a, b] = isForward ? [from, to] : [to, from];
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const squaredLength = dx * dx + dy * dy;
  const squaredRadius = radius * radius;

  let left = width;
  let right = -1;
  let top = height;
  let bottom = -1;
  const lastRow = Math.min(height - 1, Math.floor(b.y + radius - 0.5));
  for (let row = Math.max(0, Math.ceil(a.y - radius - 0.5)); row <= lastRow; row++) {
    const y = row + 0.5;
    // Only the stretch of the segment within the radius of this row can reach it: keeps long diagonals cheap.
    const start = dy === 0 ? 0 : clampUnit((y - radius - a.y) / dy);
    const end = dy === 0 ? 1 : clampUnit((y + radius - a.y) / dy);
    const low = a.x + dx * (dx >= 0 ? start : end);
    const high = a.x + dx * (dx >= 0 ? end : start);
    // One pixel of slack on both sides: rounding above must not lose a pixel; the exact test below decides.
    const firstColumn = Math.max(0, Math.floor(low - radius - 0.5) - 1);
    const lastColumn = Math.min(width - 1, Math.ceil(high + radius - 0.5) + 1);
    for (let column = firstColumn; column <= lastColumn; column++) {
      const px = column + 0.5 - a.x;
      const py = y - a.y;
      const along = px * dx + py * dy;
      let isInside: boolean;
      if (along <= 0) {
        isInside = px * px + py * py <= squaredRadius;
      } else if (along >= squaredLength) {
        const qx = column + 0.5 - b.x;
        const qy = y - b.y;
        isInside = qx * qx + qy * qy <= squaredRadius;
      } else {
        const across = px * dy - py * dx; // distance to the line, times the length of the segment
        isInside = across * across <= squaredRadius * squaredLength;
      }
      const index = row * width + column;
      if (!isInside || data[index] === value || !mayPaint(index)) continue;
      data[index] = value;
      if (column < left) left = column;
      if (column > right) right = column;
      if (row < top) top = row;
      bottom = row;
    }
  }
  return right < 0 ? null : { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** The smallest rectangle that holds both; null is the empty rectangle. */
export function uniteRectangles(a: Rectangle | null, b: Rectangle | null): Rectangle | null {
  if (a === null || b === null) return a ?? b;
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

function clampUnit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
