/** @file Metric points as aligned columns: what a plot draws and what stands beside it as text. */
import type { JudgedBy, MetricPoint } from "../../../src-main/api/contract.ts";

export interface Curves {
  steps: number[];
  series: { name: string; values: (number | null)[]; last: number }[];
}

export type CurveFamily = "losses" | "validation" | "search";

/** Validation figures are named as such, those of a search are no curves (cells.ts); all others are losses. */
export function familyOf(name: string): CurveFamily {
  if (name.startsWith("share/") || name === "searchStopped") return "search";
  return name.startsWith("validation") ? "validation" : "losses";
}

/** Figures that lie in [0, 1], by their nature: higher ones are better. */
export function isShare(name: string): boolean {
  return /dice|iou/i.test(name);
}

/** One column per name, null where it has no value at a step. A later point replaces an earlier one of its step. */
export function curvesOf(points: readonly MetricPoint[], family: CurveFamily): Curves {
  const wanted = points.filter(({ name, value }) => familyOf(name) === family && Number.isFinite(value));
  // A fixed order keeps each curve its color from run to run; the total stands first.
  const rank = (name: string): string => (name === "loss" ? "" : name);
  const names = [...new Set(wanted.map(({ name }) => name))].toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return curvesOfSeries(names.map((name) => ({ name, points: wanted.filter((point) => point.name === name) })));
}

/** Curves on common steps, in the order given; those without a point are left out. */
export function curvesOfSeries(
  named: readonly { name: string; points: readonly Pick<MetricPoint, "step" | "value">[] }[],
): Curves {
  const steps = [...new Set(named.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b);
  const rowOf = new Map(steps.map((step, row) => [step, row]));
  const series = named
    .filter(({ points }) => points.length > 0)
    .map(({ name, points }) => {
      const values = new Array<number | null>(steps.length).fill(null);
      for (const { step, value } of points) values[rowOf.get(step)!] = value;
      return { name, values, last: values.findLast((value) => value !== null) ?? NaN };
    });
  return { steps, series };
}

/** The value of a row, or the last one before it; null if there is none. */
export function latestAt(values: readonly (number | null)[], row: number): number | null {
  return values.slice(0, row + 1).findLast((value) => value !== null) ?? null;
}

/** The best value of a figure with its step; null while there is none. */
export function bestOf(points: readonly MetricPoint[], { figure, better }: JudgedBy): MetricPoint | null {
  const values = points.filter((point) => point.name === figure && Number.isFinite(point.value));
  const sign = better === "higher" ? 1 : -1;
  return values.reduce<MetricPoint | null>(
    (best, point) => (best === null || sign * (point.value - best.value) > 0 ? point : best),
    null,
  );
}

/** Zero and less have no logarithm: they are left out, not moved. */
export function drawableOnLog(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}

/** Ends of a logarithmic axis: the next values with one digit other than zero, 0.42 and 17 -> 0.4 and 20. Of no values: 0.1 and 1. */
export function logRange(low: number, high: number): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low <= 0) return [0.1, 1];
  const size = (value: number): number => 10 ** Math.floor(Math.log10(value));
  const start = Math.floor(low / size(low)) * size(low);
  const end = Math.ceil(high / size(high)) * size(high);
  return [start, end > start ? end : 2 * start];
}

/** "validationDice" and "validation/dice" -> "Validation Dice". */
export function readableName(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[/_.-]+/g, " ")
    .toLowerCase()
    .replace(/\bdice\b/g, "Dice")
    .replace(/\bl1\b/g, "L1");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
