/** @file Labels of whole images in a project: from what a person said to a model, and from it to proposals that never stand in place of a label. */
import { afterEach, describe, expect, test } from "vitest";
import type { Split } from "../../src-main/api/contract.ts";
import { encodePng } from "../../src-main/imaging/index.ts";
import { sha256 } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const QUICK = { size: 32, width: 4, batchSize: 8, validateEvery: 10 };
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

let added = 0;
/** As many bright discs as `count`, on noise. */
async function addDiscs(count: number, split: Split | null, side = 32): Promise<number> {
  const seed = added++;
  const random = new Random("discs", seed);
  const centers = Array.from({ length: count }, (_, at) => [8 + 14 * (at % 2), 8 + 14 * (at >> 1)] as const);
  const data = Uint8Array.from({ length: side * side }, (_, at) => {
    const isIn = centers.some(([x, y]) => Math.hypot((at % side) - x, Math.floor(at / side) - y) < 5);
    return Math.round((isIn ? 190 : 60) + random.between(-20, 20));
  });
  const sourceBytes = await encodePng(data, side, side, 1);
  const { frameIds } = shop.project.images.add(
    {
      sourceBytes,
      sourceSha256: sha256(sourceBytes),
      fileName: `discs-${seed}.png`,
      format: "png",
      modality: null,
      patientKey: null,
      caseName: `case ${seed}`,
      thumbnail: sourceBytes,
      frames: [
        {
          width: side,
          height: side,
          channels: 1,
          sampleType: "uint8",
          photometric: "MONOCHROME2",
          rescaleSlope: 1,
          rescaleIntercept: 0,
          window: null,
          spacing: null,
        },
      ],
    },
    { split },
  );
  return frameIds[0]!;
}

/** Images of one to three discs with their grade and number; some of the unlabelled split without. */
async function openGraded({ train = 12, val = 6, unlabelled = 3, test = 3 } = {}) {
  shop = await openWorkshop();
  const { project } = shop;
  const grade = project.labelDefinitions.add({ name: "stage", kind: "grade", options: ["one", "two", "three"] });
  const number = project.labelDefinitions.add({ name: "discs", kind: "number", unit: "pieces", minimum: 0 });
  const frames: Record<Split, number[]> = { train: [], val: [], test: [], unlabelled: [] };
  for (const [split, count] of Object.entries({ train, val, unlabelled, test }) as [Split, number][]) {
    for (let at = 0; at < count; at++) {
      const discs = 1 + (at % 3);
      const frameId = await addDiscs(discs, split);
      frames[split].push(frameId);
      if (split === "unlabelled") continue;
      project.labels.set(grade.labelId, frameId, grade.options[discs - 1]!);
      project.labels.set(number.labelId, frameId, discs);
    }
  }
  return { grade, number, frames };
}

const learn = (method: string, settings: Record<string, number | string | boolean> = {}, more = {}) =>
  shop.queue.submitTraining({ method, settings: { ...QUICK, steps: 20, ...settings }, seed: 3, ...more });

test("grades teach a classifier; what it says waits for a person", { timeout: 60_000 }, async () => {
  const { grade, frames } = await openGraded();
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

test(
  "killed, a training by diffusion goes on to the same bits, in each of its stages",
  { timeout: 120_000 },
  async () => {
    await openGraded();
    const { project, queue, processes } = shop;
    const settings = { ...DIFFUSION, priors: "out-of-fold", folds: 2, steps: 20 };
    const whole = await queue.finished(learn("diffmic", settings).runId);
    expect(whole.problem).toBeNull();
    expect(whole).toMatchObject({ state: "done", step: 50 });
    const early = learn("diffmic", { ...settings, guidanceSteps: 100_000 });
    await reaches(queue, early.runId, 1);
    queue.finish(early.runId);
    expect(await queue.finished(early.runId)).toMatchObject({
      state: "failed",
      problem: { title: expect.stringMatching(/^The diffusion over labels has not learned anything yet/) as string },
    });
    const { runId } = learn("diffmic", settings);
    for (const step of [12, 41]) {
      await reaches(queue, runId, step);
      processes.at(-1)!.kill();
      expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
      queue.resume(runId);
    }
    const run = await queue.finished(runId);
    expect(run.state).toBe("done");
    expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(whole.runId, "last"));
    expect(project.models.weights(run.modelId!)).toEqual(project.models.weights(whole.modelId!));
    expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(whole.runId));
  },
);

test("diffusion says where it looked and how its samples differ, in each variant", { timeout: 120_000 }, async () => {
  await openGraded({ train: 9, val: 3, unlabelled: 2 });
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
  const { number, frames } = await openGraded();
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
    const frameIds = await Promise.all([32, 48, 32, 32].map((side) => addDiscs(1, "train", side)));
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
