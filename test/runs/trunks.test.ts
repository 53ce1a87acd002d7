/** @file Classifiers on an ONNX trunk of the person's own: added to the project, trained on, and a model that stands by itself. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadOnnx } from "../../src-main/engine/runtime/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import type { ExperimentPlan } from "../../src-main/experiments/index.ts";
import { lookAtTrunk } from "../../src-main/runs/queue.ts";
import { tinyTrunk } from "../methods/tiny-trunk.ts";
import { reaches, type Workshop } from "./project-of-discs.ts";
import { expectSameBitsWhenKilled, type Graded, openGraded, QUICK } from "./project-of-grades.ts";

let shop: Workshop;
let frames: Graded["frames"];
beforeEach(async () => ({ shop, frames } = await openGraded()));
afterEach(() => shop.close());

/** As a person adds it: a file, looked at in a process of its own. */
async function addTrunk(options: Parameters<typeof tinyTrunk>[0] = {}, name = "mine.onnx") {
  const path = join(mkdtempSync(join(tmpdir(), "aliquot-trunk-")), name);
  writeFileSync(path, await tinyTrunk(options));
  const { record, bytes } = await lookAtTrunk(shop.spawn(), path, new AbortController().signal);
  shop.project.trunks.add(record, bytes);
  return record;
}

const request = (network: string, settings: Record<string, number | string | boolean> = {}) => {
  return { method: "classify", settings: { ...QUICK, steps: 40, network, ...settings }, seed: 3 };
};

const trunkOf = (weights: Uint8Array): Record<string, ArrayLike<number>> =>
  Object.fromEntries(
    Object.entries(decodeSafetensors(weights).tensors).flatMap(([name, { data }]) =>
      name.startsWith("classifier.trunk.") ? [[name, data as ArrayLike<number>]] : [],
    ),
  );

test("it learns, all of its weights move, and the model needs the file no more", { timeout: 120_000 }, async () => {
  const { project, queue } = shop;
  const { id, weights: count } = await addTrunk({ width: 8 });
  const { needed } = await queue.planMemory(request(id));
  expect(needed).toBeGreaterThan(4 * 4 * count); // weights, their gradients and two moments
  const begun = await queue.finished(queue.submitTraining(request(id, { steps: 1, learningRate: 1e-6 })).runId);
  const fast = { learningRate: 0.02, augmentation: false };
  const run = await queue.finished(queue.submitTraining(request(id, fast)).runId);
  expect(run.problem).toBeNull();
  expect(run).toMatchObject({ state: "done", step: 40 });
  const texts = run.remarks.map(({ text }) => text);
  expect(texts).toContainEqual(expect.stringMatching(/^Batch normalization of \{name\} keeps the statistics/));
  const losses = project.runs.metrics(run.runId, "loss").map(({ value }) => value);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(losses.slice(-8))).toBeLessThan(0.8 * mean(losses.slice(0, 8)));

  const [before, after] = [begun, run].map(({ modelId }) => trunkOf(project.models.weights(modelId!)));
  const moved = Object.keys(before!).filter(
    (name) => before![name]!.length > 0 && !equal(before![name]!, after![name]!),
  );
  const statistics = Object.keys(before!).filter((name) => /\.(mean|variance)$/.test(name));
  expect(statistics).toHaveLength(18);
  expect(moved.toSorted()).toEqual(
    Object.keys(before!)
      .filter((name) => !statistics.includes(name))
      .toSorted(),
  );

  project.trunks.remove(id);
  expect(() => queue.submitTraining(request(id))).toThrow(`There is no trunk ${id} here.`);
  const modelId = run.modelId!;
  const said = await queue.finished(queue.submitPrediction({ modelId, samples: 2 }).runId);
  expect(said.problem).toBeNull();
  const [first] = project.labelProposals.list({ state: "pending" });
  expect(project.labelProposals.detail(first!.proposalId).evidence.saliency).toMatchObject({ cells: 4 });
  expect((await queue.finished(queue.submitEvaluation({ modelId, split: "test" }).runId)).state).toBe("done");
  expect(project.labelAnswers.latest(modelId, "test")?.answers).toHaveLength(frames.test.length);
  const exported = await loadOnnx(project.models.onnx(modelId), "cpu");
  const { logits } = await exported.run({ image: { data: new Float32Array(32 * 32), shape: [1, 1, 32, 32] } });
  expect(logits!.data).toHaveLength(3);
  await exported.release();
});

const equal = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  Array.from(a).every((value, at) => Object.is(value, b[at]));

test("killed, it goes on to the same bits", { timeout: 120_000 }, async () => {
  const { id } = await addTrunk({ channels: 3, isPooled: true });
  await expectSameBitsWhenKilled(shop, request(id, { steps: 20 }), [4]);
});

test("how many steps fit before an hour is measured with it, on labels", { timeout: 120_000 }, async () => {
  const { id } = await addTrunk();
  const inAnHour = new Date(Date.now() + 3_600_000);
  const until = [inAnHour.getHours(), inAnHour.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
  const fitted = await shop.queue.fitTraining(request(id), until);
  expect(fitted.steps).toBeGreaterThan(100);
});

test("it goes on from a model of its own, and not from one of another network", { timeout: 120_000 }, async () => {
  const { queue } = shop;
  const { id } = await addTrunk();
  const [own, narrow] = await Promise.all(
    [id, "narrow"].map((network) => queue.finished(queue.submitTraining(request(network, { steps: 2 })).runId)),
  );
  const on = (fromModel: number) =>
    queue.finished(queue.submitTraining({ ...request(id, { steps: 2 }), fromModel }).runId);
  expect((await on(own!.modelId!)).problem).toBeNull();
  expect(await on(narrow!.modelId!)).toMatchObject({ state: "failed", problem: { code: "bad-request" } });
});

test("it is compared with networks from scratch, and a killed comparison goes on", { timeout: 120_000 }, async () => {
  const { project, queue, processes } = shop;
  const arms = ["classify", "classify-trunk"];
  const settings = { size: 32, width: 4, batchSize: 4, steps: 100, learningRate: 0.02 };
  const asked = { arms, labelled: [9], seeds: [1], folds: 1, settings };
  expect(() => queue.submitExperiment(asked)).toThrow("The project has no trunk to compare.");
  const { id } = await addTrunk({ width: 4 });
  const newer = await addTrunk({ width: 8, seed: 2 }, "newer.onnx");
  const named = { ...asked, settings: { ...settings, network: id } };
  expect(() => queue.submitExperiment({ ...named, arms: ["classify", "diffmic"] })).toThrow(
    "No way of training that is compared stands on the trunk mine.",
  );
  const { runId } = queue.submitExperiment(named);
  const plan = project.experiments.plan(runId) as ExperimentPlan;
  expect(plan.arms.map(({ settings: own }) => own["network"])).toEqual(["narrow", id]);
  expect(() => project.trunks.remove(id)).toThrow("is still learned with");
  await reaches(queue, runId, 105);
  processes.at(-1)!.kill();
  expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
  queue.resume(runId);
  expect(await queue.finished(runId)).toMatchObject({ state: "done", step: 200, problem: null });
  const scores = project.experiments.scores(runId);
  expect(scores.map(({ arm }) => arm)).toEqual(arms);
  const again = await queue.finished(queue.submitExperiment(named).runId);
  expect(project.experiments.scores(again.runId)).toEqual(scores);
  // Where none is named, the newest.
  const latest = project.experiments.plan(queue.submitExperiment(asked).runId) as ExperimentPlan;
  expect(latest.arms[1]!.settings["network"]).toBe(newer.id);
});

describe("before there is a run it is said", () => {
  test("that a trunk is not there, takes another size or sees other images", async () => {
    const { project, queue } = shop;
    expect(() => queue.submitTraining(request("0123456789abcdef"))).toThrow("There is no trunk 0123456789abcdef here.");
    expect(() => queue.submitTraining(request("resnet50"))).toThrow("network = resnet50 is not possible.");
    const record = await addTrunk({ channels: 3, isPooled: true });
    const { remarks } = queue.submitTraining({ ...request(record.id), hold: true });
    expect(remarks.map(({ text }) => text)).toEqual(
      expect.arrayContaining([
        "{name} takes color: gray images become three equal channels.",
        "{name} says nothing of places: where the model looked is not shown.",
      ]),
    );
    expect(() => project.trunks.remove(record.id)).toThrow(`The trunk ${record.id} is still learned with, in run 1.`);
    project.trunks.add({ ...record, size: 64 } as typeof record, project.trunks.bytes(record.id));
    expect(() => queue.submitTraining(request(record.id))).toThrow("The trunk mine takes no images of 32 pixels.");
  });

  test("that a file is none", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "aliquot-trunk-")), "broken.onnx");
    const look = () => lookAtTrunk(shop.spawn(), path, new AbortController().signal);
    await expect(look()).rejects.toThrow("broken.onnx: the file cannot be read.");
    writeFileSync(path, "no model");
    await expect(look()).rejects.toThrow("broken.onnx: the file is no ONNX model, or damaged.");
  });
});
