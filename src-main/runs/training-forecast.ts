/** @file What a training would take before it is queued: memory, and how many steps fit before an hour. Each is computed in a process of its own. */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { FittedTraining, RunRow } from "../api/contract.ts";
import { findMethod, type TrunkRecord } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { NewRun, Project } from "../project/index.ts";
import { sourceFrames } from "./bundle.ts";
import { fitTraining, nextMoment } from "./deadline.ts";
import type { ChildProcessLike } from "./messages.ts";
import type { Pace } from "./pace.ts";
import { measureInProcess, planInProcess } from "./plan-process.ts";
import type { PlannedMemory } from "./planning.ts";
import { describeFrames, isInColor, writePlannedData } from "./run-data.ts";
import type { TrainingRequest } from "./training-request.ts";

export interface ForecastOptions {
  project: Project;
  spawn: () => ChildProcessLike;
  /** For data of trainings that are measured. */
  workFolder: string;
  /** Bytes that a training may take; default: what the machine has. */
  memoryLimit?: number | undefined;
  /** Throws `Problem` for a training that cannot be. */
  plan(request: TrainingRequest): NewRun;
  /** What those that work now will still take. */
  reservedBytes(): number;
  /** No run works or waits. */
  isAlone(): boolean;
}

/** See `RunQueue.planMemory` and `RunQueue.fitTraining`. */
export interface Forecast {
  memory(request: TrainingRequest): Promise<PlannedMemory>;
  fit(request: TrainingRequest, until: string): Promise<FittedTraining>;
  cancelFitting(): void;
  close(): void;
}

export function openForecast(options: ForecastOptions): Forecast {
  const { project, spawn, workFolder, memoryLimit } = options;
  let planning = new AbortController();
  let fitting = new AbortController();

  return {
    memory(request) {
      planning.abort();
      planning = new AbortController();
      const { method, settings, seed, device, snapshot } = options.plan(request);
      const frames = sourceFrames(describeFrames(project, { kind: "train", snapshot }));
      const channels = isInColor(project, snapshot) ? 3 : 1;
      const { classes, modalities, targets } = snapshot;
      const trunk = snapshot.trunk as TrunkRecord | undefined;
      const plan = { method, settings, seed, device, classes, channels, frames, modalities, targets, trunk } as const;
      const start = { kind: "plan", plan, reservedBytes: options.reservedBytes(), limit: memoryLimit } as const;
      return planInProcess(spawn(), start, planning.signal);
    },
    async fit(request, until) {
      nextMoment(until, new Date()); // before all that it would wait for
      if (!options.isAlone()) throw notAlone();
      fitting.abort();
      fitting = new AbortController();
      const { signal } = fitting;
      const plan = options.plan(request);
      const measure = async (settings: RunRow["settings"]): Promise<Pace> => {
        const bundlePath = join(workFolder, `pace-${randomUUID()}.safetensors`);
        try {
          await writePlannedData(project, { ...plan, settings }, bundlePath);
          return await measureInProcess(spawn(), { kind: "measure", bundlePath, memoryLimit }, signal);
        } finally {
          await rm(bundlePath, { force: true });
        }
      };
      const method = findMethod(request.method);
      const mayShrink = plan.snapshot.fromModel === null;
      return fitTraining({ method, settings: plan.settings, until, mayShrink, now: () => new Date(), measure });
    },
    cancelFitting: () => fitting.abort(),
    close() {
      planning.abort();
      fitting.abort();
    },
  };
}

/** Beside others its steps would be measured too slow, and nobody knows when it could begin. */
function notAlone(): Problem {
  return new Problem({
    code: "busy",
    title: "A training that is to end by an hour cannot be sized while others work or wait.",
    detail: "How long its steps take alone, and when it could begin, is not known.",
    hint: "Wait for them, pause them, or choose its steps yourself.",
  });
}
