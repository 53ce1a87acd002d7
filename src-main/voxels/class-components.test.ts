import { expect, test } from "vitest";
import { Random } from "../random/index.ts";
import { type ComponentRule, keepComponents } from "./class-components.ts";
import { largestComponent, type MaskShape } from "./components.ts";

const kept = (values: readonly number[], shape: MaskShape, rule: Partial<ComponentRule> = {}) => {
  const labels = Uint8Array.from(values);
  const removed = keepComponents(labels, shape, { most: 1, connectivity: shape.length, ...rule });
  return { labels: [...labels], removed };
};

test("T12 each class keeps its largest component, independently of the others; none stays none", () => {
  const map = [1, 1, 0, 2, 2, 2, /**/ 0, 0, 0, 0, 0, 0, /**/ 2, 0, 1, 1, 1, 0];
  expect(kept(map, [3, 6])).toEqual({
    labels: [0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0],
    removed: 3,
  });
  expect(kept([0, 0, 0, 0], [2, 2])).toEqual({ labels: [0, 0, 0, 0], removed: 0 });
});

test("T12 two diagonal pixels are one component by corners, two by faces; of equals the first stays", () => {
  const diagonal = [1, 0, /**/ 0, 1];
  expect(kept(diagonal, [2, 2]).removed).toBe(0);
  expect(kept(diagonal, [2, 2], { connectivity: 1 })).toEqual({ labels: [1, 0, 0, 0], removed: 1 });
});

test("T12 voxels that touch at a corner alone are one component of 26 neighbors, two of 18", () => {
  const corner = [1, 0, 0, 0, /**/ 0, 0, 0, 1];
  expect(kept(corner, [2, 2, 2], { connectivity: 3 }).removed).toBe(0);
  expect(kept(corner, [2, 2, 2], { connectivity: 2 }).labels).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
});

test("several components stay where the rule says so, and none that is too small", () => {
  const row = [1, 0, 1, 1, 0, 1, 1, 1];
  expect(kept(row, [1, 8], { most: 2 }).labels).toEqual([0, 0, 1, 1, 0, 1, 1, 1]);
  expect(kept(row, [1, 8], { most: Infinity, smallest: 2 }).labels).toEqual([0, 0, 1, 1, 0, 1, 1, 1]);
  expect(kept(row, [1, 8], { most: 3, smallest: 3 }).labels).toEqual([0, 0, 0, 0, 0, 1, 1, 1]);
});

test.each([[[24, 31]], [[5, 9, 11]]] as [MaskShape][])(
  "it is idempotent, takes only away, and agrees with one class after the other: %o",
  (shape) => {
    const random = new Random(3, "components");
    const size = shape.reduce((product, side) => product * side, 1);
    for (let connectivity = 1; connectivity <= shape.length; connectivity++) {
      for (let round = 0; round < 20; round++) {
        const labels = Uint8Array.from({ length: size }, () => (random.uniform() < 0.4 ? 0 : 1 + random.integer(2)));
        const before = labels.slice();
        keepComponents(labels, shape, { most: 1, connectivity });
        for (const value of [1, 2]) {
          const mask = before.map((label) => (label === value ? 1 : 0));
          expect(labels.map((label) => (label === value ? 1 : 0))).toEqual(largestComponent(mask, shape, connectivity));
        }
        expect(labels.every((label, at) => label === 0 || label === before[at])).toBe(true);
        expect(keepComponents(labels, shape, { most: 1, connectivity })).toBe(0);
      }
    }
  },
);
