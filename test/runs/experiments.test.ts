/** @file Experiments through the queue in real processes: their scores, and that a kill changes none of them. */
import { afterEach, expect, test } from "vitest";
import type { ExperimentPlan } from "../../src-main/experiments/index.ts";
import type { RunQueue } from "../../src-main/runs/queue.ts";
import { openWorkshop, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const SMALL_STUDENT = { size: 32, width: 4, depth: 2, halfBatch: 1 };

const request = {
  arms: ["supervised", "augmented"],
  labelled: [2, 4],
  seeds: [1, 2],
  folds: 1,
  settings: { ...SMALL_STUDENT, steps: 12 },
};
const TRAININGS = 2 * 2 * 2;

/** Resolves when the run has reached `step`. */
function reaches(queue: RunQueue, runId: number, step: number): Promise<void> {
  return new Promise((resolve) => {
    const off = queue.on((event) => {
      if (event.type !== "run" || event.run.runId !== runId || event.run.step < step) return;
      off();
      resolve();
    });
  });
}

test("every arm of every split is trained and judged on patients that it has not seen; no model is left, the test split is not touched", async () => {
  shop = await openWorkshop({ train: 5, val: 3, test: 2, unlabelled: 1 });
  const { project, queue } = shop;
  const { runId, steps } = queue.submitExperiment(request);
  expect(steps).toBe(TRAININGS * 12);
  const run = await queue.finished(runId);
  expect(run).toMatchObject({ kind: "experiment", state: "done", step: steps, problem: null, modelId: null });
  expect(run.secondsPerStep).toBeGreaterThan(0);
  expect(project.models.list()).toEqual([]);
  const scores = project.experiments.scores(runId);
  expect(scores).toHaveLength(TRAININGS);
  const plan = project.experiments.plan(runId) as ExperimentPlan;
  const testCases = new Set(project.images.frames().flatMap(({ caseId, split }) => (split === "test" ? [caseId] : [])));
  for (const { labelled, seed, fold, scores: own } of scores) {
    const split = plan.splits.find((one) => one.labelled === labelled && one.seed === seed && one.fold === fold)!;
    expect(own.map(({ caseId }) => caseId)).toEqual(split.test.toSorted((a, b) => a - b));
    expect(own.filter(({ caseId }) => testCases.has(caseId))).toEqual([]);
    expect(own.every(({ score }) => score >= 0 && score <= 1)).toBe(true);
  }
  expect(project.experiments.list()).toMatchObject([{ runId, done: TRAININGS }]);
});

test("synthetic images are compared like other ways of training: a generator of its own for each, whose steps count", async () => {
  shop = await openWorkshop({ train: 5, val: 3 });
  const { project, queue } = shop;
  const tiny = {
    size: 32,
    width: 4,
    depth: 2,
    batchSize: 2,
    generatorWidth: 4,
    generatorWidest: 8,
    discriminatorWidth: 4,
  };
  const { runId, steps } = queue.submitExperiment({
    arms: ["real", "separate", "genseg-moved"],
    labelled: [4],
    seeds: [1],
    folds: 1,
    settings: { ...tiny, generatorSteps: 5, steps: 6 },
  });
  expect(steps).toBe(6 + 11 + 11);
  expect(await queue.finished(runId)).toMatchObject({ state: "done", step: 28, problem: null });
  const scores = project.experiments.scores(runId);
  expect(scores.map(({ arm }) => arm).toSorted()).toEqual(["genseg-moved", "real", "separate"]);
  expect(new Set(scores.map(({ scores: own }) => own.map(({ caseId }) => caseId).join())).size).toBe(1);
});

test("an arm whose pairs a diffusion paints, trained within it at a size of its own", async () => {
  shop = await openWorkshop({ train: 5, val: 3 });
  const { project, queue } = shop;
  const painter = { size: 32, denoiser: "XS", stages: "joint", steps: 3, batchSize: 2, imageBranch: false };
  const ofPainter = Object.fromEntries(Object.entries(painter).map(([key, value]) => [`painter.${key}`, value]));
  const asked = { arms: ["real", "siamese"], labelled: [4], seeds: [1], folds: 1 };
  const tiny = { size: 32, width: 4, depth: 2, batchSize: 2, steps: 4 };
  expect(() => queue.submitExperiment({ ...asked, settings: { ...tiny, "painter.stepz": 3 } })).toThrow(
    /No arm has a setting painter\.stepz/,
  );
  const { runId, steps, settings } = queue.submitExperiment({ ...asked, settings: { ...tiny, ...ofPainter } });
  expect(steps).toBe(4 + 3 + 4);
  expect(settings).toMatchObject({ "painter.size": 32, "painter.steps": 3 });
  expect(await queue.finished(runId)).toMatchObject({ state: "done", problem: null });
  expect(new Set(project.experiments.scores(runId).map(({ arm }) => arm))).toEqual(new Set(["real", "siamese"]));
});

test("an experiment killed twice and resumed gives the same scores as one that was not", async () => {
  shop = await openWorkshop({ train: 5, val: 3 });
  const { project, queue } = shop;
  const whole = await queue.finished(queue.submitExperiment(request).runId);
  const { runId } = queue.submitExperiment(request);
  for (const step of [15, 50]) {
    await reaches(queue, runId, step);
    shop.processes.at(-1)!.kill();
    expect(await queue.finished(runId)).toMatchObject({ state: "interrupted" });
    expect(project.experiments.scores(runId).length).toBeGreaterThan(0);
    expect(project.experiments.scores(runId).length).toBeLessThan(TRAININGS);
    queue.resume(runId);
  }
  expect((await queue.finished(runId)).state).toBe("done");
  expect(project.experiments.scores(runId)).toEqual(project.experiments.scores(whole.runId));
});

test("a cancelled experiment keeps what is done and goes on in the middle of a training", async () => {
  shop = await openWorkshop({ train: 4, val: 2 });
  const { project, queue } = shop;
  const long = { ...request, labelled: [2], seeds: [1], settings: { ...SMALL_STUDENT, steps: 600 } };
  const { runId } = queue.submitExperiment(long);
  await reaches(queue, runId, 20);
  queue.cancel(runId);
  const cancelled = await queue.finished(runId);
  expect(cancelled).toMatchObject({ state: "cancelled", problem: null });
  const { step } = project.runs.checkpoint(runId, "last")!;
  expect(step).toBeGreaterThanOrEqual(20);
  expect(step).toBeLessThan(600);
  queue.resume(runId);
  const steps: number[] = [];
  const off = queue.on((event) => {
    if (event.type === "run" && event.run.state === "running" && event.run.step > 0) steps.push(event.run.step);
  });
  await reaches(queue, runId, step + 5);
  off();
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(step);
  queue.cancel(runId);
  await queue.finished(runId);
});

test("what cannot be compared is refused before anything starts", async () => {
  shop = await openWorkshop({ train: 2, test: 3 });
  const { project, queue } = shop;
  expect(() => queue.submitExperiment(request)).toThrow("too few annotated images: 2 labelled ones are asked for");
  expect(() => queue.submitExperiment({ ...request, arms: ["supervised", "magic"] })).toThrow('no arm "magic"');
  expect(() => queue.submitExperiment({ ...request, settings: { size: 33 } })).toThrow("size = 33");
  expect(project.runs.list()).toEqual([]);
  expect(project.experiments.list()).toEqual([]);
});
