/** @file Runs: trainings and other long work, how far they are and what they measured. */
import type { JudgedBy, SettingValue } from "../../methods/index.ts";
import type { ValidationTrend } from "../../metrics/index.ts";
import type { ProblemFields, Statement } from "../../problem/index.ts";
export type { Statement } from "../../problem/index.ts";
export type { JudgedBy } from "../../methods/index.ts";
export type { ValidationTrend } from "../../metrics/index.ts";

export type RunKind = "train" | "predict" | "evaluate" | "experiment" | "synthesise" | "translate";

export type RunState = "queued" | "running" | "paused" | "done" | "failed" | "cancelled" | "interrupted";

/** What a training does that is no step: its images are read, or its programs made ready, which takes ONNX Runtime seconds; null: steps. */
export type RunDoing = "reading" | "compiling" | null;

export interface RunRow {
  runId: number;
  kind: RunKind;
  method: string;
  state: RunState;
  settings: Record<string, SettingValue>;
  seed: number;
  device: string;
  /** Why there: what was found of each device. Null where the device was asked for by name. */
  deviceReason: Statement[] | null;
  /** That its operators share on the CPU, decided when it first started; null: as many as ONNX Runtime takes by itself. */
  threads: number | null;
  step: number;
  steps: number;
  secondsPerStep: number | null;
  secondsLeft: number | null;
  /** Computing, all sittings together; pauses and waiting in the queue are left out. */
  secondsSpent: number;
  /** 1 is next; null unless queued. */
  queuePosition: number | null;
  /** Bytes that the run's process holds now; null unless it runs and has said so. */
  memoryBytes: number | null;
  /** The most that it held so far. */
  peakMemoryBytes: number | null;
  /** Bytes worked out before the first step; null while unknown, and on devices with memory of their own. */
  plannedMemoryBytes: number | null;
  createdAt: string;
  endedAt: string | null;
  /** The model that the run made (train) or used. */
  modelId: number | null;
  problem: ProblemFields | null;
  /** What the person who started it should know of data and settings. */
  remarks: Statement[];
  /** What a training chooses its model by. */
  judgedBy: JudgedBy;
}

/** How long a training would take on this computer, by an earlier one. */
export interface RunEstimate {
  steps: number;
  /** Null: none with this method, image size, batch size and so on has been measured here. */
  measured: { seconds: number; device: string; measuredAt: string } | null;
}

/** A training sized to end by an hour, by the time that a few of its steps took. */
export interface FittedTraining {
  /** Those that differ from the ones asked for. */
  settings: Record<string, SettingValue>;
  /** Its stages in their order, by the settings that count their steps. */
  stages: { setting: string; steps: number; secondsPerStep: number }[];
  /** Of all stages. */
  steps: number;
  /** ISO 8601: by when, and when it will probably be; room is left between them. */
  until: string;
  expectedEnd: string;
}

/** What memory a training would take on the CPU, all of its programs together; nulls on devices whose memory is not known before it is used up. */
export interface RunPlan {
  neededBytes: number | null;
  availableBytes: number | null;
  /** "not-enough-memory", with `settings` that were found to fit if any do; null: there is enough, or nothing is known. */
  problem: ProblemFields | null;
}

/** What a training learned from, and how far it got: to be compared with others. */
export interface RunHistoryRow {
  runId: number;
  data: {
    /** Frames to learn from with their annotation, to check with, and to learn from without. */
    labelled: number;
    validated: number;
    unlabelled: number;
    classes: string[];
    /** Model that it started from. */
    fromModel: number | null;
    /** Of a training that learned from two modalities; its `pairingId` is null where the project has that pairing no more. */
    pairing: { pairingId: number | null; source: string; target: string } | null;
    /** The same for the same frames, annotations and classes of this project. */
    digest: string;
  };
  /** Null before the first validation. */
  best: { step: number; score: number } | null;
}

export interface MetricPoint {
  step: number;
  name: string;
  value: number;
}

export interface RunDetail extends RunRow {
  metrics: MetricPoint[];
  /** null for runs that do not train, and before the first validation. */
  trend: ValidationTrend | null;
}

/** A run bundle that was written. `bytes` of the file; `frames`: images in it. */
export interface BundleReport {
  runId: number;
  path: string;
  bytes: number;
  frames: number;
}

/** What a training's network made of a validation frame at a validation. The masks and pictures themselves: routes of /runs/:id/samples. */
export interface RunSample {
  step: number;
  frameId: number;
  /** A mask that was predicted, or a picture that was painted. */
  kind: "mask" | "picture";
  /** Of a mask: mean Dice over the classes, null where neither mask shows any. Of a picture: the figure that the run is judged by. */
  score: number | null;
}

/** Where the time of one of a run's programs went: milliseconds per run of the program, shares of it. Slowest rows first. */
export interface ProgramProfile {
  program: string;
  /** Runs that were timed. */
  runs: number;
  runMs: number;
  kernelMs: number;
  outsideMs: number;
  operators: { type: string; provider: string; callsPerRun: number; ms: number; share: number }[];
  layers: {
    path: string;
    callsPerRun: number;
    forwardMs: number;
    backwardMs: number;
    updateMs: number;
    ms: number;
    share: number;
  }[];
}
