import { expect, it } from "vitest";
import type { FrameRow, LabelDefinition } from "../../../src-main/api/contract.ts";
import { binEdges, countSplits, csvOf, labelBalance } from "./figures.ts";

const frames = [
  { frameId: 1, imageId: 1, caseId: 1, split: "train", annotation: "drawn" },
  { frameId: 2, imageId: 2, caseId: 1, split: "train", annotation: null },
  { frameId: 3, imageId: 3, caseId: 2, split: null, annotation: null },
] as FrameRow[];
const label = (change: Partial<LabelDefinition>): LabelDefinition => ({
  labelId: 1,
  name: "grade",
  kind: "grade",
  scope: "image",
  options: ["mild", "severe"],
  thresholds: [],
  unit: null,
  minimum: null,
  maximum: null,
  ...change,
});

it("quotes what a table must quote", () => {
  const table = {
    columns: ["name", "images"],
    rows: [
      ["a, b", 1.5],
      ['"c"', 2],
    ],
  };
  expect(csvOf(table)).toBe('name,images\r\n"a, b",1.5\r\n"""c""",2\r\n');
});

it("counts patients of each split that has one", () => {
  expect(countSplits(frames)).toEqual([
    { split: "train", cases: 1, images: 2, annotated: 1 },
    { split: null, cases: 1, images: 1, annotated: 0 },
  ]);
});

it("counts values once an image, or once a patient", () => {
  const values = [1, 2].map((frameId) => ({ frameId, value: "mild" }));
  const ofImages = labelBalance(label({}), values, frames, String);
  expect(ofImages).toMatchObject({ counts: [{ count: 2 }, { count: 0 }], unsaid: 1 });
  const ofPatients = labelBalance(label({ scope: "patient" }), values, frames, String);
  expect(ofPatients).toMatchObject({ counts: [{ count: 1 }, { count: 0 }], unsaid: 1 });
});

it("puts numbers into bins, the highest into the last", () => {
  const values = [0, 5, 10].map((value, index) => ({ frameId: index + 1, value }));
  const { counts } = labelBalance(label({ kind: "number", options: [] }), values, frames, String);
  expect(counts.map(({ count }) => count)).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  expect(counts[9]!.name).toBe("9 – 10");
});

it("edges are of equal width, or of equal ratio", () => {
  expect(binEdges(0, 10, 2, "linear")).toEqual([0, 5, 10]);
  expect(binEdges(1, 100, 2, "log")).toEqual([1, 10, 100]);
});
