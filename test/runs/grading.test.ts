/** @file Labels of whole images in a project: from what a person said to a model, and from it to proposals that never stand in place of a label. */
import { afterEach, describe, expect, test } from "vitest";
import { loadOnnx } from "../../src-main/engine/runtime/index.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";
import { addDiscs, expectSameBitsWhenKilled, openGraded, QUICK } from "./project-of-grades.ts";

let shop: Workshop;
afterEach(() => shop.close());

const DIFFUSION = {
  ...QUICK,
  guidanceSteps: 10,
  regionSide: 8,
  regions: 2,
  hidden: 16,
  times: 25,
  views: 2,
  samples: 2,
  diffusionBatch: 8,
};

/** The project of this test. */
async function openProject(counts: Parameters<typeof openGraded>[0] = {}) {
  const graded = await openGraded(counts);
  shop = graded.shop;
  return graded;
}

const learn = (method: string, settings: Record<string, number | string | boolean> = {}, more = {}) =>
  shop.queue.submitTraining({ method, settings: { ...QUICK, steps: 20, ...settings }, seed: 3, ...more });

test("grades teach a classifier; what it says waits for a person", { timeout: 60_000 }, async () => {
  const { grade, frames } = await openProject();
  const { project, queue } = shop;
  const run = await queue.finished(learn("classify", {}).runId);
  expect(run.problem).toBeNull();
  expect(run).toMatchObject({ state: "done", step: 20, judgedBy: { figure: "validationBalancedAccuracy" } });
  for (const name of ["validationAccuracy", "validationF1", "validationAUC", "validationKappa", "validationECE"])
    expect(project.runs.metrics(run.runId, name).length, name).toBeGreaterThan(0);
  const { modelId, makes } = project.models.get(run.modelId!);
  expect(makes).toEqual(["grades"]);

  const said = await queue.finished(queue.submitPrediction({ modelId, samples: 3 }).runId);
  expect(said.problem).toBeNull();
  const waiting = project.labelProposals.list({ state: "pending" });
  expect(waiting.map(({ frameId }) => frameId).toSorted((a, b) => a - b)).toEqual(frames.unlabelled);
  expect(waiting.map(({ doubt }) => doubt)).toEqual(waiting.map(({ doubt }) => doubt).toSorted((a, b) => b - a));
  const detail = project.labelProposals.detail(waiting[0]!.proposalId);
  expect(detail.answer.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
  expect(detail.evidence.saliency).toMatchObject({ cells: 4, area: { left: 0, top: 0, width: 32, height: 32 } });
  expect(detail).toMatchObject({ method: "classify", evidence: { samples: 3, regions: [] }, unit: null });
  // What leaves as ONNX takes the images that it was trained with.
  const exported = await loadOnnx(project.models.onnx(modelId), "cpu");
  expect(exported.inputs["image"]!.shape.slice(1)).toEqual([1, 32, 32]);
  const { logits } = await exported.run({ image: { data: new Float32Array(32 * 32), shape: [1, 1, 32, 32] } });
  expect(logits!.data).toHaveLength(3);
  await exported.release();
  // Nothing is said of these images by that.
  expect(project.labels.values(grade.labelId).filter(({ frameId }) => frames.unlabelled.includes(frameId))).toEqual([]);
  expect(project.labelAnswers.latest(modelId, "val")?.answers).toHaveLength(frames.val.length);

  const judged = await queue.finished(queue.submitEvaluation({ modelId, split: "test" }).runId);
  expect(judged.state).toBe("done");
  expect(project.labelAnswers.latest(modelId, "test")?.answers.map(({ truth }) => truth)).toEqual([
    "one",
    "two",
    "three",
  ]);
  expect(() => queue.submitTraining({ method: "segment" })).toThrow();
});

describe("killed, a training goes on to the same bits", () => {
  test("by diffusion, in each of its stages", { timeout: 120_000 }, async () => {
    await openProject();
    const settings = { ...DIFFUSION, priors: "out-of-fold", folds: 2, steps: 20 };
    await expectSameBitsWhenKilled(shop, { method: "diffmic", settings, seed: 3 }, [12, 41]);
  });

  test.each(["classify", "regress"])("%s", { timeout: 60_000 }, async (method) => {
    await openProject();
    const settings = { ...QUICK, steps: 24 };
    await expectSameBitsWhenKilled(shop, { method, settings, seed: 3 }, [3, 14]);
  });
});

test("a training by diffusion that is finished before its last stage has no model", { timeout: 60_000 }, async () => {
  await openProject({ train: 9, val: 3 });
  const { queue } = shop;
  const early = learn("diffmic", { ...DIFFUSION, guidanceSteps: 100_000 });
  await reaches(queue, early.runId, 1);
  queue.finish(early.runId);
  expect(await queue.finished(early.runId)).toMatchObject({
    state: "failed",
    problem: { title: expect.stringMatching(/^The diffusion over labels has not learned anything yet/) as string },
  });
});

test("diffusion says where it looked and how its samples differ, in each variant", { timeout: 120_000 }, async () => {
  await openProject({ train: 9, val: 3, unlabelled: 2 });
  const { project, queue } = shop;
  const variants: Record<string, string | number | boolean>[] = [
    { variant: "paper", isUnbiased: true },
    { isJoint: true, sampler: "ddim", samplerSteps: 5, losses: "fused", isCentred: false },
  ];
  for (const variant of variants) {
    const run = await queue.finished(learn("diffmic", { ...DIFFUSION, ...variant, steps: 6 }).runId);
    expect(run.problem).toBeNull();
    const modelId = run.modelId!;
    await queue.finished(queue.submitPrediction({ modelId, samples: 4 }).runId);
    const [row] = project.labelProposals.list({ state: "pending" });
    const { answer, evidence } = project.labelProposals.detail(row!.proposalId);
    expect(evidence.regions).toHaveLength(2);
    for (const { left, top, width, height } of evidence.regions) {
      expect([width, height]).toEqual([8, 8]);
      expect(Math.min(left, top, 32 - left - width, 32 - top - height)).toBeGreaterThanOrEqual(0);
    }
    expect(evidence.regions.reduce((sum, { attention }) => sum + attention, 0)).toBeCloseTo(1, 5);
    expect(answer.votes.reduce((sum, vote) => sum + vote, 0)).toBeCloseTo(1, 6);
    expect(evidence.looks).not.toBeNull();
  }
});

test("numbers are measured in their units; what is missing is left out", { timeout: 60_000 }, async () => {
  const { number, frames } = await openProject();
  const { project, queue } = shop;
  const { labelId: depth } = project.labelDefinitions.add({ name: "depth", kind: "number", unit: "mm" });
  for (const [at, frameId] of frames.train.entries()) if (at % 2 === 0) project.labels.set(depth, frameId, at);
  const run = await queue.finished(learn("regress", {}, { labels: [number.labelId, depth] }).runId);
  expect(run.problem).toBeNull();
  expect(run).toMatchObject({ state: "done", judgedBy: { figure: "validationNRMSE", better: "lower" } });
  expect(run.remarks.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^No validation image has a \{name\}/),
  );
  await queue.finished(queue.submitPrediction({ modelId: run.modelId! }).runId);
  const waiting = project.labelProposals.list({ state: "pending" });
  expect(waiting).toHaveLength(2 * frames.unlabelled.length);
  for (const { value, uncertainty, probability } of waiting) {
    expect(value).toBeGreaterThanOrEqual(0); // the label's range, whatever the network says
    expect(uncertainty).toBeGreaterThan(0); // asked ten times
    expect(probability).toBeNull();
  }
});

describe("before there is a run it is said", () => {
  test("what cannot be learned from, and what to know", { timeout: 60_000 }, async () => {
    shop = await openWorkshop();
    const { project } = shop;
    expect(() => learn("classify")).toThrow("No label of classes or grades is defined yet.");
    expect(() => learn("regress")).toThrow("No label of numbers is defined yet.");
    const { labelId } = project.labelDefinitions.add({
      name: "side",
      kind: "class",
      options: ["left", "right", "both"],
    });
    expect(() => learn("diffmic")).toThrow("No image of the training split has a side.");
    const frameIds = await Promise.all([32, 48, 32, 32].map((side) => addDiscs(shop, 1, "train", side)));
    for (const frameId of frameIds.slice(0, 3)) project.labels.set(labelId, frameId, "left");
    expect(() => learn("classify")).toThrow("All 3 labelled training images have the same side: left.");
    project.labels.set(labelId, frameIds[1]!, "right");
    const { remarks } = learn("classify", { steps: 1 });
    const texts = remarks.map(({ text }) => text);
    for (const start of [
      "Only one training image",
      "No training image",
      "Images of {sizes} sizes",
      "Images of the training and validation split without",
    ])
      expect(texts).toContainEqual(expect.stringContaining(start));
    const { labelId: size } = project.labelDefinitions.add({ name: "size", kind: "number" });
    project.labels.set(size, frameIds[0]!, 0);
    expect(() => learn("regress")).toThrow("Only one image of the training split has a size.");
    project.labels.set(size, frameIds[1]!, 0);
    expect(() => learn("regress")).toThrow("All 2 training images have the same size.");
    project.labels.set(size, frameIds[2]!, 4);
    expect(learn("regress", { steps: 1 }).remarks).toContainEqual(
      expect.objectContaining({ values: { name: "size", images: 2 } }),
    );
    expect(() => learn("classify", {}, { labels: [size] })).toThrow(
      "classify does not learn size: it is a label of numbers.",
    );
    expect(() => learn("diffmic", { ...DIFFUSION, regionSide: 64 })).toThrow(
      "Regions of 64 pixels do not fit into images of 32.",
    );
  });
});
