/**
 * @file Who takes part in the decode benchmark: processes that stay and decode a round for each line they read, and programs of dcmtk,
 * started once for each round.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { median } from "../rows.ts";
import { runProgram } from "./decode-corpus.ts";
import type { DecodeWorkload } from "./decode-workloads.ts";

/** Milliseconds that a round takes at least: fast decoders go over the files many times. */
const ROUND_MS = 150;

export interface Contestant {
  name: string;
  /** Of the first frame: number of samples and their sum. */
  size: number;
  sum: number;
  /** Median milliseconds of one pass over all files, or over the file that holds all frames; the last two only by ours. */
  round(what: "files" | "all" | "inspect" | "pool"): Promise<number>;
  stop(): Promise<void>;
}

async function start(command: string, args: readonly string[]): Promise<Contestant | { reason: string }> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  // GDCM and libjpeg write a warning for each frame of 12 bits: only what comes last matters, and only when it ends early.
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`bench: ${[command, ...args].join(" ")} ended early: ${said}`);
    return JSON.parse(value);
  };
  const ready = (await answer()) as { name: string | null; reason: string; size: number; sum: number };
  if (ready.name === null) return { reason: ready.reason };
  return {
    ...ready,
    name: ready.name,
    round: async (what) => {
      child.stdin.write(`${what}\n`);
      return median(((await answer()) as { passes: number[] }).passes);
    },
    stop: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

export async function startOurs(folder: string): Promise<Contestant> {
  const started = await start(process.execPath, [
    resolve(import.meta.dirname, "decode-ours.ts"),
    folder,
    `${ROUND_MS}`,
  ]);
  if ("reason" in started) throw new Error(`bench: ours: ${started.reason}`);
  return started;
}

/** `reason` where no handler of this pydicom reads the files. */
export function startPydicom(python: string, folder: string): Promise<Contestant | { reason: string }> {
  return start(python, [resolve(import.meta.dirname, "../peers/pydicom_decode.py"), folder, `${ROUND_MS}`]);
}

/** The first Python that has pydicom, GDCM and Pillow: Debian's packages python3-pydicom, python3-gdcm, python3-pil. */
export function pythonWithPydicom(): string | null {
  const named = process.env["ALIQUOT_PYDICOM_PYTHON"];
  const names = named ? [named] : ["python3", "/usr/bin/python3"];
  return names.find((python) => spawnSync(python, ["-c", "import pydicom, gdcm, PIL, numpy"]).status === 0) ?? null;
}

/** Milliseconds that dcmtk's program takes for all.dcm beyond what it takes for one frame of 8 × 8. */
export function runDcmtk(folder: string, [program, ...options]: NonNullable<DecodeWorkload["dcmtk"]>): number {
  const time = (file: string): number => {
    const begin = performance.now();
    runProgram(program, [...options, join(folder, file), join(folder, "decoded")]);
    return performance.now() - begin;
  };
  return time("all.dcm") - median([time("tiny.dcm"), time("tiny.dcm"), time("tiny.dcm")]);
}
