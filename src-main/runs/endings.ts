/** @file How a run ends, and what is told of it. */
import type { RunState } from "../api/contract.ts";
import { diskFullProblem, Problem, type ProblemFields } from "../problem/index.ts";

export interface Ending {
  state: RunState;
  problem?: ProblemFields | null;
}

/** Troubles of the project's file, not of the run: it can go on once they are mended. */
const passing = new Set<ProblemFields["code"]>([
  "busy",
  "disk-full",
  "file-unreadable",
  "project-gone",
  "project-locked",
  "read-only",
]);

export const DIED: ProblemFields = {
  code: "run-failed",
  title: "The process of the run ended unexpectedly.",
  detail: "It was ended from outside, or the machine ran out of memory. The last checkpoint was kept.",
  hint: "Resume it; if it ends again, use a smaller batch size or image size.",
};

/** The message of a bug may hold anything, e.g. paths: it is for the log. */
export function endingOfFailure({ stack }: { stack: string }): Ending {
  console.error(stack);
  return {
    state: "failed",
    problem: {
      code: "run-failed",
      title: "The run stopped because of a fault in the app.",
      detail: "The log of the app says more. The last checkpoint was kept.",
      hint: "Resume it; if it stops again, report the fault with the log.",
    },
  };
}

export function endingOfError(error: unknown): Ending {
  const problem = error instanceof Problem ? error : diskFullProblem(error, "The project");
  if (problem !== null) {
    return { state: passing.has(problem.code) ? "interrupted" : "failed", problem: problem.toJSON() };
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  return endingOfFailure({ stack: bug.stack ?? bug.message });
}
