/** @file One row for each training of an experiment, kept in a JSON file: a run that was cut off goes on where it was. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { ArmPainter } from "../../src-main/experiments/index.ts";
import type { SettingValue } from "../../src-main/methods/index.ts";
import type { PaintingQuality } from "./painting-quality.ts";

export interface ExperimentRowOut {
  experiment: string;
  /** "heart-phantom", or the name of the folder. */
  data: string;
  arm: string;
  method: string;
  settings: Record<string, SettingValue>;
  /** Who painted pairs for it, if anybody, and what these were worth as pictures. */
  painter?: ArmPainter;
  painting?: PaintingQuality;
  seed: number;
  fold: number;
  /** Images whose labels were seen, of `trainable` annotated ones that were not kept for judging. */
  labelled: number;
  trainable: number;
  /** Mean over patients and classes. */
  dice: number;
  /** Of each patient that was judged on: mean over the classes. */
  patients: { patient: number; dice: number }[];
  classes: { value: number; dice: number }[];
  /**
   * What the model's own expectation is worth for a review, over the test images: Spearman's correlation with the Dice, area under the risk-coverage
   * curve, share of the images with a Dice below 0.7 in the first fifth of the queue. null: not defined. Rows of earlier versions have none.
   */
  review?: { spearman: number | null; riskCoverageArea: number; poorFoundEarly: number | null };
  /** Training and judging. */
  seconds: number;
  device: string;
  machine: string;
  /** Of the end, ISO 8601. */
  date: string;
  scores: { caseId: number; classValue: number; dice: number }[];
}

export function readRows(path: string | undefined): ExperimentRowOut[] {
  return path === undefined || !existsSync(path) ? [] : (JSON.parse(readFileSync(path, "utf8")) as ExperimentRowOut[]);
}

/** Never half a file. */
export function writeRows(path: string | undefined, rows: readonly ExperimentRowOut[]): void {
  if (path === undefined) return;
  writeFileSync(`${path}.new`, `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`);
  renameSync(`${path}.new`, path);
}

/** The row of a training that was done before with the same settings. Throws where the settings were others. */
export function findRow(
  rows: readonly ExperimentRowOut[],
  wanted: Pick<ExperimentRowOut, "experiment" | "data" | "arm" | "seed" | "fold" | "labelled" | "settings" | "painter">,
): ExperimentRowOut | undefined {
  const row = rows.find((one) =>
    (["experiment", "data", "arm", "seed", "fold", "labelled"] as const).every((key) => one[key] === wanted[key]),
  );
  const settingsOf = ({ settings, painter }: typeof wanted): string => JSON.stringify([settings, painter]);
  if (row !== undefined && settingsOf(row) !== settingsOf(wanted)) {
    throw new Error(
      `The file holds ${wanted.data}, ${wanted.arm}, seed ${wanted.seed} with other settings: give another file to --json.`,
    );
  }
  return row;
}
