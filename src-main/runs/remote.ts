/**
 * @file A run bundle worked on where it lies: no project, one result file. A job that is killed and started again goes on from the result.
 */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { diskFullProblem, Problem, type ProblemFields } from "../problem/index.ts";
import { openBundle } from "./bundle.ts";
import type { Ending } from "./endings.ts";
import type { ChildProcessLike } from "./messages.ts";
import { type ResultFigures, RunResult } from "./result.ts";
import { superviseRun } from "./supervision.ts";

export type { ResultFigures, ResultState } from "./result.ts";

/** Batch systems wait 30 s and more between the first signal and the last. */
const STOP_LIMIT_MS = 25_000;

export interface RemoteRunOptions {
  bundlePath: string;
  resultPath: string;
  /** Instead of the one that the run was made for; a run that goes on stays where it began. */
  device?: string | undefined;
  /** That its operators share on the CPU; default: what ONNX Runtime takes by itself. */
  threads?: number | undefined;
  /** Starts src-main/app/run-process. */
  spawn: () => ChildProcessLike;
  /** Aborted: write a checkpoint, then return as "interrupted". */
  signal: AbortSignal;
  onProgress: (figures: ResultFigures) => void;
}

/**
 * Returns how far it came: "done", or "interrupted" by the signal. A result that is done already is returned as it is. Throws `Problem`
 * where the bundle or an earlier result cannot be used, the result cannot be written, or the run fails; what was reached before is in the file.
 */
export async function runBundle({
  bundlePath,
  resultPath,
  device,
  threads,
  spawn,
  signal,
  onProgress,
}: RemoteRunOptions): Promise<ResultFigures> {
  const result = await openWork(bundlePath, resultPath, device);
  const { figures } = result;
  if (figures.state === "done") return figures;
  // Said before hours of work, rather than after.
  await write(result, resultPath);
  const isResumed = figures.checkpoints.last !== null;

  let writing: Promise<void> = Promise.resolve();
  let trouble: Problem | null = null;
  const save = (): void => {
    writing = writing
      .then(() => write(result, resultPath))
      .catch((error: unknown) => {
        trouble ??= error as Problem;
        run.stop("interrupted", STOP_LIMIT_MS);
      });
  };
  const start = {
    bundlePath,
    profile: false,
    device: figures.device,
    threads,
    ...(isResumed && { checkpointsPath: resultPath }),
  };
  const run = superviseRun(spawn(), start, {
    onReport(report) {
      if (report.kind === "profile" || report.kind === "doing") return;
      if (report.kind === "pair" || report.kind === "painting") return; // bundles train
      result.record(report);
      if (report.kind === "progress") onProgress(figures);
      if (report.kind === "checkpoint" && report.checkpoint === "last") save();
    },
  });
  const stop = (): void => run.stop("interrupted", STOP_LIMIT_MS);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  const ending = await run.ended;
  signal.removeEventListener("abort", stop);
  await writing;
  if (trouble !== null) throw trouble as Problem;
  Object.assign(figures, endedAs(ending));
  await write(result, resultPath);
  if (figures.problem !== null) throw new Problem(figures.problem);
  return figures;
}

function endedAs({ state, problem = null }: Ending): Pick<ResultFigures, "state" | "problem"> {
  if (state !== "done" && state !== "failed" && state !== "interrupted") throw new Error(`remote: ended as ${state}.`);
  return { state, problem: problem as ProblemFields | null };
}

async function openWork(bundlePath: string, resultPath: string, device: string | undefined): Promise<RunResult> {
  const bundle = await openBundle(bundlePath);
  await bundle.close();
  const { recipe } = bundle;
  if (recipe.kind !== "train") {
    throw new Problem({
      code: "unsupported-file",
      title: `${basename(bundlePath)}: this bundle does not train.`,
      hint: "Make a bundle of a training; models are applied in the project.",
    });
  }
  if (!existsSync(resultPath)) return RunResult.begin(resultPath, { ...recipe, device: device ?? recipe.device });
  const result = await RunResult.load(resultPath);
  const { run, checkpoints } = result.figures;
  if (run.key !== recipe.run.key) {
    throw new Problem({
      code: "conflict",
      title: `${basename(resultPath)}: this is the result of another run.`,
      detail: `The bundle is of run ${recipe.run.runId}, the result of run ${run.runId}. Nothing was changed.`,
      hint: "Give another file with --out, or move this one away.",
    });
  }
  if (device !== undefined && checkpoints.last === null) result.figures.device = device;
  return result;
}

/** Throws `Problem` where the file cannot be written; the one before it stays. */
async function write(result: RunResult, path: string): Promise<void> {
  try {
    await result.write();
  } catch (cause) {
    const full = diskFullProblem(cause, basename(path));
    const { code } = cause as NodeJS.ErrnoException;
    if (full === null && code === undefined) throw cause;
    throw new Problem(
      full === null
        ? {
            code: "file-unreadable",
            title: `${basename(path)}: the result cannot be written.`,
            detail: `The system says ${code}. What was written before is safe.`,
            hint: "Check the folder and its rights, or give another file with --out; then start the bundle again.",
          }
        : {
            code: "disk-full",
            title: full.title,
            detail: "The last checkpoint that was written is safe.",
            hint: "Free some space, then start the bundle again: it goes on from there.",
          },
      { cause },
    );
  }
}
