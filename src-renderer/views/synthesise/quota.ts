/** @file How many pairs are asked for, and how many of them for each class. */
import type { GeneratorRow, GradeSources } from "../../../src-main/api/contract.ts";

/** Times the images that the generator learned from, or a number. */
export const amounts = ["1", "2", "4", "other"] as const;
export type Amount = (typeof amounts)[number];

/** As in `SynthesisRequest`. */
export const MOST_PAIRS = 10_000;

export function countOf(amount: Amount, sources: number, own: number | null): number | null {
  if (amount !== "other") return Math.min(MOST_PAIRS, Number(amount) * sources);
  return own !== null && Number.isInteger(own) && own >= 1 && own <= MOST_PAIRS ? own : null;
}

/** What is typed for each class; null: an empty field. */
export type QuotaFields = Readonly<Record<number, number | null | undefined>>;

/** Of classes that the generator has masks of; empty fields and zeros are left out. */
export function quotaOf(fields: QuotaFields, { classes, sourcesOfClass }: GeneratorRow): Record<number, number> {
  return Object.fromEntries(
    classes
      .map(({ value }) => [value, fields[value] ?? 0] as const)
      .filter(([value, count]) => count > 0 && (sourcesOfClass[value] ?? 0) > 0),
  );
}

/** Pairs that come from all masks in turn; negative: more are asked for than there are pairs. */
export function restOf(count: number, quota: Readonly<Record<number, number>>): number {
  return Object.values(quota).reduce((rest, each) => rest - each, count);
}

/** What is typed for each class or grade of a label; null: an empty field. */
export type GradeFields = Readonly<Record<string, number | null | undefined>>;

/** Of grades that there is a mask of; empty fields and zeros are left out. */
export function gradeQuotaOf(fields: GradeFields, { grades }: Pick<GradeSources, "grades">): Record<string, number> {
  return Object.fromEntries(
    grades
      .filter(({ said, predicted }) => said + predicted > 0)
      .map(({ grade }) => [grade, fields[grade] ?? 0] as const)
      .filter(([, count]) => count > 0),
  );
}

/** As many pairs of each grade as it has fewer masks than the one with most. */
export function balanced({ grades }: Pick<GradeSources, "grades">): Record<string, number> {
  const most = Math.max(...grades.map(({ said, predicted }) => said + predicted));
  return Object.fromEntries(
    grades.flatMap(({ grade, said, predicted }) => {
      const own = said + predicted;
      return own > 0 && own < most ? [[grade, most - own]] : [];
    }),
  );
}
