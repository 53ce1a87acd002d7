/** @file Synthetic pairs from a real generator in a real process: what they are made of, that none counts before a person says so, and that nothing is lost. */
import { afterEach, expect, test } from "vitest";
import type { SynthesisRequest, SyntheticPairRow } from "../../src-main/api/contract.ts";
import { maskParent, preprocessLabelMap, replayMask } from "../../src-main/dataset/index.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { openProject } from "../../src-main/project/index.ts";
import { planExperimentRun } from "../../src-main/runs/experiment-request.ts";
import type { NewLabelProposal } from "../../src-main/project/label-proposals.ts";
import { generatorGrades, generators } from "../../src-main/runs/queue.ts";
import { classPixels, decodeLabelMap } from "../../src-main/voxels/index.ts";
import { openWorkshop, SMALL, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const SIZE = 32;
const generatorSettings = {
  size: SIZE,
  batchSize: 2,
  generatorWidth: 4,
  generatorWidest: 8,
  discriminatorWidth: 4,
  width: 4,
  depth: 2,
  generatorSteps: 12,
  steps: 4,
  validateEvery: 4,
};

/** A project with a generator, and a segmenter that learned from real images alone. */
async function withGenerator(): Promise<{ generatorId: number; judgeId: number }> {
  shop = await openWorkshop({ train: 5, val: 4, test: 1 });
  const { queue } = shop;
  const [generator, judge] = await Promise.all([
    queue.finished(queue.submitTraining({ method: "genseg", settings: generatorSettings }).runId),
    queue.finished(queue.submitTraining({ method: "segment", settings: { ...SMALL, steps: 20 } }).runId),
  ]);
  expect([generator, judge]).toMatchObject([
    { state: "done", step: 16, steps: 16 }, // the generator alone comes first
    { state: "done", step: 20, steps: 20 },
  ]);
  return { generatorId: generator.modelId!, judgeId: judge.modelId! };
}

async function synthesise(request: SynthesisRequest): Promise<SyntheticPairRow[]> {
  const { queue, project } = shop;
  const run = await queue.finished(queue.submitSynthesis(request).runId);
  expect(run).toMatchObject({ kind: "synthesise", state: "done", step: request.count, problem: null });
  return project.syntheticPairs.get(run.runId).pairs;
}

const listed = (): number => shop.project.images.frames().length;

test("pairs come of the masks that the generator learned from; an accepted one is trained on, and every decision is taken back", async () => {
  const { generatorId, judgeId } = await withGenerator();
  const { project, queue } = shop;
  const told: number[] = [];
  queue.on((event) => void (event.type === "pairs" && told.push(...event.pairs.map(({ index }) => index))));
  const [row] = generators(project);
  expect(row).toMatchObject({ modelId: generatorId, sources: 5, sourcesOfClass: { 1: 5 }, size: SIZE, channels: 1 });
  const pairs = await synthesise({ modelId: generatorId, count: 7, shapes: "blended" });
  expect(told).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(pairs.map(({ index }) => index)).toEqual(told);
  const runId = pairs[0]!.runId;
  expect(project.syntheticPairs.list()[0]).toMatchObject({ runId, judgeModelId: judgeId, count: 7, made: 7 });
  expect(listed()).toBe(10);

  const train = new Set(project.images.frames().flatMap(({ frameId, split }) => (split === "train" ? [frameId] : [])));
  const parentOf = (frameId: number) => {
    const map = decodeLabelMap(project.annotations.mask(frameId)!);
    return maskParent(frameId, {
      width: SIZE,
      height: SIZE,
      data: preprocessLabelMap(map, { size: SIZE, classes: [1] }),
    });
  };
  for (const { pairId, origin, classes, quality, frameId, state } of pairs) {
    expect({ classes, frameId, state }).toEqual({ classes: [1], frameId: null, state: "undecided" });
    expect(origin.parents.every((parent) => train.has(parent.frameId))).toBe(true);
    expect(train.has(quality.nearestFrameId)).toBe(true);
    expect(quality.alignment).toBeGreaterThanOrEqual(0);
    const frame = await decodeFrame(project.syntheticPairs.image(pairId), { fileName: "pair", frame: 0 });
    expect(frame).toMatchObject({ width: SIZE, height: SIZE, channels: 1, sampleType: "uint8" });
    // The record is enough to make the mask again.
    expect(decodeLabelMap(project.syntheticPairs.labelMap(pairId))).toEqual(replayMask(origin, parentOf));
  }
  expect(new Set(pairs.map(({ origin }) => origin.parents[0]!.frameId)).size).toBe(5);
  expect(project.syntheticPairs.get(runId).quality).toMatchObject({ pairs: 7, real: 5, nearCopies: null });

  const ids = pairs.map(({ pairId }) => pairId);
  const [first, second, third] = ids as [number, number, number];
  const accepted = await project.syntheticPairs.decide([first, second], "accepted");
  const frameId = accepted[0]!.frameId!;
  expect(project.images.frame(frameId)).toMatchObject({
    row: { split: "train", annotation: "accepted", isSynthetic: true },
    metadata: { synthetic: { modelId: generatorId, runId, method: "genseg" } },
  });
  expect(project.annotations.mask(frameId)).toEqual(project.syntheticPairs.labelMap(first));
  expect(listed()).toBe(12);
  const isSeenBy = (method: string): boolean => {
    const { runId: held } = queue.submitTraining({ method, settings: { size: SIZE }, hold: true });
    return project.runs.recipe(held).snapshot.frames.some((frame) => frame.frameId === frameId);
  };
  expect(isSeenBy("segment")).toBe(true);
  expect(isSeenBy("genseg")).toBe(false); // a generator does not learn from generators
  // The generator saw the patients that a comparison holds out.
  const compared = { arms: ["supervised", "augmented"], labelled: [2], seeds: [1], folds: 1, settings: {} };
  const { run } = planExperimentRun(project, compared, "cpu");
  expect(run.snapshot.frames.map((frame) => frame.frameId)).not.toContain(frameId);

  await project.syntheticPairs.decide([third, second], "rejected");
  expect(listed()).toBe(11);
  expect(project.syntheticPairs.list()[0]).toMatchObject({ accepted: 1, rejected: 2 });
  expect((await project.syntheticPairs.undo()).map(({ state }) => state)).toEqual(["undecided", "accepted"]);
  expect(listed()).toBe(12);
  expect((await project.syntheticPairs.undo()).map(({ state }) => state)).toEqual(["undecided", "undecided"]);
  expect(listed()).toBe(10);
  await expect(project.syntheticPairs.undo()).rejects.toThrow("no decision to undo");
  // What was accepted once is the same image when it is accepted again.
  expect((await project.syntheticPairs.decide([first], "accepted"))[0]!.frameId).toBe(frameId);
  project.bulk.remove([frameId]);
  expect(project.syntheticPairs.pair(first)).toMatchObject({ state: "undecided", frameId: null });
  project.bulk.undo();
  expect(project.syntheticPairs.pair(first)).toMatchObject({ state: "accepted", frameId });
});

test("a run whose process is killed goes on with the same bits, and what was made stays", async () => {
  const { generatorId } = await withGenerator();
  const { project, queue, processes } = shop;
  const request = { modelId: generatorId, count: 30, seed: 3 };
  const whole = await synthesise(request);
  const { runId } = queue.submitSynthesis(request);
  await new Promise<void>((resolve) => {
    queue.on((event) => void (event.type === "pairs" && event.pairs[0]!.index === 5 && resolve()));
  });
  processes.at(-1)!.kill();
  expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
  const before = project.syntheticPairs.get(runId);
  expect(before).toMatchObject({ quality: null });
  expect(before.pairs.length).toBeGreaterThan(5);
  expect(before.pairs.length).toBeLessThan(30);
  await project.syntheticPairs.decide([before.pairs[0]!.pairId], "accepted");
  queue.resume(runId);
  expect(await queue.finished(runId)).toMatchObject({ state: "done", step: 30 });
  const after = project.syntheticPairs.get(runId);
  expect(after.pairs.slice(0, before.pairs.length).map(({ pairId }) => pairId)).toEqual(
    before.pairs.map(({ pairId }) => pairId),
  );
  expect(after.pairs[0]!.state).toBe("accepted");
  const comparable = ({ pairId, index, origin, quality }: SyntheticPairRow) => {
    return { index, origin, quality, image: project.syntheticPairs.image(pairId) };
  };
  expect(after.pairs.map(comparable)).toEqual(whole.map(comparable));
  expect(after.quality).toEqual(project.syntheticPairs.get(whole[0]!.runId).quality);
});

test("so many pairs of each grade come of masks of its images, said or predicted; a grade without masks is refused", async () => {
  const { generatorId } = await withGenerator();
  const { project, queue } = shop;
  const { labelId } = project.labelDefinitions.add({
    name: "stage",
    kind: "grade",
    options: ["mild", "severe", "none"],
  });
  const [first, second, third, predicted] = project.images
    .frames()
    .flatMap(({ frameId, split }) => (split === "train" ? [frameId] : [])) as [number, number, number, number];
  for (const frameId of [first, second]) project.labels.set(labelId, frameId, "mild");
  project.labels.set(labelId, third, "severe");
  const answer = {
    labelId,
    value: 1,
    probability: 0.8,
    uncertainty: 0.2,
    probabilities: [0.2, 0.8, 0],
    votes: [0, 1, 0],
    expected: null,
    likely: null,
    interval: null,
  };
  const evidence = { samples: 1 } as NewLabelProposal["evidence"];
  const proposal = { frameId: predicted, modelId: generatorId, runId: 1, value: "severe", answer, evidence };
  project.labelProposals.add(proposal);
  expect(generatorGrades(project, generatorId)).toEqual([
    {
      labelId,
      name: "stage",
      grades: [
        { grade: "mild", said: 2, predicted: 0 },
        { grade: "severe", said: 1, predicted: 1 },
        { grade: "none", said: 0, predicted: 0 },
      ],
    },
  ]);
  const perGrade = { labelId, pairs: { mild: 2, severe: 4, none: 0 } };
  const pairs = await synthesise({ modelId: generatorId, count: 7, shapes: "blended", perGrade, judgeModelId: null });
  const drawn = (grade: string | undefined) => pairs.filter(({ origin }) => origin.grade?.grade === grade);
  expect(["mild", "severe", undefined].map((grade) => drawn(grade).length)).toEqual([2, 4, 1]);
  for (const { origin } of drawn("mild"))
    expect(origin.parents.every(({ frameId }) => frameId === first || frameId === second)).toBe(true);
  for (const { origin } of drawn("severe")) {
    expect(origin.grade).toMatchObject({ labelId, name: "stage" });
    expect(origin.parents.every(({ frameId }) => frameId === third || frameId === predicted)).toBe(true);
    expect(origin.grade!.isPredicted).toBe(origin.parents[0]!.frameId === predicted);
  }
  expect(drawn("severe").filter(({ origin }) => origin.grade!.isPredicted)).toHaveLength(2);

  const refused = (more: Partial<SynthesisRequest>, words: string): void =>
    void expect(() => queue.submitSynthesis({ modelId: generatorId, count: 4, ...more })).toThrow(words);
  refused({ perGrade: { labelId, pairs: { none: 1 } } }, "No source mask is of an image with the stage none.");
  refused({ perGrade: { labelId, pairs: { worst: 1 } } }, "stage has no class worst.");
  refused(
    { perGrade: { labelId: 99, pairs: { mild: 1 } } },
    "There is no label of classes or grades with the number 99.",
  );
  refused({ perGrade: { labelId, pairs: { mild: 5 } } }, "The quotas of stage ask for 5 pairs, but 4 are to be made.");
  refused({ perGrade: { labelId, pairs: { mild: 1 } }, quota: { 1: 1 } }, "by class of the mask and by stage at once");
});

test("quotas are kept, and more like some pairs come of their source masks, changed less", async () => {
  const { generatorId } = await withGenerator();
  const { project } = shop;
  const empty = project.images.frames().find(({ split }) => split === "train")!.frameId;
  const pairs = await synthesise({ modelId: generatorId, count: 6, quota: { 1: 4 }, judgeModelId: null });
  expect(pairs.filter(({ classes }) => classes.includes(1)).length).toBeGreaterThanOrEqual(4);
  expect(pairs.map(({ quality }) => quality.alignment)).toEqual(pairs.map(() => null));
  const liked = pairs.find(({ origin }) => origin.parents[0]!.frameId !== empty)!;
  const more = await synthesise({ modelId: generatorId, count: 5, like: [liked.pairId], seed: 9 });
  for (const { origin } of more) {
    expect(origin.parents.map(({ frameId }) => frameId)).toEqual([liked.origin.parents[0]!.frameId]);
    expect(Math.abs(origin.geometry.rotationDegrees)).toBeLessThanOrEqual(5);
  }
});

test("what cannot be asked for is refused in a sentence, and nothing is queued", async () => {
  const { generatorId, judgeId } = await withGenerator();
  const { project, queue } = shop;
  const runs = project.runs.list().length;
  const refused = (change: Partial<SynthesisRequest>, message: string) =>
    expect(() => queue.submitSynthesis({ modelId: generatorId, count: 4, ...change })).toThrow(message);
  refused({ modelId: judgeId }, `Model ${judgeId} paints no images.`);
  refused({ modelId: 99 }, "no model 99");
  refused({ quota: { 1: 5 } }, "The quotas ask for 5 pairs, but 4 are to be made.");
  project.classes.add({ name: "rare" });
  refused({ quota: { 2: 1 } }, "No source mask shows rare.");
  refused({ like: [12] }, "no synthetic pair 12");
  refused({ judgeModelId: generatorId }, "cannot judge");
  expect(project.runs.list()).toHaveLength(runs);
  for (const { frameId, split } of project.images.frames()) if (split === "train") project.bulk.remove([frameId]);
  refused({}, "None of the images that the generator learned from");
});

test("a near-copy of a real image cannot be accepted, alone or with others, and a second opening keeps all decisions", async () => {
  const { generatorId } = await withGenerator();
  const { project, queue } = shop;
  const [real] = project.images.frames();
  const pairs = await synthesise({ modelId: generatorId, count: 2 });
  const { runId, origin } = pairs[0]!;
  const copy = project.syntheticPairs.add(runId, {
    index: 2,
    image: project.images.sourceOfFrame(real!.frameId).bytes,
    thumbnail: project.images.thumbnail(real!.frameId),
    frame: project.images.metadata(real!.frameId),
    labelMap: project.annotations.mask(real!.frameId)!,
    classes: [...classPixels(project.annotations.mask(real!.frameId)!).keys()],
    origin,
    quality: { alignment: 1, nearestFrameId: real!.frameId, featureDistance: 0, pixelDistance: 0, isNearCopy: true },
    features: new Float64Array(3),
  })!;
  const ids = [...pairs.map(({ pairId }) => pairId), copy.pairId];
  await expect(project.syntheticPairs.decide(ids, "accepted")).rejects.toThrow("too like a real one");
  expect(project.syntheticPairs.list()[0]).toMatchObject({ accepted: 0, withheld: 1 });
  await project.syntheticPairs.decide(ids.slice(0, 1), "accepted");
  await project.syntheticPairs.decide(ids.slice(1), "rejected");
  await queue.close();
  project.close();
  const again = openProject(project.path);
  try {
    expect(again.syntheticPairs.get(runId).pairs.map(({ state }) => state)).toEqual([
      "accepted",
      "rejected",
      "rejected",
    ]);
    expect(await again.syntheticPairs.undo()).toHaveLength(2);
  } finally {
    again.close();
  }
});
