/**
 * @file Nothing that is killed, and no disk that is full, changes a bit of what a training makes. `ALIQUOT_KILLS=50` kills the process of a run so
 * often, at random moments from one seed; the suite does fewer.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { openProject, type Project } from "../../src-main/project/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createRunQueue } from "../../src-main/runs/queue.ts";
import { decodeTrainState, stepCount } from "../../src-main/training/index.ts";
import { openWorkshop, reaches, SMALL, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const KILLS = Number(process.env["ALIQUOT_KILLS"] ?? 5);
/** Steps that the run does between two kills, on average. */
const STEPS_A_LIFE = 12;
/** Steps are told of a few times a second: many are done by then. */
const SPARE = 80;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function expectSameBits(project: Project, runId: number, wholeId: number): void {
  const [run, whole] = [project.runs.row(runId), project.runs.row(wholeId)];
  expect(run).toMatchObject({ state: "done", step: whole.steps });
  expect(project.runs.checkpoint(runId, "last")).toEqual(project.runs.checkpoint(wholeId, "last"));
  expect(project.runs.checkpoint(runId, "best")).toEqual(project.runs.checkpoint(wholeId, "best"));
  expect(project.models.weights(run.modelId!)).toEqual(project.models.weights(whole.modelId!));
  expect(project.models.onnx(run.modelId!)).toEqual(project.models.onnx(whole.modelId!));
  expect(project.runs.metrics(runId)).toEqual(project.runs.metrics(wholeId));
}

test(
  `a training whose process is killed ${KILLS} times at random moments ends with the same bits`,
  { timeout: 30_000 + KILLS * 20_000 },
  async () => {
    shop = await openWorkshop({ train: 3, val: 2 });
    const { project, queue, processes } = shop;
    const settings = { ...SMALL, validateEvery: 4, steps: (KILLS + 2) * SPARE };
    const request = { method: "segment", settings, seed: 5 };
    const whole = await queue.finished(queue.submitTraining(request).runId);
    expect(whole.state).toBe("done");
    const random = new Random(1, "kills");
    const { runId } = queue.submitTraining(request);
    const moments: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill > 0) queue.resume(runId);
      const before = processes.length;
      const isEarly = random.between(0, 1) < 0.2;
      const reached = project.runs.checkpoint(runId, "last")?.step ?? 0;
      // While it starts, or some steps on, anywhere between two reports, a checkpoint perhaps on its way.
      if (!isEarly)
        await reaches(
          queue,
          runId,
          Math.min(settings.steps - 2, reached + 1 + Math.floor(random.between(0, 2 * STEPS_A_LIFE))),
        );
      while (processes.length === before) await pause(5);
      await pause(isEarly ? random.between(0, 800) : random.between(0, 40));
      processes.at(-1)!.kill();
      const killed = await queue.finished(runId);
      moments.push(`${isEarly ? "starting" : "working"} ${killed.step}`);
      expect(killed, moments.join()).toMatchObject({ state: "interrupted", problem: { code: "run-failed" } });
    }
    queue.resume(runId);
    await queue.finished(runId);
    expectSameBits(project, runId, whole.runId);
  },
);

test(
  "the app is killed: its run's process ends with it, the run is interrupted, and goes on to the same bits",
  { timeout: 120_000 },
  async () => {
    shop = await openWorkshop({ train: 3, val: 2 });
    const request = { method: "segment", settings: { ...SMALL, steps: 40 }, seed: 5 };
    const whole = await shop.queue.finished(shop.queue.submitTraining(request).runId);
    await shop.queue.close();
    shop.project.close();
    const { path } = shop.project;
    const app = spawn(process.execPath, [join(import.meta.dirname, "app-process.ts"), path, JSON.stringify(request)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void app.kill("SIGKILL"));
    let runId = 0;
    for await (const line of createInterface({ input: app.stdout })) {
      const [id, , step] = line.split(" ").map(Number) as [number, number, number];
      runId = id;
      if (step < 14) continue;
      app.kill("SIGKILL");
      break;
    }
    if (app.signalCode === null) await once(app, "exit");

    const project = openProject(path);
    const queue = createRunQueue({ project, spawn: shop.spawn, device: "cpu", workFolder: dirname(path) });
    expect(project.runs.row(runId)).toMatchObject({ state: "interrupted" });
    expect(project.runs.checkpoint(runId, "last")!.step).toBeGreaterThanOrEqual(10);
    queue.resume(runId);
    await queue.finished(runId);
    expectSameBits(project, runId, whole.runId);
    await queue.close();
    project.close();
  },
);

test(
  "a disk that is full keeps the last checkpoint, interrupts the run with its reason, and lets it go on later",
  { timeout: 120_000 },
  async ({ skip }) => {
    if (process.platform !== "linux") return skip("no limit of file sizes can be set from outside here");
    const limit = (bytes: number | "unlimited"): boolean =>
      spawnSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]).status === 0;
    if (!limit("unlimited")) return skip("prlimit is not there");
    onTestFinished(() => void limit("unlimited"));
    shop = await openWorkshop({ train: 3, val: 2 });
    const { project, queue } = shop;
    const request = { method: "segment", settings: { ...SMALL, steps: 60 }, seed: 5 };
    const whole = await queue.finished(queue.submitTraining(request).runId);
    const { runId } = queue.submitTraining(request);
    await reaches(queue, runId, 12);
    const ended = new Promise<void>((resolve) => {
      queue.on((event) => {
        if (event.type === "run" && event.run.runId === runId && event.run.state === "interrupted") resolve();
      });
    });
    limit(statSync(`${project.path}-wal`).size);
    try {
      await ended;
    } finally {
      limit("unlimited");
    }
    const saved = project.runs.checkpoint(runId, "last")!;
    expect(saved.step).toBeGreaterThanOrEqual(10);
    expect(stepCount(decodeTrainState(saved.bytes))).toBe(saved.step);
    while (project.runs.row(runId).state !== "interrupted") await pause(50);
    expect(project.runs.row(runId).problem).toMatchObject({
      code: expect.stringMatching(/disk-full|file-unreadable/) as string,
    });
    queue.resume(runId);
    await queue.finished(runId);
    expectSameBits(project, runId, whole.runId);
  },
);
