/**
 * @file How large the objects of a label map are, run by run: a few microseconds for a hand-drawn shape, whatever the size of the picture.
 */
import type { Size } from "./resample.ts";
import { readRuns } from "./rle.ts";

/** Pixels of one row, from `start` to before `end`, that belong to an object. */
interface Segment {
  value: number;
  start: number;
  end: number;
  object: number;
}

/**
 * Pixels of each object by class: an object is what hangs together, corners included (8 neighbors), within one class. Throws as
 * `decodeLabelMap`.
 */
export function objectSizes(bytes: Uint8Array, expected?: Size): Map<number, number[]> {
  // Union-find: the object that each was found to be part of, and the pixels and class of those that stand for themselves.
  const parents: number[] = [];
  const pixels: number[] = [];
  const classes: number[] = [];
  const rootOf = (object: number): number => {
    let root = object;
    while (parents[root] !== root) root = parents[root] = parents[parents[root]!]!;
    return root;
  };
  let width = 0;
  let row = -1;
  let above: Segment[] = [];
  let present: Segment[] = [];
  const enter = (next: number): void => {
    if (next === row) return;
    above = next === row + 1 ? present : [];
    present = [];
    row = next;
  };
  const add = (value: number, start: number, end: number): void => {
    let object = -1;
    for (const other of above) {
      if (other.value !== value || other.end < start || other.start > end) continue;
      const root = rootOf(other.object);
      if (object === -1) object = root;
      else if (root !== object) {
        parents[root] = object;
        pixels[object]! += pixels[root]!;
      }
    }
    if (object === -1) {
      object = parents.push(parents.length) - 1;
      pixels.push(0);
      classes.push(value);
    }
    pixels[object]! += end - start;
    present.push({ value, start, end, object });
  };
  readRuns(bytes, expected, {
    start: (columns) => void (width = columns),
    run: (value, first, length) => {
      if (value === 0) return;
      let at = first;
      while (at < first + length) {
        const y = Math.floor(at / width);
        const end = Math.min(first + length, (y + 1) * width);
        enter(y);
        add(value, at - y * width, end - y * width);
        at = end;
      }
    },
  });
  const sizes = new Map<number, number[]>();
  for (const [object, parent] of parents.entries()) {
    if (parent !== object) continue;
    const ofClass = sizes.get(classes[object]!) ?? [];
    ofClass.push(pixels[object]!);
    sizes.set(classes[object]!, ofClass);
  }
  return sizes;
}
