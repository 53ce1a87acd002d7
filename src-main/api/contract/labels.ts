/** @file What is said of whole images and patients. */
export type { LabelTarget } from "../../methods/index.ts";

/** What is said of whole images or patients, each by one value. */
export interface LabelDefinition {
  labelId: number;
  name: string;
  /** One of some classes; one of ordered classes, the lowest first; a number. */
  kind: "class" | "grade" | "number";
  /** "patient": one value for all images of a case. */
  scope: "image" | "patient";
  /** Of classes and grades, in their order; empty for numbers. */
  options: string[];
  /** Of grades: those from which on something is done, as referral or treatment ("2 or higher"), lowest first; empty for others. Never the lowest grade. */
  thresholds: string[];
  /** Of numbers. */
  unit: string | null;
  minimum: number | null;
  maximum: number | null;
}

/** A class or grade by its name, or a number; null: nothing is said. */
export type LabelValue = string | number;

export interface LabelHistory {
  canUndo: boolean;
  canRedo: boolean;
}

/** A step through the history of labels. */
export interface LabelStep extends LabelHistory {
  labelId: number;
  /** A frame that the step changed: the first one. */
  frameId: number;
  /** How many images or patients it changed. */
  changed: number;
}
