/**
 * @file Snapping a border to edges, from Boykov & Jolly, Interactive Graph Cuts, ICCV 2001, and what src-main/voxels/snap-to-edge.ts says of
 * its band and weights: distances of all pairs, and the greatest flow by one shortest path after the other (Edmonds & Karp, 1972).
 */
import { type At, brightnessOf, isWithin, type Picture, pixelsOf, type Plane } from "./plane.ts";

/** More than any border costs. */
const FIRM = 1e6;
/** Weights count in these steps, so that what is equal is found to be. */
const toSteps = (weight: number): number => Math.round(weight * 2 ** 30) / 2 ** 30;

/** The mask with its border on the best edge within `reach` pixels of the old one. */
export function snappedOf(picture: Picture, mask: Plane, reach: number): Uint8Array {
  const band = bandOf(mask, reach);
  if (band.size === 0) return mask.data.slice();
  const isFinite = Number.isFinite;
  const value = (index: number): number => brightnessOf(picture, index);
  const leaning = leaningOf(mask, [...band].map(value), band, value);
  const contrast = contrastOf(mask, band, value);

  const flow = new Flow();
  for (const pixel of band) {
    const at = { x: pixel % mask.width, y: Math.floor(pixel / mask.width) };
    const lean = 0.15 * leaning(value(pixel));
    let [source, sink] = [Math.max(0, lean), Math.max(0, -lean)];
    for (const { x, y } of around(mask, at)) {
      const other = y * mask.width + x;
      const [a, b] = [value(pixel), value(other)];
      const both = isFinite(a) && isFinite(b);
      const likeness = both ? Math.exp(-((a - b) ** 2) * contrast) : isFinite(a) === isFinite(b) ? 1 : 0;
      if (band.has(other))
        flow.join(pixel, other, toSteps(x === at.x || y === at.y ? likeness : likeness / Math.SQRT2));
      else if (mask.data[other] === 1) source = FIRM;
      else sink = FIRM;
    }
    flow.join("source", pixel, toSteps(source));
    flow.join(pixel, "sink", toSteps(sink));
  }
  const inside = flow.sourceSide();
  return mask.data.map((each, index) => (band.has(index) ? (inside.has(index) ? 1 : 0) : each));
}

function around(mask: Plane, { x, y }: At): At[] {
  return pixelsOf({ width: 3, height: 3 })
    .map((step) => ({ x: x + step.x - 1, y: y + step.y - 1 }))
    .filter((each) => (each.x !== x || each.y !== y) && isWithin(mask, each));
}

/** Inside pixels within `reach` of an outside one, but for those deepest inside; outside pixels within `reach` of an inside one. */
function bandOf(mask: Plane, reach: number): Set<number> {
  const pixels = pixelsOf(mask);
  const squared = pixels.map(({ x, y }, index) => {
    let nearest = Infinity;
    pixels.forEach((other, at) => {
      if (mask.data[at] !== mask.data[index]) nearest = Math.min(nearest, (x - other.x) ** 2 + (y - other.y) ** 2);
    });
    return nearest;
  });
  const deepest = Math.max(...squared.filter((_, index) => mask.data[index] === 1));
  const isInBand = (index: number): boolean =>
    squared[index]! <= reach ** 2 && (mask.data[index] === 0 || squared[index]! < deepest);
  return new Set([...pixels.keys()].filter(isInBand));
}

/** One over twice the mean squared difference of pixels of the band from those to their right and below. */
function contrastOf(mask: Plane, band: Set<number>, value: (index: number) => number): number {
  const squares = [...band].flatMap((pixel) => {
    const others = [
      ...((pixel % mask.width) + 1 < mask.width ? [pixel + 1] : []),
      ...(pixel + mask.width < mask.data.length ? [pixel + mask.width] : []),
    ];
    return others.map((other) => (value(other) - value(pixel)) ** 2).filter(Number.isFinite);
  });
  const mean = squares.reduce((sum, each) => sum + each, 0) / squares.length;
  return mean > 0 ? 1 / (2 * mean) : 0;
}

/** How much likelier a value is inside than outside: log of the ratio of two histograms of 32 bins that start at one, held within 3. */
function leaningOf(
  mask: Plane,
  values: readonly number[],
  band: Set<number>,
  value: (index: number) => number,
): (value: number) => number {
  const known = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const binOf = (each: number): number =>
    high === low ? 0 : Math.min(31, Math.floor(((each - low) / (high - low)) * 32));
  const shareOf = (side: number, bin: number): number => {
    const bins = [...band]
      .filter((pixel) => mask.data[pixel] === side && Number.isFinite(value(pixel)))
      .map(value)
      .map(binOf);
    return (bins.filter((each) => each === bin).length + 1) / (bins.length + 32);
  };
  const leanings = Array.from({ length: 32 }, (_, bin) => Math.log(shareOf(1, bin) / shareOf(0, bin)));
  return (each) => (Number.isFinite(each) ? Math.max(-3, Math.min(3, leanings[binOf(each)]!)) : 0);
}

type Node = number | "source" | "sink";

/** A net of pipes; what runs through is taken off where it runs and may run back. */
class Flow {
  readonly #left = new Map<Node, Map<Node, number>>();

  /** From a to b as much as this; joined again, more. */
  join(a: Node, b: Node, capacity: number): void {
    this.#room(a, b, capacity);
    this.#room(b, a, 0);
  }

  /** What the source still reaches once nothing more can run to the sink. */
  sourceSide(): Set<Node> {
    for (;;) {
      const { cameFrom, isThrough } = this.#search();
      if (!isThrough) return new Set(cameFrom.keys());
      const path: [from: Node, to: Node][] = [];
      for (let node: Node = "sink"; node !== "source"; node = cameFrom.get(node)!)
        path.push([cameFrom.get(node)!, node]);
      const amount = Math.min(...path.map(([from, to]) => this.#left.get(from)!.get(to)!));
      for (const [from, to] of path) {
        this.#room(from, to, -amount);
        this.#room(to, from, amount);
      }
    }
  }

  /** By breadth; each node with the one that it was reached from. */
  #search(): { cameFrom: Map<Node, Node>; isThrough: boolean } {
    const cameFrom = new Map<Node, Node>([["source", "source"]]);
    for (const node of cameFrom.keys()) {
      for (const [next, left] of this.#left.get(node) ?? []) {
        if (left > 0 && !cameFrom.has(next)) cameFrom.set(next, node);
        if (left > 0 && next === "sink") return { cameFrom, isThrough: true };
      }
    }
    return { cameFrom, isThrough: false };
  }

  #room(from: Node, to: Node, more: number): void {
    const all = this.#left.get(from) ?? new Map<Node, number>();
    this.#left.set(from, all.set(to, (all.get(to) ?? 0) + more));
  }
}
