import { expect, it } from "vitest";
import type { FrameRow } from "../../../src-main/api/contract.ts";
import { casesOf, suggestCounts } from "./cases.ts";

it("counts the frames of each case", () => {
  const frames = [
    { caseId: 4, caseName: "P4", split: "train", annotation: "drawn" },
    { caseId: 4, caseName: "P4", split: "train", annotation: null },
    { caseId: 5, caseName: "P5", split: null, annotation: null },
  ] as FrameRow[];
  expect(casesOf(frames)).toEqual([
    { caseId: 4, name: "P4", split: "train", frames: 2, annotated: 1 },
    { caseId: 5, name: "P5", split: null, frames: 1, annotated: 0 },
  ]);
});

it("suggests numbers that add up and leave somebody to learn from", () => {
  for (let cases = 0; cases < 60; cases++) {
    const { train, val, test } = suggestCounts(cases);
    expect(train + val + test).toBe(cases);
    if (cases >= 3) expect(Math.min(train, val, test)).toBeGreaterThan(0);
  }
});
