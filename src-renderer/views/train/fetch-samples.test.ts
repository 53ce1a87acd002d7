import { expect, it } from "vitest";
import type { RunSample } from "../../../src-main/api/contract.ts";
import { samplesToCompare, stepsOf } from "./fetch-samples.ts";

const samples: RunSample[] = [
  { step: 10, frameId: 1, kind: "mask", score: 0.5 },
  { step: 20, frameId: 1, kind: "mask", score: 0.4 },
  { step: 20, frameId: 2, kind: "mask", score: null },
];

it("runs are compared at their best validation, or at the latest where that has no pictures", () => {
  const frames = (bestStep: number | null) =>
    samplesToCompare(samples, bestStep).map(({ step, frameId }) => [step, frameId]);
  expect(frames(10)).toEqual([[10, 1]]);
  expect(frames(15)).toEqual([
    [20, 1],
    [20, 2],
  ]);
  expect(frames(null)).toHaveLength(2);
  expect(samplesToCompare([], 10)).toEqual([]);
  expect(stepsOf(samples.toReversed())).toEqual([10, 20]);
});
