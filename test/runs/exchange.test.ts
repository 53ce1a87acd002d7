/** @file A training that goes to another machine and comes back: same bits as at home, over kills, and refused when it does not belong. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { decodeFrame } from "../../src-main/imaging/index.ts";
import { openProject } from "../../src-main/project/index.ts";
import { type ResultFigures, runBundle } from "../../src-main/runs/remote.ts";
import { addSlice, SMALL_TRANSLATION } from "./project-of-brains.ts";
import { openWorkshop, reaches, SMALL, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const request = { method: "segment", settings: { ...SMALL, steps: 40 }, seed: 5 };
const problem = (code: string, title: RegExp) =>
  expect.objectContaining({ name: "Problem", code, title: expect.stringMatching(title) as string }) as unknown;

const portable = () => ({
  signal: new AbortController().signal,
  onProgress: () => undefined,
  readFrame(frameId: number) {
    const { bytes, fileName, frameIndex } = shop.project.images.sourceOfFrame(frameId);
    return decodeFrame(bytes, { fileName, frame: frameIndex });
  },
});

const place = (name: string): string => join(dirname(shop.project.path), name);

/** Works on a bundle, until `until` says so. */
function work(bundle: string, { until }: { until?: (figures: ResultFigures) => boolean } = {}): Promise<ResultFigures> {
  const stop = new AbortController();
  return runBundle({
    bundlePath: place(bundle),
    resultPath: place(`${bundle}-result`),
    spawn: shop.spawn,
    signal: stop.signal,
    onProgress: (figures) => void (until?.(figures) === true && stop.abort()),
  });
}

test("a bundle trained elsewhere, ended twice on the way, comes back with the bits of a run at home", async () => {
  shop = await openWorkshop({ train: 3, val: 2 });
  const { project, queue } = shop;
  const home = await queue.finished(queue.submitTraining(request).runId);
  const { runId, state } = queue.submitTraining({ ...request, hold: true });
  expect(state).toBe("paused");
  const report = await queue.exportRun(runId, place("a"), portable());
  expect(report).toMatchObject({ runId, frames: 5, bytes: readFileSync(place("a")).length });

  const interrupted = await work("a", { until: ({ step }) => step >= 7 });
  expect(interrupted).toMatchObject({ state: "interrupted", problem: null });
  expect(interrupted.checkpoints.last).toBe(interrupted.step);
  // A process that is killed has no time for a checkpoint: it goes on from the one before.
  const killed = work("a", { until: ({ step }) => (step >= 22 && shop.processes.at(-1)!.kill(), false) });
  await expect(killed).rejects.toEqual(problem("run-failed", /ended unexpectedly/));
  const done = await work("a");
  expect(done).toMatchObject({ state: "done", step: 40, steps: 40, device: "cpu" });
  expect(await work("a")).toEqual(done);
  expect(readdirSync(dirname(project.path)).filter((name) => name.endsWith(".part"))).toEqual([]);

  const row = await queue.importResult(place("a-result"));
  expect(row).toMatchObject({ runId, state: "done", step: 40, problem: null, peakMemoryBytes: done.peakMemoryBytes });
  expect(row.secondsSpent).toBeCloseTo(done.secondsSpent, 6);
  expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(home.runId));
  expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(home.runId, "last"));
  expect(project.models.weights(row.modelId!)).toEqual(project.models.weights(home.modelId!));
  expect(project.models.onnx(row.modelId!)).toEqual(project.models.onnx(home.modelId!));
  expect(project.models.get(row.modelId!)).toMatchObject({ step: project.models.get(home.modelId!).step });
  expect(project.runSamples.list(runId)).toEqual(project.runSamples.list(home.runId));
  await expect(queue.importResult(place("a-result"))).rejects.toEqual(problem("conflict", /not ahead of run/));
});

test("what a training finds while it runs is told at home too", { timeout: 60_000 }, async () => {
  shop = await openWorkshop();
  const { project, queue } = shop;
  for (const patient of [0, 1, 2]) {
    await addSlice(project, "T1", patient, "train");
    await addSlice(project, "T2", patient, null, { gain: patient === 2 ? 0 : 1 });
  }
  project.pairings.add({ from: "T1", to: "T2" });
  const asked = { method: "reggan", settings: { ...SMALL_TRANSLATION, validateEvery: 4, steps: 4 }, seed: 3 };
  const home = await queue.finished(queue.submitTraining(asked).runId);
  const found = home.remarks.at(-1)!;
  expect(found).toMatchObject({ text: expect.stringMatching(/^Pairs of which one image is of one value/) as string });

  const { runId, remarks } = queue.submitTraining({ ...asked, hold: true });
  expect(remarks).not.toContainEqual(found);
  await queue.exportRun(runId, place("r"), portable());
  // It looks at its images at each start, and says it once.
  await work("r", { until: ({ step }) => step >= 1 });
  const done = await work("r");
  expect(done.remarks.filter(({ text }) => text === found.text)).toEqual([found]);
  const row = await queue.importResult(place("r-result"));
  expect(row.remarks).toEqual(home.remarks);
});

test("a run begun at home goes on elsewhere, and half of it can come back to be ended at home", async () => {
  shop = await openWorkshop({ train: 3, val: 2 });
  const { project, queue } = shop;
  const home = await queue.finished(queue.submitTraining(request).runId);
  const { runId } = queue.submitTraining(request);
  await expect(queue.exportRun(runId, place("b"), portable())).rejects.toEqual(problem("conflict", /it is queued/));
  await reaches(queue, runId, 5);
  queue.pause(runId);
  const { step } = await queue.finished(runId);
  await queue.exportRun(runId, place("b"), portable());
  const there = await work("b", { until: (figures) => figures.step >= step + 5 });
  queue.resume(runId);
  await expect(queue.importResult(place("b-result"))).rejects.toEqual(problem("conflict", /is (queued|running) here/));
  await reaches(queue, runId, step + 1);
  queue.pause(runId);
  const here = await queue.finished(runId);
  if (here.step < there.step) {
    expect(await queue.importResult(place("b-result"))).toMatchObject({ state: "interrupted", step: there.step });
  }
  queue.resume(runId);
  const ended = await queue.finished(runId);
  expect(project.models.weights(ended.modelId!)).toEqual(project.models.weights(home.modelId!));
});

test("a result of another project, another run of the same number, or another bundle is refused", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const settings = { ...SMALL, steps: 2 };
  const { runId } = queue.submitTraining({ ...request, settings, hold: true });
  await queue.exportRun(runId, place("c"), portable());
  await work("c");
  const other = queue.submitTraining({ ...request, settings, seed: 6, hold: true });
  await queue.exportRun(other.runId, place("d"), portable());
  copyFileSync(place("c-result"), place("d-result"));
  const before = readFileSync(place("d-result"));
  await expect(work("d")).rejects.toEqual(problem("conflict", /result of another run/));
  expect(readFileSync(place("d-result"))).toEqual(before);
  await expect(queue.exportRun(runId, place("c"), portable())).rejects.toEqual(problem("conflict", /exists already/));
  await expect(queue.importResult(place("c"))).rejects.toEqual(problem("unsupported-file", /not a run result/));
  copyFileSync(place("c-result"), place("e"));
  await expect(work("e")).rejects.toEqual(problem("unsupported-file", /not a run bundle/));

  // The same project, copied before the run was made, with another run of this number.
  project.edit("forge", () => project.runs.update(runId, { steps: 3 }));
  await expect(queue.importResult(place("c-result"))).rejects.toEqual(problem("conflict", /another run \d+ than/));
  const stranger = await openWorkshop({ train: 1, val: 1 });
  const refusal = stranger.queue.importResult(place("c-result"));
  await expect(refusal).rejects.toEqual(problem("conflict", /of another project/));
  await stranger.close();
});

test("the bundle names no file and no case, and a cancelled one leaves nothing", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { queue } = shop;
  const { runId } = queue.submitTraining({ ...request, hold: true });
  await queue.exportRun(runId, place("f"), portable());
  const bytes = readFileSync(place("f")).toString("latin1");
  expect(bytes).not.toMatch(/disc-\d|\.png|case \d|PNG/);
  expect(bytes).toContain('"image 1');
  const cancel = new AbortController();
  const readFrame = (frameId: number) => {
    cancel.abort();
    return portable().readFrame(frameId);
  };
  const cancelled = queue.exportRun(runId, place("g"), { ...portable(), readFrame, signal: cancel.signal });
  await expect(cancelled).rejects.toEqual(problem("cancelled", /cancelled/));
  await expect(queue.exportRun(runId, place("no/such"), portable())).rejects.toEqual(
    problem("file-unreadable", /cannot be written/),
  );
  expect(readdirSync(dirname(shop.project.path)).filter((name) => name.startsWith("g"))).toEqual([]);
});

test("a result that cannot be written keeps its last checkpoint, and the run goes on once there is room", async () => {
  shop = await openWorkshop({ train: 3, val: 2 });
  const { queue } = shop;
  const { runId } = queue.submitTraining({ ...request, hold: true });
  await queue.exportRun(runId, place("h"), portable());
  await work("h", { until: ({ step }) => step >= 12 });
  const before = readFileSync(place("h-result"));
  // A folder in the place of the draft: every write fails, the file that is there stays.
  mkdirSync(place("h-result.part"));
  await expect(work("h")).rejects.toEqual(problem("file-unreadable", /h-result: the result cannot be written/));
  expect(readFileSync(place("h-result"))).toEqual(before);
  rmSync(place("h-result.part"), { recursive: true, force: true });
  expect(await work("h")).toMatchObject({ state: "done", step: 40 });
});

test("a damaged result changes nothing; a whole one is there when the project is opened again", async () => {
  shop = await openWorkshop({ train: 2, val: 1 });
  const { project, queue } = shop;
  const { runId } = queue.submitTraining({
    ...request,
    settings: { ...SMALL, steps: 4, validateEvery: 2 },
    hold: true,
  });
  await queue.exportRun(runId, place("i"), portable());
  await work("i");
  const whole = readFileSync(place("i-result"));
  writeFileSync(place("i-result"), Buffer.from(whole).fill(7, whole.length - 300, whole.length - 200));
  await expect(queue.importResult(place("i-result"))).rejects.toThrow(/damaged/);
  expect(project.runs.row(runId)).toMatchObject({ state: "paused", step: 0 });
  writeFileSync(place("i-result"), whole);
  const { modelId } = await queue.importResult(place("i-result"));
  const copy = openProject(project.path, { readOnly: true });
  expect(copy.runs.row(runId).state).toBe("done");
  expect(copy.models.get(modelId!).runId).toBe(runId);
  copy.close();
});
