/** @file Metric points as aligned columns: what a plot draws and what stands beside it as text. */
import type { MetricPoint } from "../../../src-main/api/contract.ts";

export interface Curves {
  steps: number[];
  series: { name: string; values: (number | null)[]; last: number }[];
}

export type CurveFamily = "losses" | "dice";

/** Validation figures are named as such and lie in [0, 1]; all other curves are losses. */
export function familyOf(name: string): CurveFamily {
  return /^val/i.test(name) && /dice|iou/i.test(name) ? "dice" : "losses";
}

/** One column per name, null where it has no value at a step. A later point replaces an earlier one of its step. */
export function curvesOf(points: readonly MetricPoint[], family: CurveFamily): Curves {
  const wanted = points.filter(({ name, value }) => familyOf(name) === family && Number.isFinite(value));
  const steps = [...new Set(wanted.map(({ step }) => step))].sort((a, b) => a - b);
  const rowOf = new Map(steps.map((step, row) => [step, row]));
  const columns = new Map<string, (number | null)[]>();
  for (const { step, name, value } of wanted) {
    let values = columns.get(name);
    if (values === undefined) columns.set(name, (values = new Array<number | null>(steps.length).fill(null)));
    values[rowOf.get(step)!] = value;
  }
  // A fixed order keeps each curve its color from run to run; the total stands first.
  const rank = (name: string): string => (name === "loss" ? "" : name);
  const ordered = [...columns].sort(([a], [b]) => (rank(a) < rank(b) ? -1 : 1));
  const series = ordered.map(([name, values]) => ({
    name,
    values,
    last: values.findLast((value) => value !== null) ?? NaN,
  }));
  return { steps, series };
}

/** "validationDice" and "validation/dice" -> "Validation Dice". */
export function readableName(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[/_.-]+/g, " ")
    .toLowerCase()
    .replace(/\bdice\b/g, "Dice");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
