/** @file Cleaning a label map by connected components, all classes in one pass. */
import type { MaskShape } from "./components.ts";

export interface ComponentRule {
  /** Components of each class that stay, the largest first; of equals those met first. */
  most: number;
  /** Smaller components go, whatever their rank; elements. */
  smallest?: number;
  /** Axes along which neighbors may differ: 1 = faces, up to the number of axes = corners too, as in `labelComponents`. */
  connectivity: number;
}

/**
 * Sets to 0 all elements of components that the rule does not keep, each class by itself, and returns how many. In place. Two
 * passes with union-find (Rosenfeld & Pfaltz 1966): the root of a component is its first element.
 */
export function keepComponents(labels: Uint8Array, shape: MaskShape, rule: ComponentRule): number {
  const [depth, height, width] = shape.length === 3 ? shape : ([1, ...shape] as const);
  const before = neighborsBefore({ height, width }, rule.connectivity, depth > 1);
  const parents = new Uint32Array(labels.length);
  const rootOf = (element: number): number => {
    let root = element;
    while (parents[root] !== root) root = parents[root]!;
    for (let at = element; at !== root;) {
      const next = parents[at]!;
      parents[at] = root;
      at = next;
    }
    return root;
  };
  /** Joins the component of `root` with that of a neighbor before it. */
  const joined = (root: number, neighbor: number): number => {
    const other = parents[neighbor] === root ? root : rootOf(neighbor);
    if (other < root) parents[root] = other;
    else if (other > root) parents[other] = root;
    return Math.min(root, other);
  };
  const offsets = Int32Array.from(before, ({ offset }) => offset);
  for (let element = 0, z = 0; z < depth; z++) {
    for (let y = 0; y < height; y++) {
      const isInnerRow = y > 0 && y < height - 1 && (depth === 1 || z > 0);
      for (let x = 0; x < width; x++, element++) {
        const value = labels[element]!;
        if (value === 0) continue;
        let root = element;
        parents[element] = element;
        if (isInnerRow && x > 0 && x < width - 1) {
          for (let at = 0; at < offsets.length; at++) {
            const neighbor = element + offsets[at]!;
            if (labels[neighbor] === value) root = joined(root, neighbor);
          }
          continue;
        }
        for (const { dz, dy, dx, offset } of before) {
          if (z + dz < 0 || y + dy < 0 || y + dy >= height || x + dx < 0 || x + dx >= width) continue;
          if (labels[element + offset] === value) root = joined(root, element + offset);
        }
      }
    }
  }
  const sizes = new Uint32Array(labels.length);
  /** Roots of each class, in the order of their first element. */
  const roots = new Map<number, number[]>();
  for (let element = 0; element < labels.length; element++) {
    const value = labels[element]!;
    if (value === 0) continue;
    const root = rootOf(element);
    sizes[root]!++;
    if (root !== element) continue;
    const known = roots.get(value);
    if (known === undefined) roots.set(value, [root]);
    else known.push(root);
  }
  const { most, smallest = 1 } = rule;
  /** 1 at roots whose component goes. */
  const gone = new Uint8Array(labels.length);
  let isAnyGone = false;
  for (const own of roots.values()) {
    const ranked = own.toSorted((a, b) => sizes[b]! - sizes[a]!); // stable: of equals the first stays first
    ranked.forEach((root, rank) => {
      if (rank < most && sizes[root]! >= smallest) return;
      gone[root] = 1;
      isAnyGone = true;
    });
  }
  if (!isAnyGone) return 0;
  let removed = 0;
  for (let element = 0; element < labels.length; element++) {
    if (labels[element] === 0 || gone[rootOf(element)] === 0) continue;
    labels[element] = 0;
    removed++;
  }
  return removed;
}

/** The neighbors of an element that come before it, x fastest. */
function neighborsBefore(
  { height, width }: { height: number; width: number },
  connectivity: number,
  isVolume: boolean,
): { dz: number; dy: number; dx: number; offset: number }[] {
  const steps = [-1, 0, 1];
  return (isVolume ? [-1, 0] : [0])
    .flatMap((dz) => steps.flatMap((dy) => steps.map((dx) => ({ dz, dy, dx }))))
    .map((step) => ({ ...step, offset: (step.dz * height + step.dy) * width + step.dx }))
    .filter(({ dz, dy, dx, offset }) => {
      return offset < 0 && Math.abs(dz) + Math.abs(dy) + Math.abs(dx) <= connectivity;
    });
}
