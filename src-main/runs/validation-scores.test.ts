import { expect, test } from "vitest";
import { createLabelMap } from "../voxels/index.ts";
import { ValidationScores } from "./validation-scores.ts";

/** Ten pixels, so many of class 1 from the left. */
const row = (count: number) => {
  const map = createLabelMap(10, 1);
  map.data.fill(1, 0, count);
  return map;
};
const classes = [{ value: 1 }, { value: 2 }];

test("each image counts alike; what has no foreground does not count", () => {
  const scores = new ValidationScores(classes);
  expect(scores.add(1, row(2), row(2))).toBe(1);
  expect(scores.add(2, row(8), row(2))).toBeCloseTo(0.4);
  expect(scores.add(3, row(0), row(0))).toBeNull();
  expect(scores.mean).toBeCloseTo(0.7);
});

test("slices of a volume count together: a small one matters little", () => {
  const volumeOf = new Map([
    [1, 1],
    [2, 1],
    [3, 3],
  ]);
  const scores = new ValidationScores(classes, volumeOf);
  scores.add(1, row(1), row(0));
  scores.add(2, row(9), row(10));
  expect(scores.mean).toBeCloseTo(18 / 20);
  scores.add(3, row(0), row(4));
  expect(scores.mean).toBeCloseTo(0.45);
});

test("without any foreground there is no score", () => {
  const scores = new ValidationScores(classes);
  scores.add(1, row(0), row(0));
  expect(scores.mean).toBeNull();
});
