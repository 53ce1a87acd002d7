/** @file What crosses the border between the app and the process that proposes while a person draws. */
import type { EstimatedFlow, PairRanges, TargetPlacement } from "../methods/index.ts";
import type { ProblemFields } from "../problem/index.ts";
import type { Scribble } from "../voxels/index.ts";

/** What is asked about a frame. */
export type InferenceWork =
  | { kind: "predict" }
  /** `labels`: the proposal so far, RLE bytes. `scribbles`: all, the last one new. */
  | { kind: "correct"; labels: Uint8Array; scribbles: readonly Scribble[] }
  /** One byte for each class and pixel. */
  | { kind: "probabilities" }
  /** How far the target lies from the translation of the frame. `slices`: of the source, the frame in their middle; both in the layout of voxels/frame.ts. */
  | { kind: "flow"; slices: readonly Uint8Array[]; target: Uint8Array; placed?: TargetPlacement; ranges?: PairRanges };

export interface InferenceTask {
  taskId: number;
  /** `onnx` is null when the process has the model of that key already; of a model that translates, its weights. */
  model: { key: string; method: string; classes: readonly { value: number }[]; onnx: Uint8Array | null };
  device: string;
  /** Names the pixels: what was inferred of them is kept for a while. */
  frameKey: string;
  /** Layout of voxels/frame.ts. */
  frame: Uint8Array;
  work: InferenceWork;
}

/** RLE bytes of the size of the frame; one byte a pixel; Dice that is expected of the label map. */
export interface PredictedMask {
  mask: Uint8Array<ArrayBuffer>;
  confidence: Uint8Array<ArrayBuffer>;
  expectedDice: number;
}

export interface InferenceResults {
  predict: PredictedMask;
  correct: Omit<PredictedMask, "confidence">;
  /** `[classes, height, width]`, background first, 0–255 for 0–1. `classes`: value of each plane, 0 for background. */
  probabilities: { classes: number[]; planes: Uint8Array<ArrayBuffer> };
  flow: EstimatedFlow;
}

export type InferenceReply =
  | { kind: "ready" }
  | { kind: "result"; taskId: number; result: InferenceResults[keyof InferenceResults] }
  /** An expected trouble. */
  | { kind: "problem"; taskId: number; problem: ProblemFields }
  /** A bug: message and stack, for the log. */
  | { kind: "failure"; taskId: number; stack: string };

/** The app, as the process sees it. */
export interface InferenceParent {
  postMessage(reply: InferenceReply): void;
  onMessage(listener: (task: InferenceTask) => void): void;
}
