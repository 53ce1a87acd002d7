/** @file What crosses the border between the queue and the process of a run. */
import type {
  MetricPoint,
  Painting,
  ProgramProfile,
  RunDoing,
  SynthesisQuality,
  SyntheticPairRow,
  VolumeEvaluationRow,
} from "../api/contract.ts";
import type { BackboneRecord, GradedImage, TrunkRecord } from "../methods/index.ts";
import type { CellScores } from "../experiments/index.ts";
import type { ProblemFields, Statement } from "../problem/index.ts";
import type { Frame } from "../voxels/index.ts";
import type { Pace } from "./pace.ts";
import type { PlannedMemory, TrainingPlan } from "./planning.ts";
import type { ReportedReview } from "./recorded-prediction.ts";

/** What a backbone paints as it is, without anything of ours being trained. */
export interface BackbonePaintingRequest {
  id: string;
  count: number;
  seed: number;
  size: number;
  solver: "ddim" | "dpm-solver++";
  steps: number;
  guidance: number;
  device: string;
  /** Paths of mask images, one for each picture; null: from the text alone. */
  masks: readonly string[] | null;
}

/** To the process. */
export type RunCommand =
  /**
   * Path of a bundle, on this machine. `profile`: time the operators of a few steps of a training. `checkpointsPath`: a result whose
   * checkpoints go before those of the bundle. `device`: instead of the recipe's. `threads`: that the operators of a training share on the CPU; default: ONNX Runtime's own choice. `reservedBytes`: memory that other runs will still take; `memoryLimit`:
   * bytes in place of what the machine has.
   */
  | {
      kind: "start";
      bundlePath: string;
      profile: boolean;
      checkpointsPath?: string;
      device?: string;
      threads?: number | undefined;
      reservedBytes?: number;
      memoryLimit?: number | undefined;
    }
  /** Instead of a start: `memory` is the answer. `limit`: bytes in place of what the machine has. */
  | { kind: "plan"; plan: TrainingPlan; reservedBytes: number; limit?: number | undefined }
  /** Instead of a start: `pace` of a training is the answer. */
  | { kind: "measure"; bundlePath: string; memoryLimit?: number | undefined }
  /** Instead of a start: `backbone-seen` is the answer. `prompt`: for a text encoder. */
  | { kind: "look-at-backbone"; folder: string; prompt: string }
  /** Instead of a start: `backbone-painted` is the answer. */
  | ({ kind: "paint-on-backbone" } & BackbonePaintingRequest)
  /** Instead of a start: `trunk-seen` is the answer. `path`: of an ONNX file. */
  | { kind: "look-at-trunk"; path: string }
  /** Write a last checkpoint, then end: for good, or to be resumed. */
  | { kind: "stop" }
  /** Train no further: make the model of the best checkpoint. Other work goes on to its end. */
  | { kind: "finish" }
  /** A training that searches an architecture leaves it as it is from now on, and goes on. */
  | { kind: "stop-search" };

/** What may be asked of a training beside an end of its process. */
export type RunWish = Extract<RunCommand["kind"], "finish" | "stop-search">;

/** What was made of a validation frame. `bytes`: a mask as RLE of voxels/rle.ts, a picture as a frame of voxels/frame.ts. */
export interface ReportedSample {
  frameId: number;
  kind: "mask" | "picture";
  /** Dice of a mask; of a picture the figure that the training is judged by. */
  score: number | null;
  bytes: Uint8Array;
}

export interface EvaluatedFrame {
  frameId: number;
  classValue: number;
  dice: number | null;
  iou: number | null;
  hd95: number | null;
  hd95Unit: "mm" | "px";
}

/** One class of one volume; by the strict rule for empty masks. */
export interface EvaluatedVolume extends Omit<VolumeEvaluationRow, "caseName" | "frameId"> {
  /** As in the bundle. */
  volumeId: number;
}

/** A synthetic pair, as it is stored: project/synthetic-pairs.ts. */
export interface ReportedPair extends Pick<SyntheticPairRow, "index" | "classes" | "origin" | "quality"> {
  /** PNG. */
  image: Uint8Array;
  thumbnail: Uint8Array;
  frame: Omit<Frame, "data" | "window" | "windows" | "overlays"> & { window: null };
  /** RLE. */
  labelMap: Uint8Array;
  /** Of the fixed feature network. */
  features: Float64Array;
}

/** An image in another modality. */
export interface ReportedTranslation {
  sourceFrameId: number;
  /** PNG. */
  image: Uint8Array;
  thumbnail: Uint8Array;
  frame: ReportedPair["frame"];
}

/** A pair of a real and a translated image, on the square that the network takes. Figures are null where one of both is of one value; shifts where there are no edges. */
export interface EvaluatedTranslation {
  /** Of the source. */
  frameId: number;
  targetFrameId: number;
  nmae: number | null;
  /** dB. */
  psnr: number | null;
  ssim: number | null;
  /** Pixels of the square. */
  shiftDown: number | null;
  shiftAcross: number | null;
}

/** From the process. */
export type RunReport =
  | { kind: "ready" }
  /** The answer to `plan`. */
  | { kind: "memory"; memory: PlannedMemory }
  /** The answer to `measure`. */
  | { kind: "pace"; pace: Pace }
  /** The answer to `look-at-backbone`: what it is, and models of the folder that are no part of it, with reasons. */
  | { kind: "backbone-seen"; record: BackboneRecord; leftOut: string[] }
  /** The answer to `look-at-trunk`: what it is, and the file as it was read. */
  | { kind: "trunk-seen"; record: TrunkRecord; bytes: Uint8Array }
  /** Of `paint-on-backbone`: steps done of the picture at `place`; 0: it begins. */
  | { kind: "backbone-step"; place: number; step: number }
  /** Of `paint-on-backbone`: a PNG file, as soon as it is there. */
  | { kind: "backbone-picture"; place: number; bytes: Uint8Array }
  /** The answer to `paint-on-backbone`: all pictures were handed over. */
  | { kind: "backbone-painted" }
  /** Where the run computes, and why there. */
  | { kind: "device"; device: string; reason: readonly Statement[] }
  /** What the pixels told, once a training has looked at them; at each start anew. */
  | { kind: "remarks"; remarks: readonly Statement[] }
  /** What the step programs will take, worked out before the first step; those of the CPU only. */
  | { kind: "planned"; memoryBytes: number }
  /**
   * At most four a second. `secondsPerStep`: median of the latest steps, with their share of validation; `seconds`: since the last report,
   * at first since the process began. Memory is that of this process.
   */
  | {
      kind: "progress";
      step: number;
      secondsPerStep: number | null;
      seconds: number;
      memoryBytes: number;
      peakMemoryBytes: number;
      points: MetricPoint[];
    }
  /** The validation after `step` is over; its figures were told before. */
  | { kind: "validation"; step: number; samples: ReportedSample[]; remarks?: readonly Statement[] }
  | { kind: "checkpoint"; checkpoint: "last" | "best"; step: number; bytes: Uint8Array }
  | {
      kind: "proposal";
      frameId: number;
      mask: Uint8Array;
      confidence: Uint8Array;
      expectedDice: number;
      review?: ReportedReview | undefined;
    }
  /** A proposal for a frame with known truth, and its Dice. */
  | { kind: "judged"; frameId: number; dice: number; review: ReportedReview }
  /** What a model says of whole images: proposals, or answers where the truth is known. */
  | { kind: "graded"; images: { frameId: number; graded: GradedImage }[] }
  | { kind: "evaluation"; rows: EvaluatedFrame[]; volumes: EvaluatedVolume[] }
  /** `pictures` of some: source, translation, target and error beside each other. */
  | { kind: "translation-evaluation"; rows: EvaluatedTranslation[]; pictures: ReportedSample[] }
  /** A training of an experiment is done and judged. */
  | { kind: "scores"; training: CellScores }
  /** What a training does that is no step and may take seconds; to be shown, not kept. Null: steps again. */
  | { kind: "doing"; doing: RunDoing }
  /** What a synthesis works on; to be shown, not kept. */
  | { kind: "painting"; painting: Painting }
  | { kind: "pair"; pair: ReportedPair }
  /** All images of a series. */
  | { kind: "translated"; frames: ReportedTranslation[] }
  /** All pairs of a synthesis are made. */
  | { kind: "synthesis-quality"; quality: SynthesisQuality }
  | { kind: "model"; step: number; score: number | null; onnx: Uint8Array; weights: Uint8Array }
  /** Asked for at the start; one for each program that ran often enough. */
  | { kind: "profile"; profile: ProgramProfile }
  /** The last message. `stopped`: told to, before the work was done. */
  | { kind: "ended"; outcome: "done" | "stopped" }
  /** An expected trouble ended the run. */
  | { kind: "problem"; problem: ProblemFields }
  /** A bug ended the run: message and stack, for the log. */
  | { kind: "failure"; message: string; stack: string };

/** One child process, whoever starts it. Messages cross by structured clone. */
export interface ChildProcessLike {
  postMessage(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, also when the process could not be started. */
  onExit(listener: () => void): void;
  kill(): void;
}

/** The queue, as the process sees it. */
export interface RunParent {
  postMessage(report: RunReport): void;
  onMessage(listener: (command: RunCommand) => void): void;
}
