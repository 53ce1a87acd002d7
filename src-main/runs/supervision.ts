/** @file One run's process, from its start to its end: commands in, reports out. */
import type { RunState } from "../api/contract.ts";
import { DIED, type Ending, endingOfError, endingOfFailure } from "./endings.ts";
import type { ChildProcessLike, RunCommand, RunReport, RunWish } from "./messages.ts";
import type { WorkReport } from "./recording.ts";

export interface SupervisedRun {
  readonly ended: Promise<Ending>;
  /** Writes a checkpoint, which takes about a step, and ends as `state`; without one after `limitMs`. */
  stop(state: RunState, limitMs: number): void;
  /** Of a training: it ends now, as done, with its best checkpoint as the model; or it goes on without its search. */
  wish(wish: RunWish): void;
}

export interface RunWatcher {
  /** What it throws ends the run. */
  onReport(report: WorkReport | Extract<RunReport, { kind: "profile" | "pair" | "painting" | "doing" }>): void;
}

/** Starts one. Never rejects: trouble is an ending. */
export function superviseRun(
  child: ChildProcessLike,
  start: Omit<Extract<RunCommand, { kind: "start" }>, "kind">,
  { onReport }: RunWatcher,
): SupervisedRun {
  let stopAs: RunState | null = null;
  const wishes: RunWish[] = [];
  const ended = new Promise<Ending>((resolve) => {
    let hasEnded = false;
    const settle = (ending: Ending): void => {
      if (hasEnded) return;
      hasEnded = true;
      child.kill();
      resolve(ending);
    };
    child.onExit(() => settle(stopAs === null ? { state: "interrupted", problem: DIED } : { state: stopAs }));
    child.onMessage((message) => {
      if (hasEnded) return;
      try {
        const report = message as RunReport;
        if (report.kind === "ready" && stopAs !== null) settle({ state: stopAs });
        else if (report.kind === "ready") {
          child.postMessage({ kind: "start", ...start });
          for (const kind of wishes) child.postMessage({ kind });
        } else if (report.kind === "ended")
          settle({ state: report.outcome === "done" ? "done" : (stopAs ?? "interrupted") });
        else if (report.kind === "problem") settle({ state: "failed", problem: report.problem });
        else if (report.kind === "failure") settle(endingOfFailure(report));
        else onReport(report);
      } catch (error) {
        settle(endingOfError(error));
      }
    });
  });
  return {
    ended,
    stop(state, limitMs) {
      stopAs = state;
      child.postMessage({ kind: "stop" });
      setTimeout(() => child.kill(), limitMs).unref();
    },
    wish(kind) {
      wishes.push(kind);
      child.postMessage({ kind });
    },
  };
}
