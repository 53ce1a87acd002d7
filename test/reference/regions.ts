/** @file What hangs together: fill, wand, holes, shapes. */
import { type At, isWithin, type Picture, pixelAt, pixelsOf, type Plane, type Size } from "./plane.ts";

const edgeSteps = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];
const allSteps = [...edgeSteps, [1, 1], [1, -1], [-1, 1], [-1, -1]];

/** All that hangs together with a pixel, itself included, where `isIn` holds. */
function connected(size: Size, start: number, isIn: (index: number) => boolean, steps = edgeSteps): Uint8Array {
  const found = new Uint8Array(size.width * size.height);
  const open = [start];
  found[start] = 1;
  while (open.length > 0) {
    const index = open.pop()!;
    for (const [dx, dy] of steps) {
      const next = { x: (index % size.width) + dx!, y: Math.floor(index / size.width) + dy! };
      const at = next.y * size.width + next.x;
      if (!isWithin(size, next) || found[at] === 1 || !isIn(at)) continue;
      found[at] = 1;
      open.push(at);
    }
  }
  return found;
}

/** Pixels joined by their edges to the one at the point and of its class. */
export function classRegionOf(plane: Plane, at: At): Uint8Array {
  return regionOf({ ...plane, channels: 1 }, at, 0);
}

/** Pixels joined by their edges to the one at the point whose samples differ from its by at most `tolerance`, in each channel. */
export function regionOf({ channels, data, ...size }: Picture, at: At, tolerance: number): Uint8Array {
  const seed = pixelAt(size, at);
  if (seed === null) return new Uint8Array(size.width * size.height);
  const planes = Array.from({ length: channels }, (_, channel) => channel);
  const isAlike = (index: number): boolean =>
    planes.every((each) => Math.abs(data[index * channels + each]! - data[seed * channels + each]!) <= tolerance);
  return connected(size, seed, isAlike);
}

/** What no path along edges of pixels joins to the border of the image. */
export function filledOf(mask: Plane): Uint8Array {
  const { width, height, data } = mask;
  const filled = new Uint8Array(data.length).fill(1);
  pixelsOf(mask).forEach(({ x, y }, index) => {
    const isBorder = x === 0 || y === 0 || x === width - 1 || y === height - 1;
    if (!isBorder || data[index] === 1 || filled[index] === 0) return;
    connected(mask, index, (next) => data[next] === 0).forEach((isOutside, at) => {
      if (isOutside === 1) filled[at] = 0;
    });
  });
  return filled;
}

/** The largest of what hangs together, corners included; of equals the first. */
export function largestOf(mask: Plane): Uint8Array {
  const seen = new Uint8Array(mask.data.length);
  let largest = new Uint8Array(mask.data.length);
  let size = 0;
  mask.data.forEach((each, index) => {
    if (each === 0 || seen[index] === 1) return;
    const shape = connected(mask, index, (next) => mask.data[next] === 1, allSteps);
    const count = shape.reduce((sum, inside) => sum + inside, 0);
    shape.forEach((inside, at) => (seen[at]! |= inside));
    if (count <= size) return;
    largest = Uint8Array.from(shape);
    size = count;
  });
  return largest;
}

/** The shape of one class that holds the point, corners joining; null on background and outside. */
export function shapeOf(plane: Plane, at: At): { value: number; inside: Uint8Array } | null {
  const start = pixelAt(plane, at);
  const value = start === null ? 0 : plane.data[start]!;
  if (value === 0) return null;
  return { value, inside: connected(plane, start!, (index) => plane.data[index] === value, allSteps) };
}
