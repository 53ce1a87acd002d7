/**
 * @file The live wire: the path between two points that follows edges. Mortensen & Barrett, Intelligent Scissors, SIGGRAPH 1995:
 * Dijkstra over pixels, steps along strong gradients are cheap. It expands only as far as the pointer has been.
 *
 * A step onto a pixel costs `stepCost` to the nearest whole number; a step across a corner √2 times that, again to the nearest whole number,
 * at most MAX_STEP_COST. Of equally cheap paths it is the one that, walked back from its end, always comes from the first such neighbor in reading order.
 */
import type { Point } from "./brush.ts";
import type { Frame } from "./frame.ts";
import { gradientOf } from "./intensity.ts";

/** Pixels around the anchor that are searched; farther points are joined by a straight line. Keeps large images quick. */
const REACH = 512;
/** Costs are whole numbers, so that a ring of buckets can stand for a priority queue (Dial, 1969). */
const MAX_STEP_COST = 255;
/** Share of gradients that count as strongest edges: a few bright specks must not make all else look flat. */
const STRONG = 0.98;
/** Gradients that are looked at to tell what is strong. */
const SURVEYED = 16_384;

/** In reading order. */
const neighbors = [
  [-1, -1, Math.SQRT2],
  [0, -1, 1],
  [1, -1, Math.SQRT2],
  [-1, 0, 1],
  [1, 0, 1],
  [-1, 1, Math.SQRT2],
  [0, 1, 1],
  [1, 1, Math.SQRT2],
] as const;

/** Edges of one image, ready for wires from any anchor. */
export class Livewire {
  readonly #frame: Frame;
  readonly #gradient: (x: number, y: number) => number;
  readonly #strongest: number;

  constructor(frame: Frame) {
    this.#frame = frame;
    this.#gradient = gradientOf(frame);
    this.#strongest = this.#survey();
  }

  /** A wire from the pixel that holds `anchor`, which is clamped to the image. */
  from(anchor: Point): Wire {
    const { width, height } = this.#frame;
    return new Wire({ width, height, cost: (x, y) => this.stepCost(x, y) }, anchor);
  }

  /** Cost of a straight step onto the pixel: from 1 on the strongest edges to MAX_STEP_COST / √2. */
  stepCost(x: number, y: number): number {
    const strength = this.#strongest === 0 ? 0 : Math.min(1, this.#gradient(x, y) / this.#strongest);
    return 1 + (1 - strength) * (MAX_STEP_COST / Math.SQRT2 - 1);
  }

  #survey(): number {
    const { width, height } = this.#frame;
    const stride = Math.max(1, Math.floor(Math.sqrt((width * height) / SURVEYED)));
    const gradients: number[] = [];
    for (let y = 0; y < height; y += stride) {
      for (let x = 0; x < width; x += stride) gradients.push(this.#gradient(x, y));
    }
    gradients.sort((a, b) => a - b);
    // Of what rises at all: on a mostly flat image the share of all pixels would be flat.
    const rising = gradients.filter((each) => each > 0);
    return rising[Math.floor((rising.length - 1) * STRONG)] ?? 0;
  }
}

interface CostMap {
  width: number;
  height: number;
  cost: (x: number, y: number) => number;
}

/** Cheapest paths from one anchor. */
export class Wire {
  readonly #costs: CostMap;
  readonly #anchor: Point;
  readonly #left: number;
  readonly #top: number;
  readonly #columns: number;
  readonly #rows: number;
  readonly #distances: Int32Array;
  readonly #settled: Uint8Array;
  /** Cost of a step onto each pixel, 0 while not asked for. */
  readonly #stepCosts: Uint8Array;
  readonly #buckets: number[][] = Array.from({ length: MAX_STEP_COST + 1 }, () => []);
  #waiting = 1;
  #distance = 0;

  constructor(costs: CostMap, anchor: Point) {
    this.#costs = costs;
    this.#anchor = pixelOf(anchor, costs);
    this.#left = Math.max(0, this.#anchor.x - REACH);
    this.#top = Math.max(0, this.#anchor.y - REACH);
    this.#columns = Math.min(costs.width, this.#anchor.x + REACH + 1) - this.#left;
    this.#rows = Math.min(costs.height, this.#anchor.y + REACH + 1) - this.#top;
    const size = this.#columns * this.#rows;
    this.#distances = new Int32Array(size).fill(2 ** 31 - 1);
    this.#settled = new Uint8Array(size);
    this.#stepCosts = new Uint8Array(size);
    const start = this.#index(this.#anchor);
    this.#distances[start] = 0;
    this.#buckets[0]!.push(start);
  }

  /** Whole pixels from the anchor to the pixel that holds `target`, both included; each touches the next by edge or corner. */
  pathTo(target: Point): Point[] {
    const end = pixelOf(target, this.#costs);
    const near = {
      x: Math.min(this.#left + this.#columns - 1, Math.max(this.#left, end.x)),
      y: Math.min(this.#top + this.#rows - 1, Math.max(this.#top, end.y)),
    };
    let index = this.#index(near);
    this.#expandTo(index);
    const path: Point[] = [];
    for (;;) {
      path.push({ x: this.#left + (index % this.#columns), y: this.#top + Math.floor(index / this.#columns) });
      if (this.#distances[index] === 0) break;
      index = this.#cameFrom(index);
    }
    path.reverse();
    if (near.x !== end.x || near.y !== end.y) path.push(...linePixels(near, end).slice(1));
    return path;
  }

  #expandTo(target: number): void {
    while (this.#settled[target] === 0 && this.#waiting > 0) {
      const bucket = this.#buckets[this.#distance % this.#buckets.length]!;
      const index = bucket.pop();
      if (index === undefined) {
        this.#distance++;
        continue;
      }
      this.#waiting--;
      if (this.#settled[index] === 1) continue; // a longer way to a pixel that has been reached since
      this.#settled[index] = 1;
      this.#visitNeighbors(index);
    }
  }

  /** Where a cheapest path to a settled pixel came from. */
  #cameFrom(index: number): number {
    const x = index % this.#columns;
    const y = Math.floor(index / this.#columns);
    for (const [dx, dy, length] of neighbors) {
      if (x + dx < 0 || x + dx >= this.#columns || y + dy < 0 || y + dy >= this.#rows) continue;
      const before = index + dy * this.#columns + dx;
      if (this.#distances[before]! + this.#costOf(index, length) === this.#distances[index]) return before;
    }
    throw new Error("livewire: no path leads back from a pixel that was reached.");
  }

  #visitNeighbors(index: number): void {
    const x = index % this.#columns;
    const y = Math.floor(index / this.#columns);
    for (const [dx, dy, length] of neighbors) {
      if (x + dx < 0 || x + dx >= this.#columns || y + dy < 0 || y + dy >= this.#rows) continue;
      const next = index + dy * this.#columns + dx;
      if (this.#settled[next] === 1) continue;
      const distance = this.#distance + this.#costOf(next, length);
      if (distance >= this.#distances[next]!) continue;
      this.#distances[next] = distance;
      this.#buckets[distance % this.#buckets.length]!.push(next);
      this.#waiting++;
    }
  }

  #costOf(index: number, length: number): number {
    return Math.min(MAX_STEP_COST, Math.round(this.#stepCost(index) * length));
  }

  #stepCost(index: number): number {
    let cost = this.#stepCosts[index]!;
    if (cost === 0) {
      const x = this.#left + (index % this.#columns);
      const y = this.#top + Math.floor(index / this.#columns);
      cost = this.#stepCosts[index] = Math.round(this.#costs.cost(x, y));
    }
    return cost;
  }

  #index({ x, y }: Point): number {
    return (y - this.#top) * this.#columns + (x - this.#left);
  }
}

/** The pixels of a straight line, both ends included; one per row or column, halves go right and down. Points are whole pixels. */
export function linePixels(from: Point, to: Point): Point[] {
  const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y));
  return Array.from({ length: steps + 1 }, (_, step) => ({
    x: Math.round(from.x + ((to.x - from.x) * step) / Math.max(1, steps)),
    y: Math.round(from.y + ((to.y - from.y) * step) / Math.max(1, steps)),
  }));
}

function pixelOf({ x, y }: Point, { width, height }: { width: number; height: number }): Point {
  return {
    x: Math.min(width - 1, Math.max(0, Math.floor(x))),
    y: Math.min(height - 1, Math.max(0, Math.floor(y))),
  };
}
