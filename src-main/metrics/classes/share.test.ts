import { expect, test } from "vitest";
import { effectiveCount, shareInterval } from "./share.ts";

test("images count as far as they are of different patients", () => {
  expect(effectiveCount([1, 1, 1, 1])).toBe(4);
  expect(effectiveCount([5, 5, 5])).toBeCloseTo(3, 12);
  expect(effectiveCount([90, 1, 1, 1, 1, 1, 1, 1, 1, 1])).toBeCloseTo(1.2087, 4);
});

test("where each image is of a patient of its own the interval is Clopper and Pearson's", () => {
  // R, binom.test(4, 6).
  const [low, high] = shareInterval(4, [1, 1, 1, 1, 1, 1]);
  expect(low).toBeCloseTo(0.2227781, 6);
  expect(high).toBeCloseTo(0.9567281, 6);
  expect(shareInterval(6, [1, 1, 1, 1, 1, 1])[1]).toBe(1);
});

test("ten images each of six patients prove no more than six do", () => {
  const clustered = shareInterval(40, [10, 10, 10, 10, 10, 10]);
  expect(clustered).toEqual(shareInterval(4, [1, 1, 1, 1, 1, 1]));
  const [low, high] = shareInterval(95, [90, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect([low, high]).toEqual([0, 1]);
});
