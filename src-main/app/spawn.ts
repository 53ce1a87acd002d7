/**
 * @file Child processes by Node's fork: browser door and command line. Electron's door starts the same entries by
 * utilityProcess.
 */
import { fork } from "node:child_process";
import { forkedProcess } from "../imaging/index.ts";
import type { InferenceProcess } from "../inference/host.ts";
import type { CheckProcess, CheckReply, CheckTask } from "../project/index.ts";
import type { ChildProcessLike } from "../runs/queue.ts";

/** Starts the entry `inference-process`. */
export function forkInferenceProcess(entry: string): InferenceProcess {
  return forkRunProcess(entry);
}

/** Starts the entry `check-process`. */
export function forkCheckProcess(entry: string): CheckProcess {
  return forkedProcess<CheckTask, CheckReply>(fork(entry, { stdio: ["ignore", "ignore", "inherit", "ipc"] }));
}

/** Starts the entry `run-process`. */
export function forkRunProcess(entry: string): ChildProcessLike & Pick<InferenceProcess, "residentBytes"> {
  const child = fork(entry, {
    serialization: "advanced",
    // Out of the terminal's group: Ctrl+C reaches the door only, which lets the run write its checkpoint.
    detached: process.platform !== "win32",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return forkedProcess(child);
}
