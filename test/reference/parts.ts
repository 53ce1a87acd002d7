/** @file Cut and bridge: a line that parts a class, and the shortest way between two shapes. */
import { strokeOf } from "./outlines.ts";
import { type At, pixelsOf, type Plane } from "./plane.ts";
import { shapeOf } from "./regions.ts";

/** The labels without what class `value` has on a line through all points. */
export function cutOf(plane: Plane, path: readonly At[], value: number): Uint8Array {
  const pixels = pixelsOf(plane);
  return plane.data.map((each, index) => {
    const isOnLine = path.slice(1).some((to, piece) => isPassed(pixels[index]!, path[piece]!, to));
    return each === value && isOnLine ? 0 : each;
  });
}

/**
 * Whether a straight line from one point to another passes through a pixel: it is in its column and its row at the same time. A line that comes into
 * the row as it leaves the column runs through a corner; there it goes up or down first, so that the pixel counts.
 */
function isPassed(pixel: At, from: At, to: At): boolean {
  const column = timesIn(pixel.x, from.x, to.x);
  const row = timesIn(pixel.y, from.y, to.y);
  return column !== null && row !== null && column.enters < row.leaves && row.enters <= column.leaves;
}

/** When something that moves evenly from `from` to `to`, between times 0 and 1, is in [cell, cell + 1); null for never. */
function timesIn(cell: number, from: number, to: number): { enters: number; leaves: number } | null {
  const [first, last] = [Math.floor(from), Math.floor(to)];
  if (cell < Math.min(first, last) || cell > Math.max(first, last)) return null;
  const crosses = (border: number): number => (border - from) / (to - from);
  const [near, far] = to > from ? [cell, cell + 1] : [cell + 1, cell];
  return {
    enters: cell === first ? -Infinity : crosses(near),
    leaves: cell === last ? Infinity : crosses(far),
  };
}

/**
 * The labels with two shapes of one class joined where their pixels are nearest, by a stroke between the centers of these; of equally near pairs
 * the first in reading order. As they were where the points are not on two shapes of one class.
 */
export function bridgeOf(
  plane: Plane,
  ends: { from: At; to: At },
  { radius, isLocked = () => false }: { radius: number; isLocked?: (value: number) => boolean },
): Uint8Array {
  const [first, second] = [shapeOf(plane, ends.from), shapeOf(plane, ends.to)];
  if (first === null || second === null || first.value !== second.value || isLocked(first.value)) return plane.data;
  const pixels = pixelsOf(plane);
  if (pixels.some((_, index) => first.inside[index] === 1 && second.inside[index] === 1)) return plane.data;
  let nearest: { from: At; to: At; squared: number } | null = null;
  for (const from of pixels.filter((_, index) => first.inside[index] === 1)) {
    for (const to of pixels.filter((_, index) => second.inside[index] === 1)) {
      const squared = (from.x - to.x) ** 2 + (from.y - to.y) ** 2;
      if (nearest === null || squared < nearest.squared) nearest = { from, to, squared };
    }
  }
  const center = ({ x, y }: At): At => ({ x: x + 0.5, y: y + 0.5 });
  const stroke = strokeOf(plane, [center(nearest!.from), center(nearest!.to)], radius);
  return plane.data.map((each, index) => (stroke[index] === 1 && !isLocked(each) ? first.value : each));
}
