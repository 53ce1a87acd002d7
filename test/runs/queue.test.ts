/** @file What a person does with runs that wait or work: pause, move, cancel, end early; and what is kept to look at. */
import { availableParallelism } from "node:os";
import { afterEach, expect, test } from "vitest";
import { decodeBestCheckpoint } from "../../src-main/runs/checkpoint.ts";
import type { QueueEvent } from "../../src-main/runs/queue.ts";
import { decodeLabelMap } from "../../src-main/voxels/index.ts";
import { openWorkshop, reaches, SMALL, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const request = { method: "segment", settings: { ...SMALL, steps: 40 }, seed: 5 };
const long = { ...request, settings: { ...SMALL, steps: 5000, validateEvery: 100_000 } };

test("a paused training has given its process back, outlasts the queue, and goes on to the same bits", async () => {
  shop = await openWorkshop({ train: 3, val: 2 });
  const { project, queue } = shop;
  const whole = await queue.finished(queue.submitTraining(request).runId);
  const { runId } = queue.submitTraining(request);
  await reaches(queue, runId, 7);
  expect(queue.pause(runId).state).toBe("running");
  const paused = await queue.finished(runId);
  expect(paused).toMatchObject({ state: "paused", endedAt: null, problem: null, memoryBytes: null });
  expect(project.runs.checkpoint(runId, "last")!.step).toBe(paused.step);
  await shop.processes.at(-1)!.exited;
  await queue.close();

  const later = shop.openQueue();
  expect(project.runs.row(runId).state).toBe("paused");
  expect(() => later.pause(runId)).toThrow("cannot be paused: it is paused");
  later.resume(runId);
  const resumed = await later.finished(runId);
  expect(resumed.state).toBe("done");
  expect(project.models.weights(resumed.modelId!)).toEqual(project.models.weights(whole.modelId!));
  expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(whole.runId));
  await later.close();
});

test("runs that wait are moved, paused and cancelled, and everybody is told the new positions", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const { runId: working } = queue.submitTraining(long);
  const [first, second, third] = [1, 2, 3].map((seed) => queue.submitTraining({ ...request, seed }).runId) as [
    number,
    number,
    number,
  ];
  await reaches(queue, working, 1);
  const order = () =>
    project.runs
      .list()
      .filter(({ queuePosition }) => queuePosition !== null)
      .toSorted((a, b) => a.queuePosition! - b.queuePosition!)
      .map(({ runId, queuePosition }) => [runId, queuePosition]);
  expect(order()).toEqual([
    [first, 1],
    [second, 2],
    [third, 3],
  ]);
  expect(queue.move(third, 1).map(({ runId }) => runId)).toEqual([third, first, second]);
  expect(queue.move(third, 99).map(({ queuePosition }) => queuePosition)).toEqual([1, 2, 3]);
  queue.move(third, 1);
  expect(() => queue.move(working, 1)).toThrow("cannot be moved: it is running");
  const told: [number, number | null][] = [];
  queue.on((event) => void (event.type === "run" && told.push([event.run.runId, event.run.queuePosition])));
  expect(queue.pause(first)).toMatchObject({ state: "paused", queuePosition: null });
  expect(queue.cancel(first)).toMatchObject({ state: "cancelled" });
  expect(told.filter(([runId]) => runId === second)).toEqual([[second, 2]]);
  expect(queue.resume(first)).toMatchObject({ queuePosition: 3 });
  expect(order()).toEqual([
    [third, 1],
    [second, 2],
    [first, 3],
  ]);
  for (const waiting of [first, second]) queue.cancel(waiting);
  queue.cancel(working);
  await queue.idle();
  expect(project.runs.row(third)).toMatchObject({ state: "done", queuePosition: null });
});

test("a training finished early is done, and its best checkpoint is the model", async () => {
  shop = await openWorkshop({ train: 3, val: 2 });
  const { project, queue } = shop;
  const { runId } = queue.submitTraining({ ...request, settings: { ...SMALL, steps: 5000 } });
  expect(() => queue.finish(runId)).toThrow("cannot be finished early: it is queued");
  await reaches(queue, runId, 25);
  queue.finish(runId);
  const run = await queue.finished(runId);
  expect(run).toMatchObject({ state: "done", steps: 5000, problem: null });
  expect(run.step).toBeLessThan(5000);
  const best = decodeBestCheckpoint(project.runs.checkpoint(runId, "best")!.bytes);
  const model = project.models.get(run.modelId!);
  expect(model).toMatchObject({ step: best.step, score: best.score, validationDice: best.score });
  expect(project.models.weights(model.modelId)).toEqual(best.weights);
  expect(() => queue.finish(runId)).toThrow("cannot be finished early: it is done");
});

test("a paused training that was never judged can be finished, and is judged then", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const { runId } = queue.submitTraining(long);
  await reaches(queue, runId, 3);
  queue.pause(runId);
  const { step } = await queue.finished(runId);
  expect(queue.finish(runId).state).toBe("queued");
  const run = await queue.finished(runId);
  expect(run).toMatchObject({ state: "done", step });
  expect(project.models.get(run.modelId!)).toMatchObject({ step, validationDice: expect.any(Number) });
});

test("each validation keeps what the network says of a few frames, beside the annotation that judges it", async () => {
  shop = await openWorkshop({ train: 3, val: 6 });
  const { project, queue } = shop;
  const validations: Extract<QueueEvent, { type: "validation" }>[] = [];
  queue.on((event) => void (event.type === "validation" && validations.push(event)));
  const settings = { ...SMALL, steps: 60, validateEvery: 2 };
  const { runId } = await queue.finished(queue.submitTraining({ ...request, settings }).runId);
  expect(validations.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, index) => 2 * (index + 1)));
  expect(validations[0]).toMatchObject({ runId, samples: [{ step: 2 }, { step: 2 }, { step: 2 }, { step: 2 }] });
  expect(validations[2]!.trend).toMatchObject({ advice: "none", shape: "too-few", looked: 3 });
  expect(validations[20]!.trend!.looked).toBe(7);

  const samples = project.runSamples.list(runId);
  expect(samples).toEqual(expect.arrayContaining(validations.at(-1)!.samples));
  const steps = [...new Set(samples.map(({ step }) => step))];
  expect([steps.length, steps[0], steps.at(-1)]).toEqual([24, 2, 60]);
  const frames = [...new Set(samples.map(({ frameId }) => frameId))];
  expect(frames).toHaveLength(4);
  const frameId = frames[0]!;
  const size = { width: 48, height: 48 };
  decodeLabelMap(project.runSamples.get(runId, 60, frameId).bytes, size);
  const truth = project.runSamples.truth(runId, frameId);
  project.annotations.undo(frameId);
  expect(project.runSamples.truth(runId, frameId)).toEqual(truth);
  expect(decodeLabelMap(truth, size).data.some((value) => value === 1)).toBe(true);
});

test("a run tells its memory while it works, its peak and its seconds for good", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const { runId } = queue.submitTraining(long);
  await reaches(queue, runId, 3);
  const working = project.runs.row(runId);
  expect(working.memoryBytes).toBeGreaterThan(50e6);
  queue.pause(runId);
  const paused = await queue.finished(runId);
  expect(paused.memoryBytes).toBeNull();
  expect(paused.peakMemoryBytes).toBeGreaterThanOrEqual(working.memoryBytes!);
  expect(paused.secondsSpent).toBeGreaterThan(0.1);
  queue.resume(runId);
  await reaches(queue, runId, paused.step + 1);
  queue.cancel(runId);
  expect((await queue.finished(runId)).secondsSpent).toBeGreaterThan(paused.secondsSpent);
});

test("a prediction runs beside a training, and a second training too where that is allowed", async () => {
  shop = await openWorkshop({ train: 2, val: 1, unlabelled: 1 });
  const { project, queue } = shop;
  const { modelId } = await queue.finished(
    queue.submitTraining({ ...request, settings: { ...SMALL, steps: 2 } }).runId,
  );
  const [first, second] = [1, 2].map((seed) => queue.submitTraining({ ...long, seed }).runId) as [number, number];
  const prediction = queue.submitPrediction({ modelId: modelId! });
  expect(await queue.finished(prediction.runId)).toMatchObject({ state: "done" });
  expect([first, second].map((runId) => project.runs.row(runId).state)).toEqual(["running", "queued"]);
  expect(project.runs.row(first).plannedMemoryBytes).toBeGreaterThan(50e6);
  queue.allowTrainings(2);
  await reaches(queue, second, 1);
  expect(project.runs.row(first).state).toBe("running");
  for (const runId of [first, second]) queue.cancel(runId);
  await queue.idle();
  expect([first, second].map((runId) => project.runs.row(runId).state)).toEqual(["cancelled", "cancelled"]);
});

test("trainings that may run at a time share the cores, and one that has begun keeps its share", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const threadsOf = (runId: number): number | null => project.runs.row(runId).threads;
  queue.allowTrainings(2);
  const [first, second] = [1, 2].map((seed) => queue.submitTraining({ ...long, seed }).runId) as [number, number];
  await reaches(queue, second, 1);
  const share = Math.max(1, Math.floor(availableParallelism() / 2));
  expect([first, second].map(threadsOf)).toEqual([share, share]);
  queue.cancel(second);
  queue.pause(first);
  const paused = await queue.finished(first);
  queue.allowTrainings(1);
  queue.resume(first);
  await reaches(queue, first, paused.step + 1);
  expect(threadsOf(first)).toBe(share);
  queue.cancel(first);
  await queue.finished(first);
  const alone = queue.submitTraining({ ...request, settings: { ...SMALL, steps: 2 } });
  expect(await queue.finished(alone.runId)).toMatchObject({ state: "done", threads: null });
});

test("a training that does not fit beside another waits for it, and says that it cannot run when it is alone", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  queue.allowTrainings(2);
  const { runId: small } = queue.submitTraining(long);
  const huge = { ...request, settings: { steps: 1, size: 1024, batchSize: 256, width: 128, depth: 5 } };
  const { runId: large } = queue.submitTraining(huge);
  const states: string[] = [];
  queue.on((event) => void (event.type === "run" && event.run.runId === large && states.push(event.run.state)));
  await new Promise<void>((resolve) => {
    queue.on((event) => {
      if (event.type === "run" && event.run.runId === large && states.includes("running") && states.at(-1) === "queued")
        resolve();
    });
  });
  expect(project.runs.row(large)).toMatchObject({ state: "queued", problem: null, queuePosition: 1 });
  queue.cancel(small);
  expect(await queue.finished(large)).toMatchObject({ state: "failed", problem: { code: "not-enough-memory" } });
});
