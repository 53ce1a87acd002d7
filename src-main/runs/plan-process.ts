/** @file Asks a process of its own about a training that nobody started: what memory it would take, or how long its steps. */
import { Problem } from "../problem/index.ts";
import type { ChildProcessLike, RunCommand, RunReport } from "./messages.ts";
import type { Pace } from "./pace.ts";
import type { PlannedMemory } from "./planning.ts";

/** Writing the programs of the largest networks takes seconds; working some steps of them, minutes on a slow computer. */
const TIME_LIMIT_MS = { plan: 60_000, measure: 15 * 60_000 };

/** Throws `Problem` "cancelled" when `signal` ends it, "time-limit" when it takes too long, and what the settings cannot be. */
export function planInProcess(
  child: ChildProcessLike,
  command: Extract<RunCommand, { kind: "plan" }>,
  signal: AbortSignal,
): Promise<PlannedMemory> {
  return ask(child, command, signal, (report) => (report.kind === "memory" ? report.memory : undefined));
}

/** As `planInProcess`. */
export function measureInProcess(
  child: ChildProcessLike,
  command: Extract<RunCommand, { kind: "measure" }>,
  signal: AbortSignal,
): Promise<Pace> {
  return ask(child, command, signal, (report) => (report.kind === "pace" ? report.pace : undefined));
}

async function ask<Answer>(
  child: ChildProcessLike,
  command: Extract<RunCommand, { kind: "plan" | "measure" }>,
  signal: AbortSignal,
  answerOf: (report: RunReport) => Answer | undefined,
): Promise<Answer> {
  const { kind } = command;
  const timer: { id?: NodeJS.Timeout } = {};
  try {
    return await new Promise<Answer>((resolve, reject) => {
      child.onMessage((message) => {
        const report = message as RunReport;
        const answer = answerOf(report);
        if (report.kind === "ready") child.postMessage(command);
        else if (answer !== undefined) resolve(answer);
        else if (report.kind === "problem") reject(new Problem(report.problem));
        else if (report.kind === "failure") reject(new Error(`${kind} of a training: ${report.stack}`));
      });
      child.onExit(() => reject(cancelled(kind)));
      if (signal.aborted) reject(cancelled(kind));
      signal.addEventListener("abort", () => reject(cancelled(kind)));
      timer.id = setTimeout(() => reject(overdue(kind)), TIME_LIMIT_MS[kind]);
    });
  } finally {
    clearTimeout(timer.id);
    child.kill();
  }
}

type Kind = keyof typeof TIME_LIMIT_MS;

const cancelledTitle = {
  plan: "The memory of the training was not worked out.",
  measure: "The time of the training was not measured.",
};
const cancelledHint = {
  plan: "Ask again; before its first step a training is checked in any case.",
  measure: "Ask again, or choose its steps yourself.",
};

function cancelled(kind: Kind): Problem {
  return new Problem({ code: "cancelled", title: cancelledTitle[kind], hint: cancelledHint[kind] });
}

const overdueTitle = {
  plan: "Working out the memory of the training took too long.",
  measure: "Measuring the time of a few steps took too long.",
};
const overdueHint = {
  plan: "Use a smaller network; before its first step a training is checked in any case.",
  measure: "Use smaller images or a smaller network.",
};

function overdue(kind: Kind): Problem {
  return new Problem({ code: "time-limit", title: overdueTitle[kind], hint: overdueHint[kind] });
}
