/**
 * @file The run queue of an open project: each run in a process of its own, trainings one at a time unless more are allowed. The only writer of run rows.
 * A run whose process or whose app dies is left "interrupted" and goes on from its last checkpoint when resumed.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import type {
  BundleReport,
  EventMap,
  FittedTraining,
  MetricPoint,
  ProgramProfile,
  RunRow,
  SynthesisRequest,
  TranslationRequest,
} from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { type BackboneShelf, findMethod } from "../methods/index.ts";
import type { NewRun, Project } from "../project/index.ts";
import { type Ending, endingOfError } from "./endings.ts";
import { planExperimentRun } from "./experiment-request.ts";
import type { ExperimentRequest } from "./experiment-run.ts";
import type { ChildProcessLike, RunWish } from "./messages.ts";
import { exportRun, importResult } from "./exchange.ts";
import { recordReport } from "./recording.ts";
import { trendOf } from "./trend.ts";
import {
  type EvaluationRequest,
  planEvaluation,
  planPrediction,
  type PredictionRequest,
} from "./prediction-request.ts";
import { planTraining, thisMachine, type TrainingRequest } from "./training-request.ts";
import { memoryToCome, nextToStart, threadsFor, type Working } from "./room.ts";
import type { PlannedMemory } from "./planning.ts";
import { type PortableData, writeRunData } from "./run-data.ts";
import { planSynthesis } from "./synthesis-request.ts";
import { planTranslation } from "./translation-request.ts";
import { openForecast } from "./training-forecast.ts";
import { type RunWatcher, superviseRun, type SupervisedRun } from "./supervision.ts";

export type { ChildProcessLike } from "./messages.ts";
export { generatorGrades, generators } from "./synthesis-request.ts";
export { pairFacts, type TranslationFrames, translationFrames } from "./translation-request.ts";
export { learnableLabels } from "./grading-request.ts";
export { requireMasks } from "./prediction-request.ts";
export { labelledFacts, thisMachine, trainingFacts, trainingFrames, translationFacts } from "./training-request.ts";
export type { ExperimentRequest } from "./experiment-run.ts";
export type { EvaluationRequest, PredictionRequest } from "./prediction-request.ts";
export type { TrainingRequest } from "./training-request.ts";
export { lookAtBackbone, paintOnBackbone } from "./backbone-process.ts";
export { lookAtTrunk } from "./trunk-process.ts";
export { trendOf } from "./trend.ts";
export { isOfVolumes } from "./volume-requests.ts";

/** A step on a large image may take so long; then the process is ended without its last checkpoint. */
const STOP_LIMIT_MS = 10_000;
/** Closing the window does not wait longer; the periodic checkpoint is there. */
const CLOSE_LIMIT_MS = 3_000;
/** Between attempts to store how a run ended, where the project cannot be written. */
const RETRY_MS = 2_000;

export type QueueEvent =
  | { type: "run"; run: RunRow }
  | { type: "metrics"; runId: number; points: MetricPoint[] }
  | ({ type: "validation" } & EventMap["validation"])
  | ({ type: "pairs" } & EventMap["pairs"])
  | ({ type: "painting" } & EventMap["painting"])
  | ({ type: "doing" } & EventMap["doing"]);

export interface RunQueueOptions {
  project: Project;
  /** Starts src-main/app/run-process. */
  spawn: () => ChildProcessLike;
  /** Where runs compute that do not ask for a device. */
  device: string;
  /** For files that live as long as their run. Must exist. */
  workFolder: string;
  /** Networks of this machine that trainings may stand on; default: none. */
  backbones?: BackboneShelf | undefined;
  /** Bytes that a training may take; default: what the machine has. */
  memoryLimit?: number | undefined;
}

/** All methods throw `Problem` for what the user can mend. */
export interface RunQueue {
  /** With `hold` it is paused at once, e.g. to be exported. */
  submitTraining(request: TrainingRequest): RunRow;
  /** What memory such a training would take, beside what works now. A later question ends an earlier one ("cancelled"). */
  planMemory(request: TrainingRequest): Promise<PlannedMemory>;
  /**
   * Steps, and where they would be few a smaller size, with which such a training ends by an hour of the clock ("07:00"), by the time that a few steps take:
   * seconds to minutes. A later question ends an earlier one ("cancelled").
   */
  fitTraining(request: TrainingRequest, until: string): Promise<FittedTraining>;
  /** One that is over needs none. */
  cancelFitting(): void;
  submitPrediction(request: PredictionRequest): RunRow;
  submitEvaluation(request: EvaluationRequest): RunRow;
  submitExperiment(request: ExperimentRequest): RunRow;
  submitSynthesis(request: SynthesisRequest): RunRow;
  submitTranslation(request: TranslationRequest): RunRow;
  /** At once while queued or paused; a running one writes a checkpoint first, which takes about a step. */
  cancel(runId: number): RunRow;
  /** As `cancel`, to be resumed: its process ends and frees what it held. It stays paused when the project is closed. */
  pause(runId: number): RunRow;
  /** Queues an unfinished run again; a training goes on from its last checkpoint, with the same bits. */
  resume(runId: number): RunRow;
  /** Ends a training early, as done: its best checkpoint becomes the model. One that does not run is queued for that. */
  finish(runId: number): RunRow;
  /** A training leaves the architecture that it searches as it is, and goes on. One that does not run is queued for that. */
  stopSearch(runId: number): RunRow;
  /** To another place in the queue; 1 is next. Returns the queue. */
  move(runId: number, position: number): RunRow[];
  /** How many trainings may work at a time (default 1), as far as memory reaches; a prediction or evaluation may run beside them. Those that start from now on share the cores. */
  allowTrainings(count: number): void;
  /** Writes a training that nobody works on as a bundle for another machine. */
  exportRun(runId: number, path: string, portable: PortableData): Promise<BundleReport>;
  /** Takes over what a bundle's run has made elsewhere. */
  importResult(path: string): Promise<RunRow>;
  /** Returns how to stop listening. */
  on(listener: (event: QueueEvent) => void): () => void;
  /** Of a training of this queue that was submitted with `profile`; kept in memory only. */
  profiles(runId: number): readonly ProgramProfile[];
  /** When no run is queued or running. */
  idle(): Promise<void>;
  /** The row of the run once it neither runs nor waits in the queue. */
  finished(runId: number): Promise<RunRow>;
  /** A running run is interrupted, after a last checkpoint if there is time. */
  close(): Promise<void>;
}

interface ActiveRun extends Working {
  runId: number;
  /** null while its data is being written. */
  process: SupervisedRun | null;
  /** State to end in, where that was asked for before there was a process. */
  stopAs: StoppedState | null;
}

type StoppedState = "cancelled" | "paused" | "interrupted";

export function createRunQueue(options: RunQueueOptions): RunQueue {
  const { project, spawn, device, workFolder, backbones, memoryLimit } = options;
  const listeners = new Set<(event: QueueEvent) => void>();
  /** Those who wait for a run to end. */
  const waiting = new Set<() => void>();
  const pending: number[] = [];
  /** What was asked of trainings, for when they run. */
  const wishes = new Map<number, Set<RunWish>>();
  /** Of the runs that are to be profiled. */
  const profiles = new Map<number, ProgramProfile[]>();
  /** As last told: the rows themselves may not be readable any more. */
  const lastTold = new Map<number, RunRow>();
  /** Endings that the project could not take yet. */
  const unwritten = new Map<number, Ending>();
  let retry: NodeJS.Timeout | null = null;
  const active = new Map<number, ActiveRun>();
  /** Trainings that did not fit beside others: tried again when one of those has ended. */
  const crowdedOut = new Set<number>();
  let trainings = 1;
  let isClosed = false;
  if (project.readOnly === null) project.runs.markInterrupted();

  const rowOf = (runId: number): RunRow => {
    const row = project.runs.row(runId);
    lastTold.set(runId, row);
    return row;
  };
  const tell = (event: QueueEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const tellRun = (runId: number): RunRow => {
    const run = rowOf(runId);
    tell({ type: "run", run });
    return run;
  };
  /** Their positions changed. */
  const tellQueue = (): RunRow[] => pending.map(tellRun);
  /** `store` puts it at the end of the queue in the project. */
  const enqueue = (store: () => number): RunRow => {
    if (isClosed) throw beingClosed();
    const runId = store();
    pending.push(runId);
    queueMicrotask(startNext);
    return tellRun(runId);
  };
  const enqueueAgain = (runId: number): RunRow =>
    enqueue(() => {
      project.runs.enqueue(runId);
      return runId;
    });
  const submit = (plan: NewRun): RunRow => enqueue(() => project.runs.create(plan));
  const unqueue = (runId: number, state: StoppedState): RunRow => {
    project.runs.update(runId, { state, ...(state === "paused" ? {} : { endedAt: new Date().toISOString() }) });
    pending.splice(pending.indexOf(runId), 1);
    wishes.delete(runId);
    for (const look of [...waiting]) look();
    const row = tellRun(runId);
    tellQueue();
    return row;
  };
  const chooseDevice = (asked: string | undefined): string =>
    asked === undefined || asked === "auto" ? device : asked;

  const end = (runId: number, ending: Ending): void => {
    const { state, problem = null } = ending;
    try {
      const endedAt = state === "paused" ? null : new Date().toISOString();
      project.runs.update(runId, { state, problem, endedAt });
      unwritten.delete(runId);
      tellRun(runId);
    } catch (error) {
      // The file cannot be written now (full disk, say). Told as it is, and stored as soon as it can be; at the latest the next
      // opening marks the run as interrupted.
      if (!(error instanceof Problem)) console.error(`run ${runId}:`, error);
      unwritten.set(runId, ending);
      const run = lastTold.get(runId);
      if (run !== undefined) tell({ type: "run", run: { ...run, state, problem } });
      if (!isClosed) retry ??= setTimeout(writeEndings, RETRY_MS);
    }
  };
  const writeEndings = (): void => {
    retry = null;
    if (!isClosed) for (const [runId, ending] of [...unwritten]) end(runId, ending);
  };
  /** Makes room for the next run. */
  const release = (runId: number): void => {
    active.delete(runId);
    const hasEnded = !pending.includes(runId);
    if (hasEnded) wishes.delete(runId);
    if (hasEnded || active.size === 0) crowdedOut.clear();
    for (const look of [...waiting]) look();
    queueMicrotask(startNext);
  };

  const startNext = (): void => {
    if (isClosed) return;
    const waitingRuns = pending.map((runId) => lastTold.get(runId)!);
    const runId = nextToStart(waitingRuns, [...active.values()], { trainings, crowdedOut });
    if (runId === undefined) return;
    pending.splice(pending.indexOf(runId), 1);
    const { kind } = lastTold.get(runId)!;
    const run: ActiveRun = { runId, kind, hasBegun: false, process: null, stopAs: null };
    active.set(runId, run);
    const path = join(workFolder, `run-${runId}-${randomUUID()}.safetensors`);
    void perform(run, path)
      .catch((error: unknown) => endingOfError(error))
      .then((ending) => (isForWantOfRoom(ending) ? waitForRoom(runId) : end(runId, ending)))
      .catch((error: unknown) => console.error(`run ${runId}:`, error))
      .finally(() => release(runId))
      .finally(() => rm(path, { force: true }).catch(() => undefined));
  };

  /** Others hold memory that will be free again. */
  const isForWantOfRoom = ({ problem }: Ending): boolean =>
    problem?.code === "not-enough-memory" && active.size > 1 && !isClosed;
  /** Back to where it stood in the queue. */
  const waitForRoom = (runId: number): void => {
    project.runs.update(runId, { state: "queued" });
    pending.unshift(runId);
    crowdedOut.add(runId);
    tellQueue();
  };

  const perform = async (run: ActiveRun, path: string): Promise<Ending> => {
    const { runId } = run;
    const row = rowOf(runId);
    // One that has begun goes on with as many threads, so that it keeps its bits.
    const threads = row.step > 0 ? row.threads : threadsFor(row.kind, { trainings, cores: thisMachine().cores });
    project.runs.update(runId, { state: "running", problem: null, threads });
    tellRun(runId);
    tellQueue();
    await writeRunData(project, runId, path);
    if (run.stopAs !== null) return { state: run.stopAs };
    const onReport: RunWatcher["onReport"] = (report) => {
      if (report.kind === "profile") return void profiles.get(runId)?.push(report.profile);
      if (report.kind === "pair") {
        const pair = project.syntheticPairs.add(runId, report.pair);
        return void (pair !== null && tell({ type: "pairs", runId, pairs: [pair] }));
      }
      if (report.kind === "doing") return tell({ type: "doing", runId, doing: report.doing });
      if (report.kind === "painting") return tell({ type: "painting", runId, ...report.painting });
      recordReport(project, runId, report);
      if (report.kind === "progress" && !run.hasBegun) {
        run.hasBegun = true;
        queueMicrotask(startNext);
      }
      if (report.kind === "progress" || report.kind === "device" || report.kind === "planned") tellRun(runId);
      if (report.kind === "progress" && report.points.length > 0)
        tell({ type: "metrics", runId, points: report.points });
      if (report.kind === "validation") {
        const { step } = report;
        const samples = report.samples.map(({ frameId, kind, score }) => ({ step, frameId, kind, score }));
        tell({ type: "validation", runId, step, samples, trend: trendOf(project, runId) });
      }
    };
    const beside = [...active.keys()].filter((other) => other !== runId).map((other) => lastTold.get(other)!);
    const reservedBytes = memoryToCome(beside);
    const profile = profiles.has(runId);
    const start = { bundlePath: path, profile, threads: threads ?? undefined, reservedBytes, memoryLimit };
    run.process = superviseRun(spawn(), start, { onReport });
    for (const wish of wishes.get(runId) ?? []) run.process.wish(wish);
    return run.process.ended;
  };

  /** Ends the run after a checkpoint, or without one after `limitMs`. */
  const stop = (run: ActiveRun, state: StoppedState, limitMs: number): void => {
    run.stopAs = state;
    run.process?.stop(state, limitMs);
  };

  /** Of one that nobody works on: it is queued for that. */
  const wishFor = (row: RunRow, wish: RunWish): RunRow => {
    const { runId } = row;
    wishes.set(runId, (wishes.get(runId) ?? new Set()).add(wish));
    active.get(runId)?.process?.wish(wish);
    return active.has(runId) || pending.includes(runId) ? row : enqueueAgain(runId);
  };

  const isUnfinished = (runId: number): boolean => active.has(runId) || pending.includes(runId);

  const waitFor = (isMet: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isMet()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });

  const forecast = openForecast({
    ...options,
    plan: (request) => planTraining(project, request, chooseDevice(request.device), backbones),
    reservedBytes: () => memoryToCome([...active.keys()].map((runId) => lastTold.get(runId)!)),
    isAlone: () => active.size === 0 && pending.length === 0,
  });

  return {
    submitTraining(request) {
      const plan = planTraining(project, request, chooseDevice(request.device), backbones);
      if (request.hold === true) return tellRun(project.runs.create(plan, "paused"));
      const row = submit(plan);
      if (request.profile === true) profiles.set(row.runId, []);
      return row;
    },
    planMemory: (request) => forecast.memory(request),
    fitTraining: (request, until) => forecast.fit(request, until),
    cancelFitting: () => forecast.cancelFitting(),
    submitPrediction: (request) => submit(planPrediction(project, request, device)),
    submitEvaluation: (request) => submit(planEvaluation(project, request, device)),
    submitExperiment(request) {
      const { run, plan } = planExperimentRun(project, request, chooseDevice(request.device));
      return enqueue(() => project.experiments.create(run, plan));
    },
    submitSynthesis(request) {
      const { run, synthesis } = planSynthesis(project, request, chooseDevice(request.device));
      return enqueue(() => project.syntheticPairs.create(run, synthesis));
    },
    submitTranslation(request) {
      const { run, plan } = planTranslation(project, request, chooseDevice(request.device));
      return enqueue(() => project.translations.create(run, plan));
    },
    cancel(runId) {
      const run = active.get(runId);
      if (run !== undefined) stop(run, "cancelled", STOP_LIMIT_MS);
      else if (pending.includes(runId)) return unqueue(runId, "cancelled");
      else if (rowOf(runId).state === "paused") end(runId, { state: "cancelled" });
      else throw refused(rowOf(runId), "cancelled", "Only a run that is queued, running or paused can be.");
      return rowOf(runId);
    },
    pause(runId) {
      if (pending.includes(runId)) return unqueue(runId, "paused");
      const run = active.get(runId);
      if (run === undefined) throw refused(rowOf(runId), "paused", "Only a run that is queued or running can be.");
      stop(run, "paused", STOP_LIMIT_MS);
      return rowOf(runId);
    },
    resume(runId) {
      const row = rowOf(runId);
      if (isUnfinished(runId) || row.state === "done") {
        throw refused(row, "resumed", "Only a run that ended early can be. Start a new one to train further.");
      }
      return enqueueAgain(runId);
    },
    finish(runId) {
      const row = rowOf(runId);
      const hasLearned = active.has(runId) ? row.step > 0 : project.runs.checkpoint(runId, "last") !== null;
      if (row.kind !== "train" || row.state === "done" || !hasLearned) {
        throw refused(row, "finished early", "Only a training that has done some steps can be; cancel others.");
      }
      return wishFor(row, "finish");
    },
    stopSearch(runId) {
      const row = rowOf(runId);
      if (row.kind !== "train" || findMethod(row.method).searches?.(row.settings) !== true) {
        throw new Problem({
          code: "conflict",
          title: `Run ${runId} searches no architecture.`,
          detail: `It is a ${row.kind} run of ${row.method}.`,
          hint: "A training with genseg does, where its setting architecture is searched.",
        });
      }
      if (row.state === "done")
        throw refused(row, "trained without its search", "Start a new one with architecture=fixed.");
      return wishFor(row, "stop-search");
    },
    move(runId, position) {
      if (!pending.includes(runId)) throw refused(rowOf(runId), "moved", "Only a run that waits in the queue can be.");
      const moved = pending.filter((each) => each !== runId).toSpliced(position - 1, 0, runId);
      project.runs.orderQueue(moved);
      pending.splice(0, pending.length, ...moved);
      return tellQueue();
    },
    allowTrainings(count) {
      trainings = count;
      queueMicrotask(startNext);
    },
    exportRun: (runId, path, portable) => exportRun(project, runId, path, portable),
    importResult: async (path) => tellRun(await importResult(project, path)),
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    profiles: (runId) => profiles.get(runId) ?? [],
    idle: () => waitFor(() => active.size === 0 && pending.length === 0),
    async finished(runId) {
      await waitFor(() => !isUnfinished(runId));
      return rowOf(runId);
    },
    async close() {
      isClosed = true;
      forecast.close();
      if (retry !== null) clearTimeout(retry);
      for (const runId of pending.splice(0)) end(runId, { state: "interrupted" });
      for (const run of active.values()) stop(run, "interrupted", CLOSE_LIMIT_MS);
      await waitFor(() => active.size === 0);
    },
  };
}

/** `done`: what was asked for, as a participle. */
function refused({ runId, state }: RunRow, done: string, hint: string): Problem {
  return new Problem({ code: "conflict", title: `Run ${runId} cannot be ${done}: it is ${state}.`, hint });
}

function beingClosed(): Problem {
  return new Problem({
    code: "busy",
    title: "The project is being closed.",
    hint: "Open it again, then start the run.",
  });
}
