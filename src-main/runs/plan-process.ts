/** @file Asks a process of its own what memory a training would take. */
import { Problem } from "../problem/index.ts";
import type { ChildProcessLike, RunCommand, RunReport } from "./messages.ts";
import type { PlannedMemory } from "./planning.ts";

/** Writing the programs of the largest networks takes seconds. */
const TIME_LIMIT_MS = 60_000;

/** Throws `Problem` "cancelled" when `signal` ends it, "time-limit" when it takes too long, and what the settings cannot be. */
export async function planInProcess(
  child: ChildProcessLike,
  command: Extract<RunCommand, { kind: "plan" }>,
  signal: AbortSignal,
): Promise<PlannedMemory> {
  const timer: { id?: NodeJS.Timeout } = {};
  try {
    return await new Promise<PlannedMemory>((resolve, reject) => {
      child.onMessage((message) => {
        const report = message as RunReport;
        if (report.kind === "ready") child.postMessage(command);
        else if (report.kind === "memory") resolve(report.memory);
        else if (report.kind === "problem") reject(new Problem(report.problem));
        else if (report.kind === "failure") reject(new Error(`planning a training: ${report.stack}`));
      });
      child.onExit(() => reject(cancelled()));
      signal.addEventListener("abort", () => reject(cancelled()));
      timer.id = setTimeout(() => reject(overdue()), TIME_LIMIT_MS);
    });
  } finally {
    clearTimeout(timer.id);
    child.kill();
  }
}

function cancelled(): Problem {
  return new Problem({
    code: "cancelled",
    title: "The memory of the training was not worked out.",
    hint: "Ask again; before its first step a training is checked in any case.",
  });
}

function overdue(): Problem {
  return new Problem({
    code: "time-limit",
    title: "Working out the memory of the training took too long.",
    hint: "Use a smaller network; before its first step a training is checked in any case.",
  });
}
