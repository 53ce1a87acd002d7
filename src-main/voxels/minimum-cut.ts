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

/** A capacity below this counts as none: rounding leaves such rests. */
const EPSILON = 1e-9;

export interface GridGraph {
  /** `neighbors[8 * node + step]`: the node that `gridSteps[step]` leads to, -1 for none. */
  neighbors: Int32Array;
  /** Capacity of each such edge, not negative. Used up by the search. */
  capacities: Float64Array;
  /** Capacity from the source to each node and from each node to the sink. Used up by the search. */
  source: Float64Array;
  sink: Float64Array;
}

/** 1 for each node on the source's side of the cheapest cut, else 0. Among equal cuts, the one with fewest such nodes. */
export function minimumCut(graph: GridGraph): Uint8Array {
  const count = graph.source.length;
  passThrough(graph);
  const levels = new Int32Array(count);
  const nextStep = new Uint8Array(count);
  while (rank(graph, levels)) {
    nextStep.fill(0);
    for (let node = 0; node < count; node++) {
      while (graph.source[node]! > EPSILON && levels[node] === 0) {
        const pushed = augment(graph, { levels, nextStep }, node);
        if (pushed === 0) break;
      }
    }
  }
  return Uint8Array.from(levels, (level) => (level >= 0 ? 1 : 0));
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
    if (source[node]! <= EPSILON) continue;
    levels[node] = 0;
    front.push(node);
  }
  let isReached = front.some((node) => sink[node]! > EPSILON);
  for (let level = 1; front.length > 0; level++) {
    const next: number[] = [];
    for (const node of front) {
      for (let edge = 8 * node; edge < 8 * node + 8; edge++) {
        const neighbor = neighbors[edge]!;
        if (neighbor < 0 || levels[neighbor]! >= 0 || capacities[edge]! <= EPSILON) continue;
        levels[neighbor] = level;
        next.push(neighbor);
        if (sink[neighbor]! > EPSILON) isReached = true;
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
    if (sink[node]! > EPSILON) break;
    let advanced = false;
    for (; nextStep[node]! < 8; nextStep[node]!++) {
      const edge = 8 * node + nextStep[node]!;
      const neighbor = neighbors[edge]!;
      if (neighbor < 0 || capacities[edge]! <= EPSILON || levels[neighbor] !== levels[node]! + 1) continue;
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
