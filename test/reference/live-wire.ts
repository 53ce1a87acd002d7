/**
 * @file The live wire, from Mortensen & Barrett, Intelligent Scissors, SIGGRAPH 1995, and what src-main/voxels/livewire.ts says of its
 * costs and ties: Dijkstra that looks through all pixels for the next one.
 */
import { polygonOf } from "./outlines.ts";
import { type At, brightnessOf, isWithin, type Picture, pixelsOf } from "./plane.ts";

/** Pixels around the first point that a wire may run through; beyond it is straight. */
const REACH = 512;

const readingOrder = [
  [-1, -1],
  [0, -1],
  [1, -1],
  [-1, 0],
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const;

/** Sobel, 1968: differences across and down, the middle row and column counting twice; the edge of the image is repeated. */
function gradientAt(picture: Picture, { x, y }: At): number {
  const clamp = (value: number, size: number): number => Math.min(size - 1, Math.max(0, value));
  let [across, down] = [0, 0];
  for (const [dx, dy] of readingOrder) {
    const value = brightnessOf(picture, clamp(y + dy, picture.height) * picture.width + clamp(x + dx, picture.width));
    across += value * dx * (dy === 0 ? 2 : 1);
    down += value * dy * (dx === 0 ? 2 : 1);
  }
  const length = Math.sqrt(across ** 2 + down ** 2) / 8;
  return Number.isFinite(length) ? length : 0;
}

/** Cost of a step onto each pixel along a row or column: 180 on even ground, 1 where the gradient is among the strongest. */
function stepCosts(picture: Picture): number[] {
  const gradients = pixelsOf(picture).map((at) => gradientAt(picture, at));
  // Of a large image every so many pixels are looked at, along both axes.
  const stride = Math.max(1, Math.floor(Math.sqrt((picture.width * picture.height) / 16_384)));
  const rising = pixelsOf(picture)
    .flatMap(({ x, y }, index) => (x % stride === 0 && y % stride === 0 ? [gradients[index]!] : []))
    .filter((each) => each > 0)
    .sort((a, b) => a - b);
  const strong = rising[Math.floor((rising.length - 1) * 0.98)] ?? 0;
  return gradients.map((each) => {
    const strength = strong === 0 ? 0 : Math.min(1, each / strong);
    return Math.round(1 + (1 - strength) * (255 / Math.SQRT2 - 1));
  });
}

/** Pixels of the cheapest path between the pixels that hold two points, both included. */
export function wireOf(picture: Picture, from: At, to: At): At[] {
  const { width, height } = picture;
  const hold = ({ x, y }: At): At => ({
    x: Math.min(width - 1, Math.max(0, Math.floor(x))),
    y: Math.min(height - 1, Math.max(0, Math.floor(y))),
  });
  const costs = stepCosts(picture);
  const [start, end] = [hold(from), hold(to)];
  const reached = {
    x: Math.min(start.x + REACH, Math.max(start.x - REACH, end.x)),
    y: Math.min(start.y + REACH, Math.max(start.y - REACH, end.y)),
  };
  const indexOf = ({ x, y }: At): number => y * width + x;
  const costOf = (at: At, dx: number, dy: number): number => {
    const cost = costs[indexOf(at)]!;
    return dx !== 0 && dy !== 0 ? Math.min(255, Math.round(Math.SQRT2 * cost)) : cost;
  };
  const around = (at: At): (At & { dx: number; dy: number })[] =>
    readingOrder
      .map(([dx, dy]) => ({ x: at.x + dx, y: at.y + dy, dx, dy }))
      .filter(
        (next) => isWithin(picture, next) && Math.max(Math.abs(next.x - start.x), Math.abs(next.y - start.y)) <= REACH,
      );

  const distances = new Array<number>(width * height).fill(Infinity);
  distances[indexOf(start)] = 0;
  const waiting = new Set([indexOf(start)]);
  while (waiting.size > 0) {
    let nearest = -1;
    for (const index of waiting) if (nearest < 0 || distances[index]! < distances[nearest]!) nearest = index;
    waiting.delete(nearest);
    for (const next of around({ x: nearest % width, y: Math.floor(nearest / width) })) {
      const distance = distances[nearest]! + costOf(next, next.dx, next.dy);
      if (distance >= distances[indexOf(next)]!) continue;
      distances[indexOf(next)] = distance;
      waiting.add(indexOf(next));
    }
  }

  const path = [reached];
  for (let at = reached; distances[indexOf(at)]! > 0; path.unshift(at)) {
    const here = at;
    const before = around(here).find(
      (each) => distances[indexOf(each)]! + costOf(here, each.dx, each.dy) === distances[indexOf(here)],
    )!;
    at = { x: before.x, y: before.y };
  }
  const steps = Math.max(Math.abs(end.x - reached.x), Math.abs(end.y - reached.y));
  for (let step = 1; step <= steps; step++) {
    path.push({
      x: Math.round(reached.x + ((end.x - reached.x) * step) / steps),
      y: Math.round(reached.y + ((end.y - reached.y) * step) / steps),
    });
  }
  return path;
}

/** What an outline holds that follows wires from corner to corner and back to the first, through the centers of pixels. */
export function wiredOf(picture: Picture, corners: readonly At[]): Uint8Array {
  const outline = corners.flatMap((corner, index) => {
    const wire = wireOf(picture, corner, corners[(index + 1) % corners.length]!).slice(1);
    return [...(index === 0 ? [corner] : []), ...wire.map(({ x, y }) => ({ x: x + 0.5, y: y + 0.5 }))];
  });
  return polygonOf(picture, outline);
}
