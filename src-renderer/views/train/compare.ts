/** @file Trainings side by side: their curves in one plot, and in what they differ. */
import type { MetricPoint, RunHistoryRow, RunRow, SettingValue } from "../../../src-main/api/contract.ts";
import { type Curves, curvesOfSeries, familyOf } from "./curves.ts";
import { differingKeys } from "./settings.ts";

export interface ComparedRun {
  run: RunRow;
  row: RunHistoryRow;
  /** Name of its model, or "Run 3". */
  name: string;
  points: readonly MetricPoint[];
}

/** Figures that any of the runs has, the validation figures first. Shares of searched cells are shown by themselves. */
export function figuresOf(runs: readonly ComparedRun[]): string[] {
  const names = [...new Set(runs.flatMap(({ points }) => points.map(({ name }) => name)))];
  const curves = names.filter((name) => familyOf(name) !== "search");
  // Spaces come before letters.
  const rank = (name: string): string =>
    familyOf(name) === "validation" ? `  ${name}` : name === "loss" ? ` ${name}` : name;
  return curves.toSorted((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** One curve for each run, in the order of the runs, named by its id. */
export function comparedCurves(runs: readonly ComparedRun[], figure: string): Curves {
  return curvesOfSeries(
    runs.map(({ run, points }) => ({
      name: String(run.runId),
      points: points.filter(({ name, value }) => name === figure && Number.isFinite(value)),
    })),
  );
}

export interface SettingComparison {
  key: string;
  /** In the order of the runs; null where a run's method does not have it. */
  values: (SettingValue | null)[];
}

/** Settings in which the runs differ, and those in which they do not. */
export function compareSettings(runs: readonly Pick<RunRow, "settings">[]): {
  different: SettingComparison[];
  same: SettingComparison[];
} {
  const all = runs.map(({ settings }) => settings);
  const differing = new Set(differingKeys(all));
  const rows = [...new Set(all.flatMap((settings) => Object.keys(settings)))].map((key): SettingComparison => {
    return { key, values: all.map((settings) => settings[key] ?? null) };
  });
  return {
    different: rows.filter(({ key }) => differing.has(key)),
    same: rows.filter(({ key }) => !differing.has(key)),
  };
}
