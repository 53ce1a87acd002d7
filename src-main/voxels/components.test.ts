import { expect, test } from "vitest";
import { Random } from "../random/index.ts";
import { labelComponents, largestComponent } from "./index.ts";

/** 3 × 3 × 3 with the center and one more voxel, [z, y, x]. */
function centerAnd(z: number, y: number, x: number): Uint8Array {
  const mask = new Uint8Array(27);
  mask[13] = 1;
  mask[9 * z + 3 * y + x] = 1;
  return mask;
}

// Connectivity 1, 2, 3: 6, 18 and 26 neighbors.
test.each([
  ["face", centerAnd(0, 1, 1), [1, 1, 1]],
  ["edge", centerAnd(0, 0, 1), [2, 1, 1]],
  ["corner", centerAnd(0, 0, 0), [2, 2, 1]],
])("voxels that share a %s are joined by 6, 18 or 26 neighbors", (_, mask, counts) => {
  const found = [1, 2, 3].map((connectivity) => labelComponents(mask, [3, 3, 3], connectivity).sizes.length);
  expect(found).toEqual(counts);
});

test("two diagonal pixels are one component by 8 neighbors and two by 4", () => {
  const diagonal = Uint8Array.of(1, 0, 0, 1);
  expect(labelComponents(diagonal, [2, 2], 2).sizes).toEqual([2]);
  expect(labelComponents(diagonal, [2, 2], 1).sizes).toEqual([1, 1]);
  expect(labelComponents(diagonal, [1, 2, 2], 3).sizes).toEqual([2]);
});

test("the largest component: of equals the first in raster order; nothing of nothing; once is enough", () => {
  const shape = [2, 2, 5] as const;
  const pair = Uint8Array.of(0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
  const largest = largestComponent(pair, shape, 1);
  expect([...largest].flatMap((value, index) => (value ? [index] : []))).toEqual([3, 4]);
  expect(largestComponent(new Uint8Array(20), shape, 3)).toEqual(new Uint8Array(20));

  const random = new Random("components", 1);
  const mask = Uint8Array.from({ length: 12 * 13 * 14 }, () => (random.uniform() < 0.25 ? 1 : 0));
  for (const connectivity of [1, 2, 3]) {
    const kept = largestComponent(mask, [12, 13, 14], connectivity);
    expect(kept.every((value, index) => value <= mask[index]!)).toBe(true);
    expect(largestComponent(kept, [12, 13, 14], connectivity)).toEqual(kept);
  }
});
