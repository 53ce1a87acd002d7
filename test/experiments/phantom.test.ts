/** @file The hearts made by numbers, folders of images, and an experiment from one end to the other on very small ones. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Arm, casesOf, cellsOf, performCell, planExperiment, reportOf } from "../../src-main/experiments/index.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { groupingOf, openFolderStudy, patientOf } from "./folder-study.ts";
import { heartClasses, heartStudy, SLICES } from "./heart-phantom.ts";

const supervised: Arm[] = [false, true].map((augmentation) => ({
  id: augmentation ? "augmented" : "supervised",
  title: augmentation ? "supervised training with augmentation" : "supervised training",
  method: "segment",
  settings: { augmentation },
}));

let folder: string | null = null;
afterEach(() => {
  if (folder !== null) rmSync(folder, { recursive: true });
  folder = null;
});

test("every heart has its three structures, the right ventricle not in the last slice", async () => {
  const study = heartStudy(1, { patients: 12, side: 64 });
  expect(study.frames).toHaveLength(12 * SLICES);
  for (const { frameId } of study.frames) {
    const { data } = await study.labelMap(frameId);
    const area = (value: number): number => data.filter((label) => label === value).length;
    const isLast = frameId % SLICES === 0;
    expect(area(1) > 0).toBe(!isLast);
    expect(area(2)).toBeGreaterThan(20);
    expect(area(3)).toBeGreaterThan(10);
    expect(area(0)).toBeGreaterThan(0.6 * 64 * 64);
  }
});

test("a seed is a population: the same again, another one for another seed", async () => {
  const [once, again, other] = [
    heartStudy(7, { patients: 2, side: 48 }),
    heartStudy(7, { patients: 5, side: 48 }),
    heartStudy(8, { patients: 2, side: 48 }),
  ];
  expect((await again.frame(3)).data).toEqual((await once.frame(3)).data);
  expect((await other.frame(3)).data).not.toEqual((await once.frame(3)).data);
});

test("slices of a patient look alike, patients do not", async () => {
  const study = heartStudy(3, { patients: 30, side: 48 });
  // Intensity of the left ventricle against that of the wall, slice by slice.
  const contrast = async (frameId: number): Promise<number> => {
    const { data } = await study.frame(frameId);
    const labels = (await study.labelMap(frameId)).data;
    const mean = (value: number): number => {
      const own = [...data].filter((_, index) => labels[index] === value);
      return own.reduce((sum, sample) => sum + sample, 0) / own.length;
    };
    return mean(3) - mean(2);
  };
  const first = await Promise.all(Array.from({ length: 30 }, (_, patient) => contrast(patient * SLICES + 1)));
  const second = await Promise.all(Array.from({ length: 30 }, (_, patient) => contrast(patient * SLICES + 2)));
  const deviation = (values: number[]): number => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  };
  const within = deviation(first.map((value, patient) => value - second[patient]!));
  expect(deviation(first)).toBeGreaterThan(2 * within);
});

test("patients are told from the names of files", () => {
  expect(groupingOf(["P1_HFI01_0128", "P1_HFI01_0148"])).toBe("patient in the name");
  expect(patientOf("P1_HFI01_0128", "patient in the name")).toBe("P1_HFI01");
  expect(groupingOf(["1", "20", "21"])).toBe("blocks of frames");
  expect(["1", "20", "21"].map((name) => patientOf(name, "blocks of frames"))).toEqual([
    "block 0",
    "block 0",
    "block 1",
  ]);
  expect(groupingOf(["b1e3aeb0c562", "1740b0a67ca3"])).toBe("each image by itself");
});

test("a folder of images and masks is a study; one without a mask is refused", async () => {
  folder = mkdtempSync(join(tmpdir(), "aliquot-study-"));
  for (const part of ["images", "masks"]) mkdirSync(join(folder, part));
  const picture = await encodePng(
    Uint8Array.from({ length: 64 }, (_, index) => 4 * index),
    8,
    8,
    1,
  );
  const mask = await encodePng(
    Uint8Array.from({ length: 64 }, (_, index) => (index > 31 ? 255 : 0)),
    8,
    8,
    1,
  );
  for (const name of ["a_1", "a_2", "b_1"]) {
    writeFileSync(join(folder, "images", `${name}.png`), picture);
    if (name !== "b_1") writeFileSync(join(folder, "masks", `${name}.png`), mask);
  }
  await expect(openFolderStudy(folder)).rejects.toThrow("1 of 3 images have no mask");
  writeFileSync(join(folder, "masks", "b_1.png"), mask);
  const study = await openFolderStudy(folder);
  expect(study).toMatchObject({ cases: 2, grouping: "patient in the name", channels: 1 });
  expect((await study.frame(1)).data.slice(0, 3)).toEqual(Uint8Array.of(0, 4, 8));
  expect((await study.labelMap(3)).data.reduce((sum, value) => sum + value)).toBe(32);
});

test("a training sees labels of its own images alone, and nothing of the patients that it is judged on", async () => {
  const study = heartStudy(2, { patients: 4, side: 48 });
  const plan = planExperiment(study.frames, { arms: supervised, seeds: [1], labelled: [6], folds: 1, settings: {} });
  const [split] = plan.splits;
  const cases = casesOf(study, split!, { withUnlabelled: true });
  const count = (role: string): number => cases.frames.filter((frame) => frame.role === role).length;
  expect([count("train"), count("unlabelled"), cases.frames.length]).toEqual([6, 12, 18]);
  const test = study.frames.find(({ caseId }) => split!.test.includes(caseId))!;
  await expect(cases.frame(test.frameId)).rejects.toThrow("must not see");
  const unlabelled = cases.frames.find(({ role }) => role === "unlabelled")!;
  await expect(cases.frame(unlabelled.frameId)).resolves.toBeDefined();
  await expect(cases.labelMap(unlabelled.frameId)).rejects.toThrow("must not see");
  expect(casesOf(study, split!, { withUnlabelled: false }).frames.map(({ role }) => role)).toEqual(
    Array(6).fill("train"),
  );
});

test("an experiment trains all arms alike, judges unseen patients, and is repeatable bit for bit", async () => {
  const study = heartStudy(5, { patients: 6, side: 48 });
  const settings = { steps: 60, size: 48, width: 4, depth: 3, batchSize: 4, learningRate: 0.01 };
  const plan = planExperiment(study.frames, { arms: supervised, seeds: [1], labelled: [18], folds: 1, settings });
  const steps: number[] = [];
  const progress = {
    isStopped: () => false,
    stepDone: (step: number) => void steps.push(step),
    mayCheckpoint: async () => undefined,
  };
  const cells = [];
  for (const cell of cellsOf(plan)) {
    const scores = await performCell(study, cell, { device: "cpu", progress });
    cells.push({ arm: cell.arm.id, ...cell.split, scores: scores! });
  }
  expect(steps).toEqual([1, 2].flatMap(() => Array.from({ length: 60 }, (_, index) => index + 1)));
  for (const { scores } of cells) {
    expect(scores.map(({ caseId }) => caseId)).toEqual(
      plan.splits[0]!.test.flatMap((caseId) => heartClasses.map(() => caseId)),
    );
  }
  const report = reportOf(cells, { arms: plan.arms, labelled: [18] });
  expect(Math.max(...report.results.map(({ mean }) => mean!))).toBeGreaterThan(0.2);
  expect(report.comparisons).toHaveLength(1);
  const again = await performCell(study, cellsOf(plan)[1]!, { device: "cpu", progress });
  expect(again).toEqual(cells[1]!.scores);
});
