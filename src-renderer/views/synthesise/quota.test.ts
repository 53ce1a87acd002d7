import { expect, it } from "vitest";
import type { GeneratorRow } from "../../../src-main/api/contract.ts";
import { balanced, countOf, gradeQuotaOf, MOST_PAIRS, quotaOf, restOf } from "./quota.ts";

const generator = {
  classes: [1, 2, 3].map((value) => ({ value, name: `class ${value}`, color: "#ffffff" })),
  sourcesOfClass: { 1: 9, 2: 4 },
} as unknown as GeneratorRow;

it("counts times the images of the generator, or takes a whole number", () => {
  expect((["1", "2", "4"] as const).map((amount) => countOf(amount, 9, null))).toEqual([9, 18, 36]);
  expect(countOf("4", 9000, null)).toBe(MOST_PAIRS);
  expect([12, 0, 1.5, 10_001, null].map((own) => countOf("other", 9, own))).toEqual([12, null, null, null, null]);
});

it("asks only for classes that a mask shows, and tells what is left for all masks", () => {
  const quota = quotaOf({ 1: 10, 2: 0, 3: 5, 7: 2 }, generator);
  expect(quota).toEqual({ 1: 10 });
  expect(restOf(18, quota)).toBe(8);
  expect(restOf(18, { 1: 10, 2: 9 })).toBe(-1);
});

it("fills rarer grades up to the one with most masks, and asks for none that there is no mask of", () => {
  const label = {
    grades: [
      { grade: "mild", said: 8, predicted: 1 },
      { grade: "moderate", said: 3, predicted: 2 },
      { grade: "severe", said: 1, predicted: 0 },
      { grade: "none", said: 0, predicted: 0 },
    ],
  };
  expect(balanced(label)).toEqual({ moderate: 4, severe: 8 });
  expect(gradeQuotaOf({ mild: 0, severe: 8, none: 4, gone: 1 }, label)).toEqual({ severe: 8 });
});
