import { expect, test } from "vitest";
import type { Frame } from "../voxels/index.ts";
import { withClassPairs } from "./painted-classes.ts";
import type { PaintedPair } from "./painted-pairs.ts";
import type { Study } from "./perform.ts";
import { gradedCases } from "./training-cases.ts";

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

/** Three images of class 0 to learn from and one of class 1; two to judge on. */
const study: Study = {
  frames: [0, 0, 0, 1, 0, 1].map((grade, at) => {
    return { frameId: at + 1, caseId: 10 * (at + 1), isAnnotated: true, grade, hasMask: true };
  }),
  classes: [{ value: 5, name: "lesion" }],
  channels: 1,
  frame: async (frameId) => gray(frameId),
  labelMap: () => Promise.reject(new Error("no mask is asked for")),
};
const split = { seed: 1, fold: 0, labelled: 4, train: [1, 2, 3, 4], test: [50, 60] };

const painted = (value: number, ...parents: number[]): Pick<PaintedPair, "square" | "record"> => ({
  square: {
    image: new Float32Array(4).fill(value / 255),
    channels: 1,
    size: 2,
    placement: { left: 0, top: 0, width: 2, height: 2 },
  },
  record: { parents: parents.map((frameId) => ({ frameId })) } as PaintedPair["record"],
});

test("a painted image has class and patient of its source, half of what is seen of each class is real, and a mixture of classes is left out", async () => {
  const pairs = [
    painted(100, 1),
    painted(101, 2),
    painted(102, 3),
    painted(200, 4),
    painted(201, 4),
    painted(150, 1, 4),
  ];
  const joined = withClassPairs(study, split, pairs);
  const cases = gradedCases(joined.study, joined.split);
  const seen = await Promise.all(
    cases.frames.map(async ({ frameId, caseId, values }) => {
      return { shade: (await cases.frame(frameId)).data[0]!, caseId, grade: values![0]! };
    }),
  );
  const shades = (grade: number): number[] =>
    seen.flatMap((one) => (one.grade === grade ? one.shade : [])).toSorted((a, b) => a - b);
  expect(shades(0)).toEqual([1, 2, 3, 100, 101, 102]);
  expect(shades(1)).toEqual([4, 4, 200, 201]);
  expect(seen.find(({ shade }) => shade === 201)).toMatchObject({ caseId: 40 });
  expect(joined.split.test).toEqual([50, 60]);
  await expect(cases.frame(5)).rejects.toThrow("must not see");
});
