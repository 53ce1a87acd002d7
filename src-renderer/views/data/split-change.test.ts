import { expect, it } from "vitest";
import type { FrameRow } from "../../../src-main/api/contract.ts";
import { countCases, splitChange } from "./split-change.ts";

it("moves each case once, and none that is there already", () => {
  const frames = [
    { caseId: 1, split: "train" },
    { caseId: 1, split: "train" },
    { caseId: 2, split: null },
    { caseId: 3, split: "test" },
  ] as FrameRow[];
  expect(countCases(frames)).toBe(3);
  expect(splitChange(frames, "test")).toEqual({
    change: [{ split: "test", caseIds: [1, 2] }],
    cases: 2,
  });
  expect(splitChange(frames.slice(3), "test").cases).toBe(0);
});
