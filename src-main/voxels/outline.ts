/**
 * @file Outlines of a mask along the edges of its pixels, and polygons back to pixels: exact both ways.
 */
import type { Box } from "./column-runs.ts";
import type { Size } from "./resample.ts";

/** x0, y0, x1, y1, …; pixel (0, 0) covers the square from (0, 0) to (1, 1). */
export type Polygon = number[];

/** Steps right, down, left, up. */
const steps = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

/**
 * The closed outlines of the pixels in `box` for which `isInside` holds, corners only. Pixels that touch by a corner are one
 * shape. Outer outlines run clockwise on the screen, those of holes the other way.
 */
export function traceOutlines(box: Box, isInside: (x: number, y: number) => boolean): Polygon[] {
  const stride = box.width + 1;
  const inside = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < box.width && y < box.height && isInside(box.x + x, box.y + y);
  // For each corner the directions in which an edge leaves it, one bit each; the shape lies to the right of an edge.
  const leaving = new Uint8Array(stride * (box.height + 1));
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      if (!inside(x, y)) continue;
      if (!inside(x, y - 1)) leaving[y * stride + x]! |= 1;
      if (!inside(x + 1, y)) leaving[y * stride + x + 1]! |= 2;
      if (!inside(x, y + 1)) leaving[(y + 1) * stride + x + 1]! |= 4;
      if (!inside(x - 1, y)) leaving[(y + 1) * stride + x]! |= 8;
    }
  }
  const outlines: Polygon[] = [];
  for (let start = 0; start < leaving.length; start++) {
    while (leaving[start] !== 0) outlines.push(follow(leaving, start, stride, box));
  }
  return outlines;
}

/** Takes the edges of one outline out of `leaving`. */
function follow(leaving: Uint8Array, start: number, stride: number, box: Box): Polygon {
  const outline: Polygon = [];
  let corner = start;
  let direction = -1;
  const first = Math.log2(leaving[start]! & -leaving[start]!);
  let next = first;
  do {
    if (next !== direction) outline.push(box.x + (corner % stride), box.y + Math.floor(corner / stride));
    direction = next;
    leaving[corner]! &= ~(1 << direction);
    corner += steps[direction]![0] + steps[direction]![1] * stride;
    // Left first: where two pixels touch by a corner the outline goes on around the other one.
    next =
      [direction + 3, direction, direction + 1]
        .map((each) => each % 4)
        .find((each) => leaving[corner]! & (1 << each)) ?? -1;
  } while (next !== -1 && !(corner === start && next === first));
  return outline;
}

/** Twice the area; positive for outlines that run clockwise on the screen (y down). */
export function signedArea(polygon: Polygon): number {
  let sum = 0;
  for (let index = 0; index < polygon.length; index += 2) {
    const next = (index + 2) % polygon.length;
    sum += polygon[index]! * polygon[next + 1]! - polygon[next]! * polygon[index + 1]!;
  }
  return sum;
}

/**
 * One polygon for a shape with holes: each hole is reached by a line that is walked there and back, so it covers no pixel.
 * `outlines` are those of one connected shape.
 */
export function joinHoles(outlines: readonly Polygon[]): Polygon {
  const [outer, ...others] = [...outlines].sort((a, b) => signedArea(b) - signedArea(a));
  let joined = outer!;
  for (const hole of others) {
    let best = { distance: Infinity, from: 0, to: 0 };
    for (let from = 0; from < joined.length; from += 2) {
      for (let to = 0; to < hole.length; to += 2) {
        const distance = (joined[from]! - hole[to]!) ** 2 + (joined[from + 1]! - hole[to + 1]!) ** 2;
        if (distance < best.distance) best = { distance, from, to };
      }
    }
    const { from, to } = best;
    joined = [
      ...joined.slice(0, from + 2),
      ...hole.slice(to),
      ...hole.slice(0, to + 2),
      ...joined.slice(from, from + 2),
      ...joined.slice(from + 2),
    ];
  }
  return joined;
}

/** Calls `paint` with the row-major position of every pixel whose center lies in the polygon (even-odd rule). */
export function paintPolygon(polygon: Polygon, { width, height }: Size, paint: (position: number) => void): void {
  const crossings = new Map<number, number[]>();
  for (let index = 0; index < polygon.length; index += 2) {
    const next = (index + 2) % polygon.length;
    let [x0, y0, x1, y1] = [polygon[index]!, polygon[index + 1]!, polygon[next]!, polygon[next + 1]!];
    if (y0 > y1) [x0, y0, x1, y1] = [x1, y1, x0, y0];
    const last = Math.min(height, Math.ceil(y1 - 0.5));
    for (let row = Math.max(0, Math.ceil(y0 - 0.5)); row < last; row++) {
      const x = x0 + ((row + 0.5 - y0) * (x1 - x0)) / (y1 - y0);
      const known = crossings.get(row);
      if (known === undefined) crossings.set(row, [x]);
      else known.push(x);
    }
  }
  for (const [row, xs] of crossings) {
    xs.sort((a, b) => a - b);
    for (let index = 0; index + 1 < xs.length; index += 2) {
      const end = Math.min(width, Math.ceil(xs[index + 1]! - 0.5));
      for (let x = Math.max(0, Math.ceil(xs[index]! - 0.5)); x < end; x++) paint(row * width + x);
    }
  }
}
