import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RunRow } from "./contract.ts";
import { RunTimes } from "./run-times.ts";

function runTimes() {
  const folder = mkdtempSync(join(tmpdir(), "aliquot-run-times-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clock = { seconds: 100 };
  const file = join(folder, "config/run-times.json");
  const open = () => new RunTimes(file, () => clock.seconds);
  const times = open();
  /** A training that starts at a step, takes so long for each further one, and ends so. */
  const train = ({ secondsPerStep = 2, steps = 100, from = 0, state = "done", ...more }: Partial<Row> = {}) => {
    const run = { ...row, ...more, steps };
    times.note({ ...run, state: "running", step: from });
    for (let step = from + 1; step <= steps; step++) {
      clock.seconds += secondsPerStep!;
      times.note({ ...run, state: "running", step });
    }
    clock.seconds += 500;
    times.note({ ...run, state, step: steps });
  };
  return { times, train, open, file };
}

type Row = RunRow & { from: number };
const row = {
  runId: 1,
  kind: "train",
  method: "segment",
  settings: { steps: 100, size: 64, batchSize: 4 },
  device: "cpu",
} as unknown as Row;

test("the time per step of a whole training is kept over restarts", () => {
  const { times, train, open } = runTimes();
  expect(times.find("segment", row.settings)).toBeNull();
  train();
  for (const each of [times, open()]) {
    expect(each.find("segment", row.settings)).toMatchObject({ secondsPerStep: 2, device: "cpu" });
  }
});

test("it is told for any number of steps, but for no other size, method or device", () => {
  const { times, train } = runTimes();
  train();
  expect(times.find("segment", { ...row.settings, steps: 7, learningRate: 1 })?.secondsPerStep).toBe(2);
  expect(times.find("segment", { ...row.settings, size: 128 })).toBeNull();
  expect(times.find("bcp", row.settings)).toBeNull();
  expect(times.find("segment", row.settings, "cuda")).toBeNull();
  expect(times.find("segment", row.settings, "cpu")).not.toBeNull();
});

test("the latest counts, each device for itself", () => {
  const { times, train } = runTimes();
  train();
  train({ secondsPerStep: 3 });
  expect(times.find("segment", row.settings)?.secondsPerStep).toBe(3);
  train({ device: "webgpu", secondsPerStep: 0.5 });
  expect(times.find("segment", row.settings)?.secondsPerStep).toBe(0.5);
  expect(times.find("segment", row.settings, "cpu")?.secondsPerStep).toBe(3);
});

test("runs that ended early, were too short or resumed late say nothing", () => {
  const { times, train } = runTimes();
  train({ state: "cancelled" });
  train({ steps: 5 });
  train({ from: 70 });
  train({ kind: "predict" });
  expect(times.find("segment", row.settings)).toBeNull();
});

test("a broken file counts as empty and is written anew", () => {
  const { times, train, file } = runTimes();
  train();
  writeFileSync(file, "{");
  expect(times.find("segment", row.settings)).toBeNull();
  train();
  expect(times.find("segment", row.settings)).not.toBeNull();
});
