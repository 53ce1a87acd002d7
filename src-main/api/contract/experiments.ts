/** @file Experiments: several ways of training on the same patients and seeds. */

/** A way of training on which experiments can be made. */
export interface ArmRow {
  id: string;
  title: string;
  method: string;
  /** What it is compared by: how it outlines, or what it says of whole images. */
  learns: "masks" | "grades";
  /** Has no meaning on series as volumes. */
  isOfImages: boolean;
  /** Learns from images of a second modality too: of a pairing. */
  isPaired: boolean;
  /** Compared unless others are asked for. */
  isUsual: boolean;
}

export type ExperimentUnit = "images" | "series";

/** Mean Dice of the patients; or balanced accuracy of a label: the mean over its classes of the share of images that are said right, each patient counted once. */
export type ExperimentOutcome = "dice" | "balancedAccuracy";

/** One line of the table of an experiment. Scores in [0, 1], null while there is none. */
export interface ArmResult {
  arm: string;
  title: string;
  /** Images, or series, whose labels the training saw. */
  labelled: number;
  mean: number | null;
  /** Bounds of the interval of the mean. */
  low: number | null;
  high: number | null;
  seeds: { seed: number; score: number | null }[];
}

/** The same patients and seeds, judged with both arms. Differences of the outcome, arm minus reference. */
export interface ExperimentComparison {
  arm: string;
  title: string;
  reference: string;
  referenceTitle: string;
  labelled: number;
  /** What `labelled` counts. */
  unit: ExperimentUnit;
  outcome: ExperimentOutcome;
  gain: number;
  /** Interval of the paired bootstrap over patients and seeds. */
  low: number;
  high: number;
  confidence: number;
  /** "none": the interval holds 0. */
  verdict: "gain" | "loss" | "none";
  positiveSeeds: number;
  seeds: { seed: number; gain: number }[];
  /** Different ones that were judged. */
  patients: number;
}

export interface ExperimentReport {
  confidence: number;
  outcome: ExperimentOutcome;
  /** By number of labels, then arm. */
  results: ArmResult[];
  /** Each further arm against the first. */
  comparisons: ExperimentComparison[];
  curves: { arm: string; title: string; points: { labelled: number; mean: number; low: number; high: number }[] }[];
}

/** An experiment: its run says how far it is. */
export interface ExperimentRow {
  runId: number;
  createdAt: string;
  arms: ArmRow[];
  seeds: number[];
  labelled: number[];
  /** What `labelled` counts. */
  unit: ExperimentUnit;
  /** Label of whole images that is compared; null: outlines are. */
  label: { labelId: number; name: string } | null;
  folds: number;
  /** Updates of each training. */
  steps: number;
  /** Trainings that are done, of how many. */
  done: number;
  total: number;
}

export interface ExperimentDetail extends ExperimentRow {
  report: ExperimentReport;
}
