/** @file Models, and how good they are on a split. */
import type { LabelClass } from "./classes.ts";
import type { ModelOutput } from "../../methods/index.ts";
import type { JudgedBy } from "./runs.ts";
import type { Split } from "./splits.ts";
export type { ModelOutput } from "../../methods/index.ts";

export interface ModelRow {
  modelId: number;
  runId: number;
  name: string;
  method: string;
  createdAt: string;
  /** Step of the checkpoint with the best score. */
  step: number;
  /** The figure that it was chosen by; null where there was nothing to judge. */
  score: number | null;
  judgedBy: JudgedBy;
  /** The score where it is the mean Dice of the validation images; else null. */
  validationDice: number | null;
  /** What can be asked of it. */
  makes: ModelOutput[];
  classes: LabelClass[];
  /** Of whole images, that it grades or measures; as they were called when it was trained. */
  labels: { labelId: number; name: string }[];
}

export interface EvaluationRow {
  modelId: number;
  split: Split;
  frameId: number;
  frameName: string;
  caseName: string;
  classValue: number;
  /** Null where the figure is undefined (class absent from both, or from one for a distance). */
  dice: number | null;
  iou: number | null;
  hd95: number | null;
  hd95Unit: "mm" | "px";
}

export interface EvaluationSummary {
  modelId: number;
  split: Split;
  frames: number;
  cases: number;
  mean: {
    classValue: number;
    className: string;
    dice: number | null;
    iou: number | null;
    hd95: number | null;
    hd95Unit: "mm" | "px";
  }[];
  rows: EvaluationRow[];
  /** Slices together: series and files of several frames whose slices are all annotated. Empty where there is none. */
  volumes: { mean: VolumeEvaluationMean[]; rows: VolumeEvaluationRow[] };
}

/** One class of one volume whose slices are all annotated, by the strict rule for empty masks (`empty`). Distances in `unit`. */
export interface VolumeEvaluationRow {
  caseName: string;
  /** The lowest frame of the volume. */
  frameId: number;
  slices: number;
  classValue: number;
  dice: number;
  jaccard: number;
  hd95: number;
  /** Mean distance from the surface of the prediction to that of the annotation: directed. */
  asd: number;
  /** Mean of both directions. */
  assd: number;
  unit: "mm" | "px";
  /** Which of the two masks had no voxel of the class: then the figures are the rule's, not measured. */
  empty: "none" | "prediction" | "reference" | "both";
}

/** Means of one class over volumes. */
export interface VolumeEvaluationMean {
  classValue: number;
  className: string;
  volumes: number;
  dice: number;
  jaccard: number;
  /** Distances: null where volumes differ in unit. */
  hd95: number | null;
  asd: number | null;
  assd: number | null;
  unit: "mm" | "px";
  /** Volumes where one mask or both had no voxel of the class. */
  empty: { prediction: number; reference: number; both: number };
}

/** One pair of a split: what a model made of the source beside the real target. */
export interface TranslationScoreRow {
  /** Of the source. */
  frameId: number;
  targetFrameId: number;
  frameName: string;
  caseName: string;
  /** Null, as the others, where one image of the pair is of one value: nothing is there to compare. */
  nmae: number | null;
  /** dB, at most 100. */
  psnr: number | null;
  ssim: number | null;
  /** How far the edges of the translation lie from those of the target, pixels of the network; null where there are none. */
  shiftDown: number | null;
  shiftAcross: number | null;
}

export type TranslationFigure = "nmae" | "psnr" | "ssim" | "shiftDown" | "shiftAcross";

/** Mean over images; bounds of 95 % by resampling patients, null where there is one patient. */
export interface TranslationMean {
  mean: number | null;
  low: number | null;
  high: number | null;
}

/**
 * How near a model's translations come to real images, which lie in [-1, 1] (`dataRange` 2) on squares of `size` pixels: NMAE and PSNR where the target is no background, SSIM
 * of the whole square with a uniform window of 7 × 7.
 */
export interface TranslationEvaluation {
  modelId: number;
  split: Split;
  runId: number;
  source: string;
  target: string;
  size: number;
  dataRange: number;
  /** Pairs that count, and those of which one image is of one value. */
  images: number;
  excluded: number;
  patients: number;
  figures: Record<TranslationFigure, TranslationMean>;
  rows: TranslationScoreRow[];
  /** Samples of the run at step 0 (source, translation, target, error), from the worst NMAE to the best. */
  pictures: { frameId: number; nmae: number }[];
}
