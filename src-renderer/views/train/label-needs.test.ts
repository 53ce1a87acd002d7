import { expect, test } from "vitest";
import type { LabelDefinition } from "../../../src-main/api/contract.ts";
import { chosenLabels, countLabelled, labelNeeds } from "./label-needs.ts";

const frame = (frameId: number, split: "train" | "val" | "test" | null, imageId = frameId, isSynthetic = false) => {
  return { frameId, imageId, split, isSynthetic };
};

test("images are counted once, where a person labelled them, and no synthetic one", () => {
  const frames = [frame(1, "train", 1), frame(2, "train", 1), frame(3, "train"), frame(4, "val"), frame(5, "test")];
  const said = new Map([1, 2, 3, 4, 5].map((id) => [id, id === 3 ? "severe" : "mild"]));
  expect(countLabelled(frames, [said])).toEqual({ train: 2, validate: 1, elsewhere: 1, values: 2 });
  expect(countLabelled([frame(1, "train", 1, true)], [said])).toMatchObject({ train: 0, values: 0 });
  expect(countLabelled(frames, [])).toEqual({ train: 0, validate: 0, elsewhere: 0, values: 0 });
});

test("one value alone is not enough; labelled images of other splits want a split, not more labels", () => {
  const list = (data: { train: number; values: number; elsewhere: number }) =>
    labelNeeds({ validate: 0, ...data }).map(({ kind, isMet, mend }) => `${kind} ${isMet ? "met" : mend}`);
  expect(list({ train: 0, values: 0, elsewhere: 0 })).toEqual(["labelled label", "values label", "judged met"]);
  expect(list({ train: 5, values: 1, elsewhere: 3 })).toEqual(["labelled met", "values split", "judged met"]);
  expect(list({ train: 5, values: 2, elsewhere: 0 })).toEqual(["labelled met", "values met", "judged met"]);
});

test("the label that most images have is learned, classes one at a time, numbers together", () => {
  const label = (labelId: number, kind: LabelDefinition["kind"]) => ({ labelId, kind }) as LabelDefinition;
  const ids = (labels: readonly LabelDefinition[]) => labels.map(({ labelId }) => labelId);
  const grades = [label(1, "grade"), label(2, "class")];
  expect(ids(chosenLabels(grades, [], (id) => id))).toEqual([2]);
  expect(ids(chosenLabels(grades, [1, 2], (id) => id))).toEqual([1]);
  expect(ids(chosenLabels([label(3, "number"), label(4, "number")], [3, 4], () => 0))).toEqual([3, 4]);
  expect(ids(chosenLabels(grades, [9], () => 0))).toEqual([1]);
});
