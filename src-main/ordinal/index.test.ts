import { expect, it } from "vitest";
import { ordinalReadOut } from "./index.ts";

it("says what grades tell in the order in which they stand", () => {
  const { expected, median, atLeast, likely } = ordinalReadOut([0.1, 0.3, 0.55, 0.05]);
  expect(expected).toBeCloseTo(1.55, 12);
  expect(median).toBe(2);
  for (const [at, share] of [1, 0.9, 0.6, 0.05].entries()) expect(atLeast[at]).toBeCloseTo(share, 12);
  expect(likely).toEqual([0, 2]);
});

it("says the same of the same grades whatever places they have", () => {
  // mild, moderate, none, severe: as words come from a table; from the lowest on none, mild, moderate, severe.
  const { expected, median, atLeast, likely } = ordinalReadOut([0.3, 0.55, 0.1, 0.05], [2, 0, 1, 3]);
  expect(expected).toBeCloseTo(1.55, 12);
  expect(median).toBe(1);
  for (const [at, share] of [0.9, 0.6, 1, 0.05].entries()) expect(atLeast[at]).toBeCloseTo(share, 12);
  expect(likely).toEqual([2, 1]);
});
