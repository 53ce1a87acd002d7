/** @file What models say of whole images: proposals for a person to decide on, and how good a model is. */
import type { GradedImage, LabelAnswer } from "../../methods/index.ts";
import type { ZeroPolicy } from "../../metrics/index.ts";
import type { LabelDefinition, LabelValue } from "./labels.ts";
import type { Split } from "./splits.ts";
export type { ImageRectangle, LabelAnswer, SampleSpread } from "../../methods/index.ts";
export type { ZeroPolicy } from "../../metrics/index.ts";

export type LabelProposalState = "pending" | "accepted" | "changed" | "rejected";

/** A class, grade or number that a model says of an image. It becomes a label by a person's decision alone. */
export interface LabelProposalRow {
  proposalId: number;
  frameId: number;
  labelId: number;
  modelId: number;
  runId: number;
  state: LabelProposalState;
  value: LabelValue;
  /** Of a class: how likely it is right by the model's own account; null for numbers. */
  probability: number | null;
  /** Of classes 0 (sure) to 1; of numbers the standard deviation between samples, in their unit. */
  uncertainty: number;
  /** 0 to 1, by which lists are ordered: of classes 1 - probability; of numbers the uncertainty beside the largest of those that are listed. */
  doubt: number;
  /** "threshold": the grades that hold 90 % of the probability lie on both sides of a threshold of the label; "split": fewer than 70 % of the samples chose it; "looks": the look at the whole and the close looks chose different classes; "guess": the samples came to another class than both looks together; "patient": of a label of patients, another image of the patient was said to be of another class. */
  flags: ("threshold" | "split" | "looks" | "guess" | "patient")[];
  /** What a person made of it; null while it waits. `isUnseen`: it was accepted with others, without a look. */
  decided: { value: LabelValue | null; isUnseen: boolean; at: string } | null;
}

export interface LabelProposalDetail extends LabelProposalRow {
  createdAt: string;
  /** `probabilities`, `votes`, `expected` and `likely` count places among `options`. */
  answer: LabelAnswer;
  options: string[];
  unit: string | null;
  /** Where the model looked, in pixels of the image: see GradedImage of methods/grading/label-target.ts. */
  evidence: Omit<GradedImage, "answers">;
  method: string;
  seed: number;
}

/** A proposal with all that its samples tell. */
export interface LabelReadOut extends LabelProposalRow {
  fileName: string;
  caseName: string;
  /** As the model was told: the label may have another name or other classes by now. */
  label: string;
  kind: LabelDefinition["kind"];
  options: string[];
  /** Of the label as it is now. */
  thresholds: string[];
  unit: string | null;
  /** How often the image was asked. */
  samples: number;
  looks: GradedImage["looks"];
  /** Counts places among `options`. */
  answer: LabelAnswer;
}

/** Whether proposals of a model may be accepted unseen: what the validation images prove of those above a probability. */
export interface LabelCondition {
  modelId: number;
  labelId: number;
  /** From this probability on so many were right that it is proven; null: from none. */
  threshold: number | null;
  /** Patients of the validation split that were judged, of whom images are above the threshold, and of whom one of these was wrong. */
  judged: number;
  above: number;
  wrong: number;
  /** Share that must be right, with 95 % confidence. */
  neededShare: number;
}

export interface LabelAcceptance {
  accepted: number;
  /** Of those above the limit: flagged ones are looked at by a person. */
  flagged: number;
}

/** A share of images with its 95 % interval (Clopper & Pearson 1934), of as many images as those of so many patients amount to (Kish 1965): a patient's are taken as alike. */
export interface Share {
  value: number;
  low: number;
  high: number;
}

/** How a model did on one label of the images of a split. */
export interface LabelEvaluation {
  modelId: number;
  split: Split;
  runId: number;
  label: LabelDefinition;
  images: number;
  /** Images of which the model said nothing finite; in no figure. */
  excluded: number;
  patients: number;
  /** Set for classes and grades, else null. */
  classes: ClassEvaluation | null;
  /** Set for numbers, else null. */
  numbers: NumberEvaluation | null;
  rows: { frameId: number; fileName: string; caseName: string; truth: LabelValue; answer: LabelAnswer }[];
}

export interface ClassEvaluation {
  /** Of the model, in its order: places of matrix and probabilities. Behind them `unknown`. */
  options: string[];
  /** Classes of the truth that the model never learned: it is wrong on all their images. */
  unknown: { option: string; images: number }[];
  accuracy: Share;
  balancedAccuracy: number;
  /** Over the classes that occur in truth or answers. */
  macroF1: number;
  /** One against the rest, mean over the classes where it is defined; null where it is for none. */
  auc: number | null;
  /** Of grades: null for classes without order, where truth and answer are one class throughout, and with `unknown` ones, which have no place in the order. */
  quadraticKappa: number | null;
  /** Of grades: how many grades answer and truth lie apart, on average; null for classes without order, and with `unknown` ones. */
  gradeError: number | null;
  /** Rows truth, columns answer. */
  matrix: number[][];
  perClass: {
    option: string;
    images: number;
    sensitivity: Share | null;
    specificity: Share | null;
    precision: number | null;
    f1: number | null;
    auc: number | null;
  }[];
  /** Of grades with thresholds: those at or above each against the rest, by the grade that is proposed; of images whose grades the label still has. */
  thresholds: ThresholdEvaluation[];
  /** Expected calibration error over `bins`. */
  ece: number;
  bins: { low: number; high: number; count: number; confidence: number | null; accuracy: number | null }[];
  /** The class with the most images: what accuracy is without looking. */
  majority: { option: string; share: number };
}

export interface ThresholdEvaluation {
  /** The lowest grade at the threshold. */
  option: string;
  /** Whose truth is at or above it, and of how many. */
  images: number;
  of: number;
  sensitivity: Share | null;
  specificity: Share | null;
  /** Of the probability of this grade or a higher one; null where all truths are on one side. */
  auc: number | null;
}

export interface NumberEvaluation {
  unit: string | null;
  mse: number;
  rmse: number;
  mae: number;
  /** Percent, over `relative.used` images; null where they are refused, or not defined: then `relative` says why. `zeros`: images whose truth is 0. */
  mape: number | null;
  medianRelativeError: number | null;
  zeros: number;
  /** How relative errors are formed. `refused`: "sign": truths lie below 0, or the label allows it; "scale": the unit has no fixed zero (°C, logarithms). */
  relative: { policy: ZeroPolicy; used: number; refused: "sign" | "scale" | null };
  /** null for one image; 0 with `isDegenerate` where all truths are the same. */
  r2: number | null;
  isDegenerate: boolean;
  /** null where either side is constant. Below 10 images it says little. */
  pearson: number | null;
  /** 95 % intervals by resampling patients with all their images; null for fewer than 2, and of what is not defined for most of the samples. */
  intervals: {
    mse: [number, number];
    rmse: [number, number];
    mae: [number, number];
    mape: [number, number] | null;
    medianRelativeError: [number, number] | null;
    r2: [number, number] | null;
    pearson: [number, number] | null;
  } | null;
  /** Bland & Altman 1986: answer less truth, mean and mean ± 1.96 deviations. `points`: mean of both, and difference. */
  blandAltman: { bias: number; low: number; high: number; points: { mean: number; difference: number }[] };
}
