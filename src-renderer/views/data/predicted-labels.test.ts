import { expect, test } from "vitest";
import type { FrameRow, LabelProposalRow } from "../../../src-main/api/contract.ts";
import { sortRows } from "./browse-frames.ts";
import { doubtsByFrame, predictedValues } from "./predicted-labels.ts";

const row = (frameId: number, labelId: number, value: string | number, doubt: number, state = "pending") =>
  ({ frameId, labelId, value, doubt, state }) as LabelProposalRow;

const rows = [
  row(1, 7, "mild", 0.2),
  row(1, 8, 12, 0.9),
  row(2, 7, "severe", 0.5),
  row(3, 7, "severe", 0.99, "accepted"),
];

test("what waits under a label is what the model predicts; what is decided is the label's own", () => {
  expect([...predictedValues(rows, 7)]).toEqual([
    [1, "mild"],
    [2, "severe"],
  ]);
});

test("images stand the most doubtful first, those without a proposal last, either way", () => {
  const frames = [3, 2, 1].map((frameId) => ({ frameId }) as FrameRow);
  const doubts = doubtsByFrame(rows);
  const ids = (isDescending: boolean) =>
    sortRows(frames, { by: "gradeDoubt", isDescending }, undefined, doubts).map(({ frameId }) => frameId);
  expect(ids(false)).toEqual([1, 2, 3]);
  expect(ids(true)).toEqual([2, 1, 3]);
});
