/** @file Reads ONNX Runtime's timing report: how long each run spent in kernels. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface ProfileEvent {
  cat: string;
  name: string;
  /** Microseconds: start and duration. */
  ts: number;
  dur: number;
}

/** Milliseconds in kernels of each run, first run first, from the only report in `folder`. */
export async function kernelTimes(folder: string): Promise<number[]> {
  const [file, ...others] = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  if (!file || others.length > 0) throw new Error(`kernelTimes: expected one report in ${folder}.`);
  const events = JSON.parse(await readFile(join(folder, file), "utf8")) as ProfileEvent[];
  const runs = events.filter(({ name }) => name === "model_run").toSorted((a, b) => a.ts - b.ts);
  const kernels = events.filter(({ cat, name }) => cat === "Node" && name.endsWith("_kernel_time"));
  const times = runs.map(() => 0);
  for (const { ts, dur } of kernels) {
    const run = runs.findIndex((one) => ts >= one.ts && ts <= one.ts + one.dur);
    if (run < 0) throw new Error("kernelTimes: a kernel ran outside of every run.");
    times[run]! += dur / 1000;
  }
  return times;
}
