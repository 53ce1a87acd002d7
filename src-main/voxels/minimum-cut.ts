/**
 * @file Minimum cut of a grid graph with eight neighbors per node. Dinic, 1970: paths between the terminals are short in a narrow band, so few
 * phases are needed.
 */

/** Steps to the eight neighbors; entry `7 - i` leads back from entry `i`. */
export const gridSteps = [
  [-1, -1],
  [0, -1],
  [1, -1],
  [-1, 0],
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const;

/**
 * Capacities are rounded to multiples of this: sums and differences below 2^23 are exact then, so that equal cuts are equal in whatever order paths are
 * found.
 */
const UNIT = 2 ** -30;

export interface GridGraph {
  /** `neighbors[8 * node + step]`: the node that `gridSteps[step]` leads to, -1 for none. */
  neighbors: Int32Array;
  /** Capacity of each such edge, from 0 to 2^20; what is no number counts as 0. Used up by the search, as are the two below. */
  capacities: Float64Array;
  /** Capacity from the source to each node and from each node to the sink. */
  source: Float64Array;
  sink: Float64Array;
}

/**
 * 1 for each node on the source's side of the cheapest cut, else 0. Among equal cuts the one with fewest such nodes, which is one alone: what the
 * source still reaches once the flow is greatest. Capacities count in steps of 2^-30.
 */
export function minimumCut(graph: GridGraph): Uint8Array {
  const count = graph.source.length;
  for (const capacities of [graph.capacities, graph.source, graph.sink]) roundToUnits(capacities);
  passThrough(graph);
  const levels = new Int32Array(count);
  const nextStep = new Uint8Array(count);
  while (rank(graph, levels)) {
    nextStep.fill(0);
    for (let node = 0; node < count; node++) {
      while (graph.source[node]! > 0 && levels[node] === 0) {
        const pushed = augment(graph, { levels, nextStep }, node);
        if (pushed === 0) break;
      }
    }
  }
  return Uint8Array.from(levels, (level) => (level >= 0 ? 1 : 0));
}

function roundToUnits(capacities: Float64Array): void {
  for (let edge = 0; edge < capacities.length; edge++) {
    capacities[edge] = Math.round(capacities[edge]! / UNIT) * UNIT || 0; // NaN is none
  }
}

/** What can run from source to sink through one node alone. */
function passThrough({ source, sink }: GridGraph): void {
  for (let node = 0; node < source.length; node++) {
    const direct = Math.min(source[node]!, sink[node]!);
    source[node]! -= direct;
    sink[node]! -= direct;
  }
}

/** Levels by breadth from the source, -1 where it does not reach; false when the sink is cut off. */
function rank({ neighbors, capacities, source, sink }: GridGraph, levels: Int32Array): boolean {
  levels.fill(-1);
  let front: number[] = [];
  for (let node = 0; node < source.length; node++) {
    if (source[node] === 0) continue;
    levels[node] = 0;
    front.push(node);
  }
  let isReached = front.some((node) => sink[node]! > 0);
  for (let level = 1; front.length > 0; level++) {
    const next: number[] = [];
    for (const node of front) {
      for (let edge = 8 * node; edge < 8 * node + 8; edge++) {
        const neighbor = neighbors[edge]!;
        if (neighbor < 0 || levels[neighbor]! >= 0 || capacities[edge] === 0) continue;
        levels[neighbor] = level;
        next.push(neighbor);
        if (sink[neighbor]! > 0) isReached = true;
      }
    }
    front = next;
  }
  return isReached;
}

interface Search {
  levels: Int32Array;
  nextStep: Uint8Array;
}

/** Finds one path from `start` to the sink along rising levels and uses it up. Returns what it carried, 0 for no path. */
function augment(
  { neighbors, capacities, source, sink }: GridGraph,
  { levels, nextStep }: Search,
  start: number,
): number {
  const path: number[] = []; // edges
  let node = start;
  for (;;) {
    if (sink[node]! > 0) break;
    let advanced = false;
    for (; nextStep[node]! < 8; nextStep[node]!++) {
      const edge = 8 * node + nextStep[node]!;
      const neighbor = neighbors[edge]!;
      if (neighbor < 0 || capacities[edge] === 0 || levels[neighbor] !== levels[node]! + 1) continue;
      path.push(edge);
      node = neighbor;
      advanced = true;
      break;
    }
    if (advanced) continue;
    const back = path.pop();
    if (back === undefined) return 0;
    node = back >> 3;
    nextStep[node]!++; // a dead end
  }
  let carried = Math.min(source[start]!, sink[node]!);
  for (const edge of path) carried = Math.min(carried, capacities[edge]!);
  source[start]! -= carried;
  sink[node]! -= carried;
  for (const edge of path) {
    capacities[edge]! -= carried;
    capacities[8 * neighbors[edge]! + 7 - (edge & 7)]! += carried;
  }
  return carried;
}
