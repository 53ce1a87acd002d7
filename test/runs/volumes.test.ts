/** @file Which slices a run on volumes gets, and what it tells of each. */
import { expect, test } from "vitest";
import { planEvaluation, planPrediction } from "../../src-main/runs/prediction-request.ts";
import { planTraining, trainingFacts, trainingFrames } from "../../src-main/runs/training-request.ts";
import { findMethod } from "../../src-main/methods/index.ts";
import type { ReviewRecord, Split } from "../../src-main/api/contract.ts";
import type { Project } from "../../src-main/project/index.ts";
import { sentenceOf } from "../../src-main/problem/index.ts";
import { addModel, maskOf, newImage, newProject } from "../project/fixture.ts";

/** A file of several slices; `annotated`: how many of them have a mask; `step`: mm between them, where the file tells. */
function addSeries(
  project: Project,
  name: string,
  split: Split,
  annotated: number,
  slices = 4,
  step: number | null = null,
): number[] {
  const one = newImage(name);
  const placed = (z: number) => ({
    spacing: { x: 1, y: 1 },
    geometry: {
      origin: { x: 0, y: 0, z },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: 1, z: 0 },
      sliceStep: null,
    },
  });
  const frames = Array.from({ length: slices }, (_, index) => ({
    ...one.frames[0]!,
    ...(step === null ? {} : placed(index * step)),
  }));
  const { frameIds } = project.images.add({ ...one, frames, format: "nifti" }, { split });
  for (const frameId of frameIds.slice(0, annotated)) {
    project.annotations.write(frameId, maskOf(1, 9), { origin: "drawn" });
    project.annotations.write(frameId, maskOf(2, 4), { origin: "drawn" });
  }
  return frameIds;
}

function volumeModel(project: Project): number {
  const { runId } = addModel(project);
  const recipe = project.runs.recipe(runId);
  const other = project.runs.create({ ...recipe, kind: "train", settings: { dimensions: "3" } });
  return project.models.add({
    runId: other,
    name: "V-Net",
    method: "bcp",
    step: 1,
    score: null,
    classes: project.classes.list(),
    onnx: Buffer.from("onnx"),
    weights: Buffer.from("weights"),
  });
}

test("a training on volumes counts series, keeps their slices in order, and refuses where there are none", () => {
  const project = newProject();
  const training = () => planTraining(project, { method: "bcp", settings: { dimensions: "3" } }, "cpu");
  const whole = addSeries(project, "a", "train", 4);
  const part = addSeries(project, "b", "train", 2);
  addSeries(project, "c", "unlabelled", 0);
  const half = addSeries(project, "d", "val", 3);
  expect(training).toThrow(/No series of the validation split has masks on all of its slices/);
  addSeries(project, "e", "val", 20, 20);
  const { snapshot, remarks, settings } = training();
  expect(settings).toMatchObject({ dimensions: "3", dice: "image", size: 64, halfBatch: 1 });
  expect(snapshot.frames.map(({ frameId }) => frameId).filter((id) => part.includes(id))).toEqual(part);
  expect(remarks!.map(sentenceOf).join(" ")).toMatch(/3 images are left out/); // those of d that have masks: the fourth is not there
  const facts = trainingFacts(project, trainingFrames(project, findMethod("bcp")));
  expect(facts.volumes).toEqual({
    labelled: 1,
    validated: 1,
    unlabelled: 2,
    leftOut: 3,
    longest: 20,
    apart: null,
    broken: [],
  });
  expect([...whole, ...half]).toHaveLength(8);
});

test("series that are odd to a training cost a sentence before it, or nothing", () => {
  const project = newProject();
  const training = () =>
    planTraining(project, { method: "bcp", settings: { dimensions: "3" } }, "cpu").remarks!.map(sentenceOf);
  for (const split of ["train", "val"] as const) addSeries(project, `single ${split}`, split, 1, 1);
  addSeries(project, "u", "unlabelled", 0);
  // One slice is no series.
  expect(training).toThrow(/No series of the training split has masks on all of its slices/);
  addSeries(project, "a", "train", 20, 20, 2);
  addSeries(project, "b", "train", 3, 3, 2);
  addSeries(project, "c", "val", 17, 17, 2.5);
  const few = training().join(" ");
  expect(few).toMatch(/2 images are left out/);
  expect(few).not.toMatch(/apart/); // 2 and 2.5 mm
  addSeries(project, "d", "unlabelled", 0, 16, 5);
  expect(training().join(" ")).toMatch(/Slices lie 2 mm apart in some series and 5 mm in others/);
  addSeries(project, "e", "unlabelled", 0, 4, 0);
  expect(training).toThrow(/A series of images is no volume/);
});

test("series that are all shorter than a patch are told of", () => {
  const project = newProject();
  for (const split of ["train", "val", "unlabelled"] as const)
    addSeries(project, split, split, split === "unlabelled" ? 0 : 4);
  const { remarks } = planTraining(project, { method: "mean-teacher", settings: { dimensions: "3" } }, "cpu");
  expect(remarks!.map(sentenceOf).join(" ")).toMatch(
    /The longest series has 4 slices, a patch 16: the rest of it is empty/,
  );
});

test("a prediction tells of the slices that nobody annotated and looks at the others too", () => {
  const project = newProject();
  const modelId = volumeModel(project);
  const [first, second, third, fourth] = addSeries(project, "a", "unlabelled", 1);
  addSeries(project, "b", "unlabelled", 4);
  addSeries(project, "c", "train", 0);
  const { snapshot, steps } = planPrediction(project, { modelId }, "cpu");
  expect(snapshot.frames.map(({ frameId, isContext = false }) => [frameId, isContext])).toEqual([
    [first, true],
    [second, false],
    [third, false],
    [fourth, false],
  ]);
  expect(snapshot.frames.every(({ revisionId }) => revisionId === null)).toBe(true);
  expect(steps).toBe(4);
  const one = planPrediction(project, { modelId, frameIds: [third!] }, "cpu");
  expect(one.snapshot.frames).toEqual(snapshot.frames);
});

test("a prediction compares with whole labelled series, and judges those of validation once", () => {
  const project = newProject();
  const modelId = volumeModel(project);
  addSeries(project, "a", "unlabelled", 0);
  const train = addSeries(project, "b", "train", 4);
  addSeries(project, "c", "train", 3);
  const val = addSeries(project, "d", "val", 4);
  addSeries(project, "e", "val", 1);
  const planned = () => {
    const { snapshot, steps, settings } = planPrediction(project, { modelId }, "cpu");
    const known = snapshot.frames.filter(({ revisionId }) => revisionId !== null).map(({ frameId }) => frameId);
    return { known, steps, settings };
  };
  expect(planned()).toEqual({ known: [...train, ...val], steps: 8, settings: { views: 4 } });
  const judge = (frameId: number): void => {
    const record = { views: 4 } as ReviewRecord;
    const revisionId = project.annotations.head(frameId)!;
    project.reviews.addEvidence({
      modelId,
      frameId,
      revisionId,
      dice: 1,
      review: { record, feature: new Int8Array(1) },
    });
  };
  val.slice(1).forEach(judge);
  expect(planned().known).toEqual([...train, ...val]); // one slice is not known yet: a series is looked at as a whole
  judge(val[0]!);
  expect(planned()).toMatchObject({ known: train, steps: 4 });
  const many = addSeries(project, "f", "val", 400, 400);
  const more = addSeries(project, "g", "val", 20, 20);
  expect(planned().known.filter((id) => many.includes(id) || more.includes(id))).toEqual(more); // 300 slices at most
});

test("an evaluation judges annotated slices alone, and an image by itself is refused", () => {
  const project = newProject();
  const modelId = volumeModel(project);
  const alone = project.images.add(newImage("z"), { split: "test" }).frameIds[0]!;
  project.annotations.write(alone, maskOf(1, 9), { origin: "drawn" });
  expect(() => planEvaluation(project, { modelId, split: "test" }, "cpu")).toThrow(/this model reads volumes/);
  const frameIds = addSeries(project, "a", "test", 3);
  const { snapshot } = planEvaluation(project, { modelId, split: "test" }, "cpu");
  expect(
    snapshot.frames.map(({ frameId, revisionId, isContext = false }) => [frameId, revisionId !== null, isContext]),
  ).toEqual(frameIds.map((frameId, index) => [frameId, index < 3, index === 3]));
});
