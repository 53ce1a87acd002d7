/** @file Ways of telling classes of whole images apart, compared through the queue in real processes, and shown by the command line. */
import { afterEach, expect, test } from "vitest";
import type { ExperimentPlan } from "../../src-main/experiments/index.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

/** `counts`: annotated images of each grade in train and validation, and one of each in the test split. */
async function openGraded(counts: readonly number[]) {
  shop = await openWorkshop({}, { side: 32 });
  const { project } = shop;
  const options = ["mild", "severe", "extreme"];
  const { labelId } = project.labelDefinitions.add({ name: "stage", kind: "grade", options });
  for (const [grade, count] of counts.entries()) {
    for (let at = 0; at <= count; at++) {
      const frameId = await shop.add(at === count ? "test" : at % 3 === 2 ? "val" : "train");
      project.labels.set(labelId, frameId, options[grade]!);
    }
  }
  return { ...shop, labelId };
}

const PLAIN = { size: 32, width: 4, batchSize: 4, steps: 4 };
const SETTINGS = {
  ...PLAIN,
  regionSide: 8,
  regions: 2,
  hidden: 16,
  times: 25,
  views: 1,
  diffusionBatch: 4,
};
const PAINTER = {
  "painter.size": 32,
  "painter.steps": 3,
  "painter.batchSize": 2,
  "painter.generatorWidth": 4,
  "painter.generatorWidest": 8,
  "painter.discriminatorWidth": 4,
};
const request = { arms: ["classify", "diffmic"], labelled: [6], seeds: [1], folds: 1, settings: SETTINGS };

test("plain network, DiffMIC and synthetic images of each class are judged on the same patients, none of whom was seen", async () => {
  const { project, queue, labelId } = await openGraded([7, 5]);
  const arms = ["classify", "diffmic", "classify-synthetic"];
  const asked = { ...request, arms, settings: { ...SETTINGS, ...PAINTER } };
  const { runId, steps } = queue.submitExperiment(asked);
  // Of DiffMIC the guesses learn as long, the diffusion five times as many steps; the painter comes first.
  expect(steps).toBe(4 + (4 + 20) + (3 + 4));
  expect(await queue.finished(runId)).toMatchObject({ state: "done", step: steps, problem: null, modelId: null });
  expect(project.models.list()).toEqual([]);
  const plan = project.experiments.plan(runId) as ExperimentPlan;
  expect(plan.label).toMatchObject({ labelId, name: "stage" });
  const tested = new Set(project.images.frames().flatMap(({ caseId, split }) => (split === "test" ? [caseId] : [])));
  const scores = project.experiments.scores(runId);
  expect(scores.map(({ arm }) => arm).toSorted()).toEqual(arms.toSorted());
  for (const { scores: own } of scores) {
    expect(own.map(({ caseId }) => caseId)).toEqual(plan.splits[0]!.test);
    expect(new Set(own.map(({ classValue }) => classValue))).toEqual(new Set([0, 1]));
    expect(own.every(({ score, caseId }) => (score === 0 || score === 1) && !tested.has(caseId))).toBe(true);
  }
});

test("one that is stopped within its painter goes on to the same scores", async () => {
  const { project, queue } = await openGraded([4, 4]);
  const settings = { ...PLAIN, ...PAINTER, "painter.steps": 12 };
  const asked = { ...request, arms: ["classify", "classify-synthetic"], settings };
  const onTrunk = { ...asked, settings: { ...settings, network: "0123456789abcdef" } };
  expect(() => queue.submitExperiment(onTrunk)).toThrow("There is no trunk 0123456789abcdef here.");
  const whole = await queue.finished(queue.submitExperiment(asked).runId);
  const { runId } = queue.submitExperiment(asked);
  await reaches(queue, runId, 6);
  queue.cancel(runId);
  expect(await queue.finished(runId)).toMatchObject({ state: "cancelled" });
  queue.resume(runId);
  expect(await queue.finished(runId)).toMatchObject({ state: "done", problem: null });
  expect(project.experiments.scores(runId)).toEqual(project.experiments.scores(whole.runId));
});

test("what cannot be compared is refused before anything starts", async () => {
  const { project, queue, labelId, add } = await openGraded([6, 6, 1]);
  expect(() => queue.submitExperiment(request)).toThrow("Only one image has the stage extreme.");
  const lone = project.labels.values(labelId).filter(({ value }) => value === "extreme");
  for (const { frameId } of lone) project.labels.set(labelId, frameId, null);
  expect(() => queue.submitExperiment({ ...request, labelled: [1] })).toThrow("With 1 labelled image there is none");
  expect(() => queue.submitExperiment({ ...request, labelled: [60] })).toThrow("60 labelled ones are asked for");
  expect(() => queue.submitExperiment({ ...request, arms: ["classify", "supervised"] })).toThrow("not compared");
  expect(() => queue.submitExperiment({ ...request, arms: ["supervised", "augmented"], label: labelId })).toThrow(
    "A label of whole images is not what these ways of training learn.",
  );
  expect(() => queue.submitExperiment({ ...request, settings: { ...SETTINGS, regionSide: 64 } })).toThrow(
    "Regions of 64 pixels do not fit into images of 32.",
  );
  for (const split of ["train", "val"] as const)
    project.labels.set(labelId, await add(split, { isAnnotated: false }), "extreme");
  const painting = { ...request, arms: ["classify", "classify-synthetic"], settings: { ...PLAIN, ...PAINTER } };
  expect(() => queue.submitExperiment(painting)).toThrow("none of the stage extreme has a mask");
  for (const { frameId, value } of project.labels.values(labelId)) {
    if (value !== "mild") project.labels.set(labelId, frameId, null);
  }
  expect(() => queue.submitExperiment(request)).toThrow("All 6 labelled images have the same stage: mild.");
  expect(project.experiments.list()).toEqual([]);
});
