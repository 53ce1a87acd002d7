import { expect, test } from "vitest";
import { createLabelMap, type Frame } from "../voxels/index.ts";
import { type PaintedPair, withPairs } from "./painted-pairs.ts";
import type { Study } from "./perform.ts";
import { casesOf } from "./training-cases.ts";

const gray = (value: number): Frame => ({
  width: 2,
  height: 2,
  channels: 1,
  sampleType: "uint8",
  data: new Uint8Array(4).fill(value),
  photometric: "MONOCHROME2",
  rescaleSlope: 1,
  rescaleIntercept: 0,
  window: null,
  spacing: null,
});

const study: Study = {
  frames: [1, 2, 3, 4].map((frameId) => ({ frameId, caseId: 10 * frameId, isAnnotated: true })),
  classes: [{ value: 5, name: "lesion" }],
  channels: 1,
  frame: async (frameId) => gray(frameId),
  labelMap: async () => createLabelMap(2, 2),
};
const split = { seed: 1, fold: 0, labelled: 2, train: [1, 3], test: [20, 40] };

const pair = (value: number): PaintedPair => ({
  square: {
    image: new Float32Array(4).fill(value / 255),
    channels: 1,
    size: 2,
    placement: { left: 0, top: 0, width: 2, height: 2 },
  },
  classNumbers: Uint8Array.of(0, 1, 1, 0),
  labels: { width: 2, height: 2, data: Uint8Array.of(0, 5, 5, 0) },
  record: {} as PaintedPair["record"],
});

test("six pairs join two real images three times each: half of what is learned from is real, and nothing of the test cases is", async () => {
  const joined = withPairs(
    study,
    split,
    Array.from({ length: 6 }, (_, index) => pair(100 + index)),
  );
  const cases = casesOf(joined.study, joined.split, { withUnlabelled: false });
  expect(cases.frames).toHaveLength(12);
  expect(cases.frames.every(({ role, hasLabelMap }) => role === "train" && hasLabelMap)).toBe(true);
  const seen = await Promise.all(cases.frames.map(async ({ frameId }) => (await cases.frame(frameId)).data[0]!));
  expect(seen.toSorted((a, b) => a - b)).toEqual([1, 1, 1, 3, 3, 3, 100, 101, 102, 103, 104, 105]);
  const painted = cases.frames.filter(({ caseId }) => caseId > 40);
  expect(new Set(painted.map(({ caseId }) => caseId)).size).toBe(6);
  for (const { frameId } of painted) expect([...(await cases.labelMap(frameId)).data]).toEqual([0, 5, 5, 0]);
  await expect(cases.frame(2)).rejects.toThrow("must not see");
  expect(joined.split).toMatchObject({ labelled: 2, test: [20, 40] });
});
