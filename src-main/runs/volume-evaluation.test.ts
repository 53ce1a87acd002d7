import { expect, test } from "vitest";
import { createLabelMap, type Frame, stampDisc } from "../voxels/index.ts";
import { VolumeEvaluation } from "./volume-evaluation.ts";

function slice(z: number | null, shift = 0) {
  const size = { width: 20, height: 16 };
  const frame: Frame = {
    ...size,
    channels: 1,
    sampleType: "uint8",
    data: new Uint8Array(320),
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: { x: 0.5, y: 0.5 },
  };
  if (z !== null) {
    const [columnDirection, rowDirection] = [
      { x: 1, y: 0, z: 0 },
      { x: 0, y: 1, z: 0 },
    ];
    frame.geometry = { origin: { x: 0, y: 0, z }, columnDirection, rowDirection, sliceStep: null };
  }
  const [truth, prediction] = [createLabelMap(size.width, size.height), createLabelMap(size.width, size.height)];
  stampDisc(truth, { x: 8, y: 8 }, 3, 2);
  stampDisc(prediction, { x: 8 + shift, y: 8 }, 3, 2);
  return { frame, truth, prediction };
}

test("a volume is scored when its last slice is there, in mm with the distance of slices; a class that is nowhere is said to be empty", () => {
  const evaluation = new VolumeEvaluation([2, 5]);
  const volume = { id: 7, slices: 3 };
  for (const z of [10, 13]) evaluation.add(volume, slice(z, 2));
  expect(evaluation.rows).toEqual([]);
  evaluation.add(volume, slice(16, 2));
  const [shifted, absent] = evaluation.rows;
  expect(shifted).toMatchObject({ volumeId: 7, slices: 3, classValue: 2, unit: "mm", empty: "none" });
  expect(shifted!.hd95).toBeLessThanOrEqual(1); // two pixels of half a millimeter
  expect(shifted!.hd95).toBeGreaterThan(0.5);
  expect(shifted!.jaccard).toBeCloseTo(shifted!.dice / (2 - shifted!.dice), 12);
  expect(absent).toMatchObject({ classValue: 5, dice: 1, hd95: 0, empty: "both" });
});

test.each([
  ["a slice is missing", [0, 3]],
  ["two lie at one place", [0, 3, 3]],
  ["nothing is known of their places", [null, null, null]],
])("no scores are made up where %s", (_, places) => {
  const evaluation = new VolumeEvaluation([2]);
  for (const z of places) evaluation.add({ id: 1, slices: 3 }, slice(z));
  expect(evaluation.rows).toEqual([]);
});

test("where a slice was skipped by the scanner the figures are in voxels", () => {
  const evaluation = new VolumeEvaluation([2]);
  for (const z of [0, 3, 9]) evaluation.add({ id: 1, slices: 3 }, slice(z, 1));
  expect(evaluation.rows[0]).toMatchObject({ unit: "px", empty: "none" });
});
