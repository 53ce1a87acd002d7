/** @file Methods that learn from unlabelled images, through the queue in real processes: which data they get, what they make, what is refused. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openBundle } from "../../src-main/runs/bundle.ts";
import { writeRunData } from "../../src-main/runs/run-data.ts";
import { sha256 } from "../../src-main/project/index.ts";
import { sentenceOf } from "../../src-main/problem/index.ts";
import { openWorkshop, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const settings = {
  size: 32,
  width: 4,
  depth: 2,
  halfBatch: 2,
  steps: 16,
  validateEvery: 4,
  learningRate: 0.01,
} as const;

test.each(["bcp", "mean-teacher"])("%s goes from images to a model that proposes and is judged", async (method) => {
  shop = await openWorkshop({ train: 3, val: 1, unlabelled: 4, test: 1 });
  const { project, queue } = shop;
  const run = await queue.finished(queue.submitTraining({ method, settings, seed: 2 }).runId);
  expect(run).toMatchObject({ state: "done", step: 16, problem: null, remarks: [] });
  const names = new Set(project.runs.metrics(run.runId).map(({ name }) => name));
  expect([...names]).toEqual(expect.arrayContaining(["loss", "validationDice"]));
  const modelId = run.modelId!;
  expect(project.models.get(modelId).method).toBe(method);
  await queue.finished(queue.submitPrediction({ modelId }).runId);
  expect(project.proposals.list({ state: "pending" })).toHaveLength(4);
  const evaluation = await queue.finished(queue.submitEvaluation({ modelId, split: "test" }).runId);
  expect(evaluation.state).toBe("done");
});

test("unlabelled frames go into the run without label, also those whose label is there; test frames never", async () => {
  shop = await openWorkshop({ train: 2, val: 1, test: 2, unlabelled: 2 });
  const { project, queue, add } = shop;
  const hidden = await add("unlabelled", { isAnnotated: true, origin: "imported" });
  const later = await add("train", { isAnnotated: false });
  await add(null, { isAnnotated: false });
  const { runId } = queue.submitTraining({ method: "bcp", settings });
  const { frames } = project.runs.recipe(runId).snapshot;
  const unlabelled = frames.filter(({ revisionId }) => revisionId === null).map(({ frameId }) => frameId);
  expect(unlabelled).toHaveLength(4);
  expect(unlabelled).toEqual(expect.arrayContaining([hidden, later]));
  expect(frames.filter(({ split }) => split === "test" || split === null)).toEqual([]);

  const folder = mkdtempSync(join(tmpdir(), "aliquot-data-"));
  const path = join(folder, "run.safetensors");
  await writeRunData(project, runId, path);
  const bundle = await openBundle(path);
  for (const { frameId, role, hasMask } of bundle.recipe.frames) {
    expect(role === "unlabelled").toBe(unlabelled.includes(frameId));
    expect(hasMask).toBe(role !== "unlabelled");
    expect(bundle.has(`mask/${frameId}`)).toBe(hasMask);
  }
  await bundle.close();
  rmSync(folder, { recursive: true });

  // A method that does not ask for them gets none.
  const supervised = queue.submitTraining({ method: "segment", settings: { steps: 1, size: 32, width: 4, depth: 2 } });
  expect(project.runs.recipe(supervised.runId).snapshot.frames.every(({ revisionId }) => revisionId !== null)).toBe(
    true,
  );
});

test("too little is refused in a sentence, and what can be lived with is said", async () => {
  shop = await openWorkshop({ train: 1, val: 1 });
  const { project, queue, add } = shop;
  expect(() => queue.submitTraining({ method: "bcp", settings })).toThrow(/no unlabelled images: bcp learns from them/);
  await add("unlabelled");
  project.classes.add({ name: "spot" });
  const { remarks } = queue.submitTraining({ method: "bcp", settings });
  expect(remarks.map(sentenceOf).join(" ")).toMatch(/shows spot.*Only one image is annotated/);
  expect(() => queue.submitTraining({ method: "bcp", preset: "huge" })).toThrow(/no preset "huge"/);
  const small = queue.submitTraining({ method: "bcp", preset: "small", settings: { steps: 3 } });
  expect(small.settings).toMatchObject({ size: 64, width: 8, depth: 3, steps: 3 });
});

test("killed in the middle of either stage and resumed, a run has the same bits as one that was not", async () => {
  shop = await openWorkshop({ train: 3, val: 1, unlabelled: 3 });
  const { project, queue, processes } = shop;
  const request = { method: "bcp", settings: { ...settings, steps: 24, pretrainShare: 0.4 }, seed: 6 };
  const whole = await queue.finished(queue.submitTraining(request).runId);
  const { runId } = queue.submitTraining(request);
  for (const step of [5, 15]) {
    await new Promise<void>((resolve) => {
      const off = queue.on((event) => {
        if (event.type !== "run" || event.run.runId !== runId || event.run.step < step) return;
        off();
        processes.at(-1)!.kill();
        resolve();
      });
    });
    const { state } = await queue.finished(runId);
    if (state === "done") break; // it was faster
    expect(state).toBe("interrupted");
    queue.resume(runId);
  }
  const killed = await queue.finished(runId);
  expect(killed.state).toBe("done");
  const digest = (modelId: number) => sha256(project.models.weights(modelId));
  expect(digest(killed.modelId!)).toBe(digest(whole.modelId!));
});
