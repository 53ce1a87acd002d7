/**
 * @file A training that leaves for another machine as a bundle, and its result that comes back. The bundle holds pixels, annotations,
 * settings and numbers: no file name, no header, no name of a case.
 */
import { existsSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { BundleReport, RunRow } from "../api/contract.ts";
import { diskFullProblem, Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import type { ReportedSample } from "./messages.ts";
import { recordReport } from "./recording.ts";
import { openResult, type ResultFigures } from "./result.ts";
import { identityOf, type PortableData, writeRunData } from "./run-data.ts";

/** States in which nobody works on a run here. */
const RESTING: readonly RunRow["state"][] = ["paused", "interrupted", "cancelled", "failed"];

/** Throws `Problem`; then there is no file. */
export async function exportRun(
  project: Project,
  runId: number,
  path: string,
  portable: PortableData,
): Promise<BundleReport> {
  const { kind, state } = project.runs.row(runId);
  if (kind !== "train") {
    throw refused(`Run ${runId} cannot be exported: it does not train.`, "Models are applied in the project itself.");
  }
  if (!RESTING.includes(state)) {
    const hint =
      state === "done"
        ? "Start a new one for another machine."
        : "Pause it first: two machines would train the same run.";
    throw refused(`Run ${runId} cannot be exported: it is ${state}.`, hint);
  }
  if (existsSync(path)) {
    throw refused(`${basename(path)} exists already.`, "Give another name, or move that file away.");
  }
  const draft = `${path}.part`;
  try {
    await writeRunData(project, runId, draft, portable);
    await rename(draft, path);
    const { size } = await stat(path);
    return { runId, path, bytes: size, frames: project.runs.recipe(runId).snapshot.frames.length };
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw told(error, basename(path), portable.signal);
  }
}

/**
 * Takes over what a run on another machine has made: all of it, or nothing. Throws `Problem` for a result of another project or run,
 * one that is not ahead of what is here, and damaged files.
 */
export async function importResult(project: Project, path: string): Promise<number> {
  const { figures, container } = await openResult(path);
  try {
    const { run, state } = figures;
    const row = checkOrigin(project, figures);
    const read = (name: string) => container.read(name);
    const last = await container.readIfThere("checkpoint/last");
    const best = await container.readIfThere("checkpoint/best");
    const model =
      figures.model === null ? null : { onnx: await read("model/onnx"), weights: await read("model/weights") };
    const samples = new Map<number, ReportedSample[]>();
    for (const { step, ...sample } of figures.samples) {
      const bytes = await read(`sample/${step}/${sample.frameId}`);
      samples.set(step, [...(samples.get(step) ?? []), { ...sample, bytes }]);
    }
    project.edit("import a run's result", () => {
      const { runId } = run;
      recordReport(project, runId, {
        kind: "progress",
        step: figures.step,
        secondsPerStep: figures.secondsPerStep,
        seconds: Math.max(0, figures.secondsSpent - row.secondsSpent),
        memoryBytes: figures.peakMemoryBytes,
        peakMemoryBytes: figures.peakMemoryBytes,
        points: figures.metrics,
      });
      project.runs.remark(runId, figures.remarks);
      for (const [step, own] of samples) recordReport(project, runId, { kind: "validation", step, samples: own });
      const { checkpoints } = figures;
      if (last !== undefined)
        project.runs.saveCheckpoint(runId, { step: checkpoints.last ?? figures.step, kind: "last", bytes: last });
      if (best !== undefined)
        project.runs.saveCheckpoint(runId, { step: checkpoints.best ?? figures.step, kind: "best", bytes: best });
      if (model !== null) recordReport(project, runId, { kind: "model", ...figures.model!, ...model });
      project.runs.update(runId, {
        state: state === "running" ? "interrupted" : state,
        problem: figures.problem,
        device: figures.device,
        plannedMemoryBytes: figures.plannedMemoryBytes,
        endedAt: new Date().toISOString(),
      });
    });
    return run.runId;
  } finally {
    await container.close();
  }
}

function checkOrigin(project: Project, { run, step, state }: ResultFigures): RunRow {
  if (run.projectId !== project.projectId) {
    throw refused("This is the result of a run of another project.", "Open the project that the bundle was made from.");
  }
  const row = project.runs.list().find(({ runId }) => runId === run.runId);
  if (row === undefined || identityOf(project, run.runId).key !== run.key) {
    throw refused(
      `This is the result of another run ${run.runId} than the one in this project.`,
      "Open the copy of the project that the bundle was made from.",
    );
  }
  if (row.state === "running" || row.state === "queued") {
    throw refused(`Run ${row.runId} is ${row.state} here.`, "Pause it, then import the result.");
  }
  const isAhead = row.state !== "done" && (state === "done" || step > row.step);
  if (!isAhead) {
    throw refused(
      `The result is not ahead of run ${row.runId} here, which is ${row.state} at step ${row.step}.`,
      "It may have been imported already. Nothing was changed.",
    );
  }
  return row;
}

function refused(title: string, hint: string): Problem {
  return new Problem({ code: "conflict", title, hint });
}

function told(error: unknown, fileName: string, signal: AbortSignal): unknown {
  if (signal.aborted)
    return new Problem({ code: "cancelled", title: "The export was cancelled.", hint: "No file was left." });
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Problem || code === undefined) return error;
  return (
    diskFullProblem(error, fileName) ??
    new Problem(
      {
        code: "file-unreadable",
        title: `${fileName}: the bundle cannot be written.`,
        detail: `The system says ${code}.`,
        hint: "Check the folder and its rights, or choose another one.",
      },
      { cause: error },
    )
  );
}
