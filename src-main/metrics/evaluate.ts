/**
 * @file Judges a predicted label map against the ground truth, class by class.
 */
import type { LabelMap, PixelSpacing } from "../voxels/index.ts";
import { countOverlap, diceOf, iouOf } from "./overlap.ts";
import { assdOf, hausdorff95Of, surfaceDistances } from "./surface-distance.ts";

/**
 * Measures of one class on one image. null = not defined there, never a made-up number: dice and iou when the class is
 * absent from both; hd95 and assd when it is absent from either. Leave nulls out of a mean and report how many they are.
 */
export interface ClassScores {
  /** Class value in the label maps. */
  value: number;
  dice: number | null;
  iou: number | null;
  /** In `unit`. */
  hd95: number | null;
  /** In `unit`. */
  assd: number | null;
  /** mm when the spacing is known, else px. */
  unit: "mm" | "px";
}

export interface EvaluateOptions {
  /** Class values to judge, background excluded. */
  classes: readonly number[];
  /** Of both maps; null = not known: distances are in pixels. */
  spacing: PixelSpacing | null;
}

/** Scores in the order of `classes`. Throws `RangeError` when the sizes differ. */
export function evaluateLabelMaps(
  prediction: LabelMap,
  truth: LabelMap,
  { classes, spacing }: EvaluateOptions,
): ClassScores[] {
  if (prediction.width !== truth.width || prediction.height !== truth.height) {
    throw new RangeError(
      `evaluate: the prediction is ${prediction.width} x ${prediction.height}, ` +
        `the ground truth ${truth.width} x ${truth.height}.`,
    );
  }
  return classes.map((value) => {
    const predicted = prediction.data.map((label) => (label === value ? 1 : 0));
    const actual = truth.data.map((label) => (label === value ? 1 : 0));
    const overlap = countOverlap(predicted, actual);
    const distances = surfaceDistances(predicted, actual, {
      shape: [truth.height, truth.width],
      ...(spacing === null ? {} : { spacing: [spacing.y, spacing.x] }),
    });
    return {
      value,
      dice: diceOf(overlap),
      iou: iouOf(overlap),
      hd95: distances === null ? null : hausdorff95Of(distances),
      assd: distances === null ? null : assdOf(distances),
      unit: spacing === null ? "px" : "mm",
    };
  });
}

/** Mean over the defined values and how many they are; mean is null when none is. */
export function meanOfDefined(values: readonly (number | null)[]): { mean: number | null; count: number } {
  const defined = values.filter((value) => value !== null);
  const sum = defined.reduce((total, value) => total + value, 0);
  return { mean: defined.length === 0 ? null : sum / defined.length, count: defined.length };
}
