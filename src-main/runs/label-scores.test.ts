import { expect, test } from "vitest";
import { LabelScores } from "./label-scores.ts";

test("of truths that are all the same the error itself is told, not in deviations of nothing", () => {
  const target = { labelId: 1, name: "depth", kind: "number", options: [], unit: "mm" } as const;
  const frames = Array.from({ length: 10 }, (_, at) => {
    return { frameId: at, caseId: at, role: "validate" as const, hasLabelMap: false, values: [0.1] };
  });
  const scores = new LabelScores([target], frames);
  for (const { frameId } of frames) {
    const none = { probability: null, probabilities: [], votes: [], expected: null, likely: null, interval: null };
    scores.add(frameId, [{ labelId: 1, value: 0.35, uncertainty: 0, ...none }]);
  }
  const { validationNRMSE, validationMAE } = scores.figures("validationNRMSE");
  expect(validationNRMSE).toBeCloseTo(0.25, 12);
  expect(validationMAE).toBeCloseTo(0.25, 12);
});
