import { expect, it } from "vitest";
import { splitCases } from "./split.ts";

const cases = Array.from({ length: 10 }, (_, index) => ({ caseId: index + 1, annotated: index < 6 ? 2 : 0 }));
const counts = { train: 3, val: 1, test: 2, seed: 5 };

function sizes(splits: Map<number, string>): Record<string, number> {
  const grouped = Map.groupBy(splits.values(), (split) => split);
  return Object.fromEntries([...grouped].map(([split, members]) => [split, members.length]));
}

it("gives every case one split, in the numbers asked for", () => {
  const splits = splitCases(cases, counts);
  expect(splits.size).toBe(10);
  expect(sizes(splits)).toEqual({ train: 3, val: 1, test: 2, unlabelled: 4 });
});

it("gives annotated cases the splits that need masks", () => {
  const splits = splitCases(cases, counts);
  expect([7, 8, 9, 10].map((caseId) => splits.get(caseId))).toEqual(Array.from({ length: 4 }, () => "unlabelled"));
});

it("depends on the seed, not on the order of the cases", () => {
  expect(splitCases([...cases].reverse(), counts)).toEqual(splitCases(cases, counts));
  const others = Array.from({ length: 10 }, (_, seed) =>
    JSON.stringify([...splitCases(cases, { ...counts, seed })].sort()),
  );
  expect(new Set(others).size).toBeGreaterThan(5);
});

it("says how many cases there are when they do not suffice", () => {
  expect(() => splitCases(cases, { ...counts, train: 8 })).toThrow(
    expect.objectContaining({
      code: "not-enough-data",
      title: "There are too few cases: 11 are asked for, the project has 10.",
      hint: expect.stringContaining("rule for patients") as string,
    }),
  );
  expect(() => splitCases(cases, { ...counts, train: 8 }, 2)).toThrow(
    expect.objectContaining({
      title: "There are too few cases: 11 are asked for, 10 of 12 can be dealt.",
      detail: expect.stringContaining("2 hold images that a model made, translated ones too") as string,
    }),
  );
  expect(() => splitCases(cases, { ...counts, val: -1 })).toThrow("whole numbers");
});
