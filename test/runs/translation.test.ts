/** @file A translation in a project: from a pairing to a model, and from it to images that are told from real ones and stay with their patient. */
import { afterEach, expect, test } from "vitest";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import type { Split } from "../../src-main/api/contract.ts";
import { trainingFrames } from "../../src-main/runs/training-request.ts";
import { createLabelMap, deserializeFrame, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { addSlice as addBrainSlice, SIDE, SMALL_TRANSLATION } from "./project-of-brains.ts";
import { openWorkshop, reaches, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const SMALL = { ...SMALL_TRANSLATION, learningRate: 1e-3, validateEvery: 4 };

const addSlice = (...slice: Parameters<typeof addBrainSlice> extends [unknown, ...infer Rest] ? Rest : never) =>
  addBrainSlice(shop.project, ...slice);

/** Patients with both modalities, and some with T1 alone. */
async function openBrains({ train = 3, val = 2, alone = 2 } = {}): Promise<void> {
  shop = await openWorkshop();
  const splits: Split[] = [...Array<Split>(train).fill("train"), ...Array<Split>(val).fill("val")];
  for (const [patient, split] of splits.entries()) {
    await addSlice("T1", patient, split);
    await addSlice("T2", patient, null);
  }
  for (let patient = 0; patient < alone; patient++) await addSlice("T1", 100 + patient, "unlabelled");
  await addSlice("T1", 200, "test");
}

const learn = (method: string, settings: Record<string, number | string | boolean> = {}) =>
  shop.queue.submitTraining({ method, settings: { ...SMALL, steps: 8, ...settings }, seed: 3 });

test("pairs teach a translation, which fills in what is missing", { timeout: 60_000 }, async () => {
  await openBrains();
  const { project, queue } = shop;
  const pairing = project.pairings.add({ from: "T1", to: "T2" });
  expect(pairing).toMatchObject({ kind: "paired", pairs: 5, missing: 3, bySplit: { train: 3, val: 2 } });
  expect(pairing.remarks.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Patients with \{source\} and no \{target\}: \{patients\}/),
    expect.stringMatching(/^There are only \{images\} pairs/),
  ]);

  const run = await queue.finished(learn("reggan", { slices: "3" }).runId);
  expect(run).toMatchObject({ state: "done", step: 8, judgedBy: { figure: "validationNMAE", better: "lower" } });
  for (const name of ["validationNMAE", "validationPSNR", "validationSSIM", "flowDown", "flowFolds", "correction"])
    expect(project.runs.metrics(run.runId, name).length, name).toBeGreaterThan(0);
  const model = project.models.get(run.modelId!);
  expect(model.makes).toEqual(["translations"]);
  // All networks stay: the registration can be looked at later.
  const networks = new Set(
    Object.keys(decodeSafetensors(project.models.weights(model.modelId)).tensors).map((name) => name.split(".")[0]),
  );
  expect([...networks].toSorted()).toEqual(["forward", "registration", "targetJudge"]);
  const [sample] = project.runSamples.list(run.runId);
  expect(sample).toMatchObject({ kind: "picture" });
  const picture = deserializeFrame(new Uint8Array(project.runSamples.get(run.runId, 4, sample!.frameId).bytes));
  expect(picture).toMatchObject({ width: 4 * SIDE, height: SIDE, channels: 3 }); // source, translation, target, flow

  const { modelId } = model;
  const refusal = /translates images to another modality; it outlines none/;
  expect(() => queue.submitPrediction({ modelId })).toThrow(refusal);
  expect(() => queue.submitSynthesis({ modelId, count: 1 })).toThrow(/paints no images/);
  expect(() => queue.submitTranslation({ modelId, from: "T2", to: "T1" })).toThrow(/does not translate T2 to T1/);

  // Of no split: it may judge a model yet.
  await addSlice("T1", 300, null);
  const before = project.images.frames().length;
  const made = await queue.finished(queue.submitTranslation({ modelId, from: "T1", to: "T2" }).runId);
  expect(made).toMatchObject({ kind: "translate", state: "done", step: 2, steps: 2 });
  expect(made.remarks.map(({ text, values }) => [text.split(":")[0], values])).toEqual([
    ["Images of the validation and test splits are left out", { images: 1 }],
    ["Images of no split are left out", { images: 1 }],
  ]);
  const translated = project.translations.made(made.runId);
  expect(translated).toHaveLength(2);
  expect(project.images.frames()).toHaveLength(before + 2);
  for (const { sourceFrameId, frameId } of translated) {
    const { row, metadata } = project.images.frame(frameId);
    const source = project.images.frame(sourceFrameId).row;
    expect(row).toMatchObject({ caseId: source.caseId, modality: "T2", isSynthetic: true, split: "unlabelled" });
    expect(metadata.synthetic).toEqual({ modelId, runId: made.runId, method: "reggan", translatedFrom: sourceFrameId });
    const { bytes, fileName } = project.images.sourceOfFrame(frameId);
    expect(fileName).toBe(`${source.name.replace(".png", "")}-translated-T2-${made.runId}.png`);
    const { width, height, data } = await decodeFrame(bytes, { fileName, frame: 0 });
    expect([width, height]).toEqual([SIDE, SIDE]);
    expect(new Set(data).size).toBeGreaterThan(10);
    // Its patient can judge no model any more, whoever asks.
    expect(() => project.cases.setSplit(row.caseId, "val")).toThrow(/cannot judge a model/);
  }
  // Made once; a translation is no counterpart that could be learned from.
  const none = /There is no image of T1 to translate/;
  expect(() => queue.submitTranslation({ modelId })).toThrow(none);
  try {
    queue.submitTranslation({ modelId });
  } catch (problem) {
    expect(problem).toMatchObject({ detail: expect.stringContaining("1 of 9 are of patients of no split") as string });
  }
  const undecided = project.images.frames().find(({ split }) => split === null)!;
  project.cases.setSplit(undecided.caseId, "val");
  project.bulk.remove([translated[0]!.frameId]);
  expect(project.pairings.add({ from: "T1", to: "T2" })).toMatchObject({ pairs: 5, missing: 4 });
  // A real one that came after the pairing is a counterpart.
  await addSlice("T2", 100, null);
  expect(() => queue.submitTranslation({ modelId })).toThrow(none);
  const all = queue.submitTranslation({ modelId, all: true });
  expect(all.steps).toBe(4); // three of training, one that lost its translation
  expect(all.remarks).toContainEqual(expect.objectContaining({ values: { images: 1 } }));
  queue.cancel(all.runId);
});

test(
  "outlines of sources are carried to what is translated of them, and never over a person's own",
  {
    timeout: 60_000,
  },
  async () => {
    await openBrains({ train: 1, val: 0, alone: 4 });
    const { project, queue } = shop;
    const square = (value: number) =>
      encodeLabelMap({ ...createLabelMap(SIDE, SIDE), data: new Uint8Array(SIDE ** 2).fill(value, 0, SIDE) });
    project.pairings.add({ from: "T1", to: "T2" });
    await queue.finished(learn("reggan", { steps: 1 }).runId);
    const sources = project.images.frames().filter(({ split }) => split === "unlabelled");
    const [drawn, accepted, later, unseen] = sources.map(({ frameId }) => frameId) as [number, number, number, number];
    const revision = project.annotations.write(drawn, square(1), { origin: "drawn" }).revisionId;
    const { modelId } = project.models.list()[0]!;
    project.annotations.write(accepted, square(1), { origin: "accepted", modelId });
    project.annotations.write(unseen, square(1), { origin: "accepted", modelId, isUnseen: true });
    const { runId } = await queue.finished(queue.submitTranslation({}).runId);
    const made = new Map(project.translations.made(runId).map((row) => [row.sourceFrameId, row]));
    expect(sources.map(({ frameId }) => made.get(frameId)!.carriedFrom)).toEqual([
      revision,
      project.annotations.head(accepted),
      null,
      null,
    ]);
    const translation = (frameId: number) => made.get(frameId)!.frameId;
    const maskOf = (frameId: number): Uint8Array => project.annotations.mask(translation(frameId))!;
    expect(maskOf(drawn)).toEqual(square(1));
    expect(project.annotations.provenance(translation(accepted))).toMatchObject({
      origin: "accepted",
      modelId,
      proposalId: null,
      carriedFrom: { frameId: accepted, revisionId: project.annotations.head(accepted) },
    });
    expect(project.reviews.provenance(translation(drawn))!.carriedFrom!.name).toBe("patient100.png");

    // A training learns from them, but a patient with a translation judges nothing.
    for (const { caseId } of sources) project.cases.setSplit(caseId, "train");
    const learned = trainingFrames(project, { needs: { train: 1, validate: 0 } });
    expect(learned.labelled.map(({ frameId }) => frameId)).toContain(translation(drawn));
    expect(learned.validated).toEqual([]);

    // Later: what was drawn on the source since, but over nothing that a person drew on the translation.
    project.annotations.write(later, square(1), { origin: "drawn" });
    project.annotations.write(accepted, square(0), { origin: "drawn" });
    project.annotations.write(translation(drawn), square(0), { origin: "drawn" });
    expect(project.carriedOutlines.carry()).toEqual({ carried: 2, kept: 1, bare: 0, unseen: 1, withdrawn: 0 });
    expect(maskOf(drawn)).toEqual(square(0));
    expect(maskOf(accepted)).toEqual(square(0));
    expect(maskOf(later)).toEqual(square(1));
    expect(project.carriedOutlines.carry()).toMatchObject({ carried: 0 });
    // One action: undo on any of them takes all back.
    const { group } = project.annotations.undo(translation(later));
    expect(new Set(group!.frameIds)).toEqual(new Set([translation(later), translation(accepted)]));
    expect(maskOf(accepted)).toEqual(square(1));
    expect(project.annotations.mask(translation(later))).toBeNull();
    // What was withdrawn on the source stays where it was carried, and is told apart from sources that have none.
    project.annotations.undo(later);
    while (project.annotations.head(accepted) !== 0) project.annotations.undo(accepted);
    expect(project.carriedOutlines.carry()).toEqual({ carried: 0, kept: 1, bare: 1, unseen: 1, withdrawn: 1 });
    project.annotations.redo(later);
    while (project.annotations.state(accepted).canRedo) project.annotations.redo(accepted);
    // Of a source that is removed nothing is carried.
    project.bulk.remove([later]);
    expect(project.carriedOutlines.carry()).toEqual({ carried: 1, kept: 1, bare: 0, unseen: 1, withdrawn: 0 });
  },
);

test(
  "cancelled among the images of one patient, what was made stays, and the rest goes on",
  { timeout: 60_000 },
  async () => {
    await openBrains({ alone: 0, val: 0 });
    const { project, queue } = shop;
    project.pairings.add({ from: "T1", to: "T2" });
    const { modelId } = await queue.finished(learn("reggan", { steps: 1 }).runId);
    const count = 240;
    for (let slice = 0; slice < count; slice++) await addSlice("T1", 100, "train", { gain: 1 - slice / 1000 });
    // A newer one that goes the other way is not meant.
    project.pairings.add({ from: "T2", to: "T1" });
    await queue.finished(learn("reggan", { steps: 1 }).runId);
    expect(() => queue.submitTranslation({ from: "T1", to: "CT" })).toThrow(
      "No model of the project translates T1 to CT.",
    );
    const { runId, steps, ...run } = queue.submitTranslation({ from: "t1", to: "T2" });
    expect(run.modelId).toBe(modelId);
    expect(steps).toBe(count);
    await reaches(queue, runId, 1);
    queue.cancel(runId);
    expect(await queue.finished(runId)).toMatchObject({ state: "cancelled" });
    const made = project.translations.made(runId).length;
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(count);
    expect(queue.submitTranslation({ modelId: modelId! }).steps).toBe(count - made);
  },
);

test("killed, a training with earlier results in it goes on to the same bits", { timeout: 120_000 }, async () => {
  await openBrains({ alone: 0 });
  const { project, queue, processes } = shop;
  project.pairings.add({ from: "T1", to: "T2" });
  const settings = { steps: 24, validateEvery: 8, noiseLevel: 3, augmentPaired: true };
  const whole = await queue.finished(learn("cyclegan", settings).runId);
  const { runId } = learn("cyclegan", settings);
  await reaches(queue, runId, 9);
  processes.at(-1)!.kill();
  expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
  queue.resume(runId);
  const run = await queue.finished(runId);
  expect(run.state).toBe("done");
  expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(whole.runId, "last"));
  expect(project.models.weights(run.modelId!)).toEqual(project.models.weights(whole.modelId!));
  expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(whole.runId));
});

test(
  "images of any patients teach CycleGAN; what cannot be learned from is said before there is a run",
  { timeout: 60_000 },
  async () => {
    shop = await openWorkshop();
    const { project, queue } = shop;
    expect(() => learn("reggan")).toThrow("No two modalities are paired yet.");
    for (const patient of [0, 1, 2]) await addSlice("T1", patient, "train");
    for (const patient of [3, 4]) await addSlice("T2", patient, null, { side: 2 * SIDE });
    expect(() => project.pairings.add({ from: "T1", to: "T2" })).toThrow(/has a counterpart of T2 of the same patient/);
    const pairing = project.pairings.add({ from: "T1", to: "T2", kind: "unpaired" });
    expect(pairing).toMatchObject({ kind: "unpaired", pairs: 0, sources: 3, targets: 2 });
    expect(() => learn("cyclegan")).toThrow("There are no images of T2 to learn from.");
    for (const { caseId } of project.cases.list()) project.cases.setSplit(caseId, "train");
    const run = await queue.finished(learn("cyclegan").runId);
    expect(run).toMatchObject({ state: "done", step: 8 });
    expect(run.remarks.map(({ text, values }) => [text.split(":")[0], values])).toEqual([
      ["There are only {images} images of {of} to learn from", { images: 2, of: "T2" }],
      ["Nothing is paired, so no figure can show how good the translation is", {}],
    ]);

    expect(() => learn("reggan", { registrationLevels: 5 })).toThrow(/5 levels needs images of at least 64 pixels/);
    expect(() => learn("reggan", { size: 16, discriminatorHalvings: 3 })).toThrow(/at least 32 pixels/);
    expect(() => learn("reggan", { size: 30 })).toThrow(/a multiple of 4/);
  },
);

test(
  "other sizes are brought onto the pixels of the source; a modality of one value is refused",
  { timeout: 120_000 },
  async () => {
    shop = await openWorkshop();
    const { project, queue } = shop;
    for (const patient of [0, 1]) {
      await addSlice("T1", patient, "train");
      await addSlice("T2", patient, null, { side: 2 * SIDE });
    }
    const { remarks } = project.pairings.add({ from: "T1", to: "T2" });
    expect(remarks[0]).toMatchObject({
      text: expect.stringMatching(/have another size than those of \{source\}/) as string,
      values: { images: 2, source: "T1", target: "T2" },
    });
    expect(await queue.finished(learn("reggan").runId)).toMatchObject({ state: "done" });
    await addSlice("T1", 2, "train");
    await addSlice("T2", 2, null, { gain: 0 });
    project.pairings.add({ from: "T1", to: "T2" });
    const run = await queue.finished(learn("reggan", { steps: 1 }).runId);
    expect(run.state).toBe("done");
    expect(run.remarks.at(-1)).toMatchObject({
      text: expect.stringMatching(/^Pairs of which one image is of one value/) as string,
      values: { images: 1 },
    });

    const frames = project.images.frames().filter(({ modality }) => modality === "T2");
    project.bulk.remove(frames.map(({ frameId }) => frameId));
    for (const patient of [0, 1]) await addSlice("T2", patient, null, { gain: 0 });
    project.pairings.add({ from: "T1", to: "T2" });
    expect(await queue.finished(learn("reggan").runId)).toMatchObject({
      state: "failed",
      problem: { code: "not-enough-data", title: "All images of T2 are of one value." },
    });
  },
);
