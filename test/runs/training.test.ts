/** @file Training through the queue in real processes: what it makes, and that nothing a kill does changes a bit of it. */
import { afterEach, expect, test } from "vitest";
import { loadOnnx } from "../../src-main/engine/runtime/index.ts";
import { decodeTrainState, encodeTrainState, stepCount } from "../../src-main/training/index.ts";
import { sha256 } from "../../src-main/project/index.ts";
import { openWorkshop, reaches, SMALL, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const request = { method: "segment", settings: { ...SMALL, steps: 40 }, seed: 5 };

test("a training ends with losses, validation Dice and a model that other runtimes can load", async () => {
  shop = await openWorkshop({ train: 3, val: 2, test: 1 });
  const { project, queue } = shop;
  const told: string[] = [];
  queue.on((event) => told.push(event.type));
  const { runId, state } = queue.submitTraining(request);
  expect(state).toBe("queued");
  const run = await queue.finished(runId);
  expect(run).toMatchObject({ state: "done", step: 40, steps: 40, problem: null });
  expect(run.secondsPerStep).toBeGreaterThan(0);
  expect(told).toContain("metrics");
  const metrics = project.runs.metrics(runId);
  const named = (name: string) => metrics.filter((point) => point.name === name);
  expect(named("loss").map(({ step }) => step)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  expect(named("loss").at(-1)!.value).toBeLessThan(named("loss")[0]!.value);
  expect(named("validationDice").map(({ step }) => step)).toEqual([10, 20, 30, 40]);

  const model = project.models.get(run.modelId!);
  const best = Math.max(...named("validationDice").map(({ value }) => value));
  expect(model.validationDice).toBe(best);
  expect(named("validationDice").find(({ step }) => step === model.step)!.value).toBe(best);
  const onnx = await loadOnnx(project.models.onnx(model.modelId), "cpu");
  expect(onnx.metadata).toMatchObject({
    method: "segment",
    size: "32",
    channels: "1",
    normalization: expect.any(String),
  });
  const { color } = project.classes.list()[0]!;
  expect(JSON.parse(onnx.metadata["classes"]!)).toEqual([
    { value: 0, name: "background" },
    { value: 1, name: "disc", color },
  ]);
  expect(onnx.metadata["trainingData"]).toBe(trainingDataOf(project));
  expect(onnx.metadata["appVersion"]).toMatch(/^\d+\.\d+\.\d+/);
  expect(onnx.inputs["image"]!.shape).toEqual(["batch", 1, "height", "width"]);
  await onnx.release();
});

/** As docs/onnx-models.md describes it, from the project's own bytes. */
function trainingDataOf(project: Workshop["project"]): string {
  const roles = { train: "train", val: "validate" } as const;
  const lines = project.images.frames().flatMap(({ frameId, split }) => {
    if (split !== "train" && split !== "val") return [];
    const { bytes, frameIndex } = project.images.sourceOfFrame(frameId);
    const mask = project.annotations.revision(project.annotations.head(frameId));
    return [`${roles[split]} ${sha256(bytes)} ${frameIndex} ${sha256(mask)}`];
  });
  return `sha256:${sha256(Buffer.from(lines.toSorted().join("\n")))}`;
}

test("a training killed in the middle and resumed gives the same bits as one that was not", async () => {
  shop = await openWorkshop({ train: 3, val: 2 });
  const { project, queue } = shop;
  const whole = await queue.finished(queue.submitTraining(request).runId);

  const { runId } = queue.submitTraining(request);
  // Beyond the step whose checkpoint is looked for: news of a step come before its checkpoint.
  await reaches(queue, runId, 11);
  shop.processes.at(-1)!.kill();
  const killed = await queue.finished(runId);
  expect(killed).toMatchObject({ state: "interrupted", problem: { code: "run-failed" } });
  expect(killed.step).toBeLessThan(40);
  expect([10, 20, 30]).toContain(project.runs.checkpoint(runId, "last")!.step);
  expect(queue.resume(runId)).toMatchObject({ state: "queued", problem: null });
  const resumed = await queue.finished(runId);
  expect(resumed.state).toBe("done");

  expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(whole.runId));
  expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(whole.runId, "last"));
  expect(project.models.weights(resumed.modelId!)).toEqual(project.models.weights(whole.modelId!));
  expect(project.models.onnx(resumed.modelId!)).toEqual(project.models.onnx(whole.modelId!));
});

test("another seed gives other losses", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const settings = { ...SMALL, steps: 3 };
  const [first, second] = [1, 2].map((seed) => queue.submitTraining({ ...request, settings, seed }));
  await queue.idle();
  expect(project.runs.metrics(first!.runId)).not.toEqual(project.runs.metrics(second!.runId));
});

test("cancel writes a checkpoint of the step it stopped at, a queued run is cancelled at once, resume goes on", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const long = { ...request, settings: { ...SMALL, steps: 5000, validateEvery: 100_000 } };
  const { runId } = queue.submitTraining(long);
  const waiting = queue.submitTraining(request);
  expect(queue.cancel(waiting.runId).state).toBe("cancelled");
  await reaches(queue, runId, 3);
  const asked = performance.now();
  queue.cancel(runId);
  const cancelled = await queue.finished(runId);
  expect(performance.now() - asked).toBeLessThan(5000);
  expect(cancelled).toMatchObject({ state: "cancelled", problem: null });
  expect(project.runs.checkpoint(runId, "last")!.step).toBe(cancelled.step);
  expect(() => queue.cancel(runId)).toThrow("cannot be cancelled");

  queue.resume(runId);
  await reaches(queue, runId, cancelled.step + 3);
  await queue.close();
  expect(project.runs.get(runId)).toMatchObject({ state: "interrupted" });
  expect(project.runs.checkpoint(runId, "last")!.step).toBeGreaterThan(cancelled.step);
});

test("runs left over by a crash are interrupted when a queue opens on the project", async () => {
  shop = await openWorkshop({ train: 1, val: 1 });
  const { project } = shop;
  const { runId } = shop.queue.submitTraining({ ...request, settings: { ...SMALL, steps: 2 } });
  await shop.queue.finished(runId);
  project.runs.update(runId, { state: "running" });
  shop.openQueue();
  expect(project.runs.get(runId).state).toBe("interrupted");
});

test("a loss that is not a number ends the run with its name and keeps the last good checkpoint", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const { runId } = queue.submitTraining(request);
  await reaches(queue, runId, 10);
  queue.cancel(runId);
  await queue.finished(runId);
  // One weight that is not a number stands for a training that diverged.
  const { states, metadata } = decodeTrainState(project.runs.checkpoint(runId, "last")!.bytes);
  const [name] = Object.keys(states).filter((state) => state.startsWith("network."));
  states[name!]!.data[0] = NaN;
  const step = stepCount({ states });
  project.runs.saveCheckpoint(runId, { step, kind: "last", bytes: encodeTrainState({ states, metadata }) });
  queue.resume(runId);
  const failed = await queue.finished(runId);
  expect(failed.state).toBe("failed");
  expect(failed.problem!.title).toBe(`Training stopped at step ${step + 1}: the loss is not a number any more.`);
  expect(failed.problem!.detail).toContain(`${name} held NaN at [0, 0, 0, 0], 1 of `);
  expect(project.runs.checkpoint(runId, "last")!.step).toBe(step);
  expect(failed.modelId).toBeNull();
});

test("a loss that is not a number names the operation that made it, and can be resumed from the step before", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const { runId } = queue.submitTraining(request);
  await reaches(queue, runId, 10);
  queue.cancel(runId);
  await queue.finished(runId);
  // Weights near the largest float: finite, but their sums are not.
  const good = project.runs.checkpoint(runId, "last")!;
  const { states, metadata } = decodeTrainState(good.bytes);
  states["network.encoder.0.conv.0.weight"]!.data.fill(3e38);
  project.runs.saveCheckpoint(runId, { ...good, kind: "last", bytes: encodeTrainState({ states, metadata }) });
  queue.resume(runId);
  const { state, problem } = await queue.finished(runId);
  expect(state).toBe("failed");
  expect(problem!.title).toBe(`Training stopped at step ${good.step + 1}: the loss is not a number any more.`);
  expect(problem!.detail).toMatch(/convolution at network\.encoder\.0\.conv\.0 \(forward\): -?inf at \[/);
  expect(problem!.detail).toMatch(/network\.encoder\.0\.conv\.0\.weight = 3e\+38/);
  const kept = project.runs.checkpoint(runId, "last")!;
  expect(kept.step).toBe(good.step);
  expect(decodeTrainState(kept.bytes).states).toEqual(states);
});

test("a training that does not fit into memory is refused before it starts", async () => {
  shop = await openWorkshop({ train: 1, val: 1 });
  const { queue } = shop;
  const settings = { steps: 1, size: 1024, batchSize: 256, width: 128, depth: 5 };
  const { state, problem, step } = await queue.finished(queue.submitTraining({ ...request, settings }).runId);
  expect({ state, step, code: problem!.code }).toEqual({ state: "failed", step: 0, code: "not-enough-memory" });
  expect(problem!.title).toMatch(/^This needs about [\d.]+ [GT]iB of memory; [\d.]+ [MGT]iB are available\.$/);
  expect(problem!.detail).toMatch(/^The most is taken by network\./);
  expect(problem!.hint).toContain("smaller batch size");
  const offer = problem!.settings!;
  expect(offer).toMatchObject({ batchSize: expect.any(Number) });
  expect(problem!.hint).toContain(`batchSize ${offer["batchSize"] as number}`);
});

/** Bytes. */
const LIMIT = 400 * 2 ** 20;
const tooLarge = {
  segment: { steps: 1, size: 256, batchSize: 16, width: 16, depth: 4 },
  bcp: { steps: 2, size: 256, halfBatch: 8, width: 16, depth: 4 },
};

test.each(["segment", "bcp"] as const)(
  "memory of %s is worked out before anything is queued, and what is offered fits in truth",
  async (method) => {
    shop = await openWorkshop({ train: 1, val: 1, unlabelled: 1 }, { memoryLimit: LIMIT });
    const { queue, project } = shop;
    const small = { steps: 2, size: 32, width: 4, depth: 2 };
    const fits = await queue.planMemory({ ...request, method, settings: small });
    expect(fits).toMatchObject({ problem: null, available: LIMIT });
    expect(fits.needed).toBeGreaterThan(2 ** 18);
    const settings = tooLarge[method];
    const { needed, problem } = await queue.planMemory({ ...request, method, settings });
    expect(needed).toBeGreaterThan(LIMIT);
    expect(problem).toMatchObject({ code: "not-enough-memory" });
    const offered = await queue.planMemory({ ...request, method, settings: { ...settings, ...problem!.settings } });
    expect(offered.problem).toBeNull();
    expect(offered.needed).toBeLessThan(LIMIT);
    expect(project.runs.list()).toEqual([]);
    // The run itself is held to the same.
    const run = await queue.finished(queue.submitTraining({ ...request, method, settings }).runId);
    expect({ state: run.state, code: run.problem?.code }).toEqual({ state: "failed", code: "not-enough-memory" });
  },
);

test("too little data, unknown methods and wrong settings are refused before anything is queued", async () => {
  shop = await openWorkshop({ train: 2, test: 3 });
  const { queue, project } = shop;
  expect(() => queue.submitTraining(request)).toThrow(/there are 2 and 0 .*aliquot split/);
  await shop.add("val");
  expect(() => queue.submitTraining({ ...request, method: "guess" })).toThrow("There is no method guess");
  expect(() => queue.submitTraining({ ...request, settings: { size: 100 } })).toThrow(/size = 100 .*multiple of 16/);
  expect(() => queue.submitTraining({ ...request, settings: { sise: 96 } })).toThrow("no setting sise");
  expect(project.runs.list()).toEqual([]);
});
