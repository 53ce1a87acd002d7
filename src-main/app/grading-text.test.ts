import { InvalidArgumentError } from "commander";
import { expect, test } from "vitest";
import type { LabelDefinition } from "../api/contract.ts";
import { conditionLines, labelEvaluationLines, relativeNote } from "./grading-text.ts";
import { wholeNumber } from "./project-commands.ts";

const label: LabelDefinition = {
  labelId: 3,
  name: "stage",
  kind: "grade",
  scope: "image",
  options: ["mild", "severe"],
  thresholds: [],
  unit: null,
  minimum: null,
  maximum: null,
};

test("it is said from where grades may be accepted unseen, or why from nowhere", () => {
  const condition = { modelId: 1, labelId: 3, judged: 40, above: 35, wrong: 1, neededShare: 0.9 };
  expect(conditionLines([{ ...condition, threshold: 0.98749 }], [label])).toEqual([
    "Each stage may be accepted unseen from a probability of 0.988 on (aliquot review --of grades --accept-above): 40 validation patients were judged, 35 were so sure, 1 of them wrong.",
  ]);
  expect(conditionLines([{ ...condition, judged: 1, above: 0, wrong: 0, threshold: null }], [label])).toEqual([
    "No stage may be accepted unseen yet: 1 validation patient was judged, too few of them right to prove that 90 % are (docs/review.md).",
  ]);
  expect(conditionLines([], [label])).toEqual([]);
});

test("numbers out of range are refused where they are typed", () => {
  expect(wholeNumber(1, 200)("200")).toBe(200);
  expect(() => wholeNumber(1, 200)("500")).toThrow(new InvalidArgumentError("Expected a whole number from 1 to 200."));
  expect(() => wholeNumber(1)("0")).toThrow("Expected a whole number from 1.");
});

test("few images and left out ones are told with the figures of numbers", () => {
  const blandAltman = { bias: 0, low: -1, high: 1, points: [] };
  const figures = { mse: 1, rmse: 1, mae: 1, mape: null, medianRelativeError: null, zeros: 0, r2: 0.5, pearson: 0.9 };
  const relative = { policy: "exclude" as const, used: 9, refused: null };
  const numbers = { unit: "mm", ...figures, relative, isDegenerate: false, intervals: null, blandAltman };
  const told = { modelId: 1, runId: 1, label, split: "test" as const, patients: 9, classes: null, numbers, rows: [] };
  const few = labelEvaluationLines({ ...told, images: 9, excluded: 2 }).join("\n");
  expect(few).toContain("Without 2 images of which it said no finite number.");
  expect(few).toContain("Pearson 0.900 (of fewer than 10 images: it says little)");
  const enough = labelEvaluationLines({ ...told, images: 10, excluded: 0 }).join("\n");
  expect(enough).not.toMatch(/it says little|Without/);
});

test("relative errors tell what they are of, or why there are none", () => {
  const blandAltman = { bias: 0, low: -1, high: 1, points: [] };
  const figures = { mse: 1, rmse: 1, mae: 1, mape: null, medianRelativeError: null, r2: 0.5, pearson: 0.9 };
  const rest = { unit: "°C", ...figures, isDegenerate: false, intervals: null, blandAltman };
  const told = (zeros: number, relative: Parameters<typeof relativeNote>[0]["relative"]) =>
    relativeNote({ ...rest, zeros, relative }, 12);
  expect(told(0, { policy: "exclude", used: 12, refused: null })).toBe("");
  expect(told(2, { policy: "exclude", used: 10, refused: null })).toBe(", without 2 images whose truth is 0");
  expect(told(2, { policy: "strict", used: 0, refused: null })).toBe(
    ": not defined, for there are 2 images whose truth is 0",
  );
  expect(told(2, { policy: { floor: 0.5 }, used: 12, refused: null })).toBe(
    ", of 12 images, divided by no less than 0.5 °C",
  );
  expect(told(0, { policy: "exclude", used: 0, refused: "sign" })).toContain("may lie below 0");
  expect(told(0, { policy: "exclude", used: 0, refused: "scale" })).toContain("°C has no fixed zero");
});
