/** @file Cases out of frames, and how many of them to put where. */
import type { FrameRow, Split } from "../../../src-main/api/contract.ts";

export interface CaseRow {
  caseId: number;
  name: string;
  split: Split | null;
  frames: number;
  annotated: number;
}

export function casesOf(frames: readonly FrameRow[]): CaseRow[] {
  const cases = new Map<number, CaseRow>();
  for (const { caseId, caseName, split, annotation } of frames) {
    const row = cases.get(caseId) ?? { caseId, name: caseName, split, frames: 0, annotated: 0 };
    row.frames++;
    if (annotation !== null) row.annotated++;
    cases.set(caseId, row);
  }
  return [...cases.values()];
}

/** Three fifths to learn from, a fifth each to choose and to judge the model by; at least one each from three on. */
export function suggestCounts(annotatedCases: number): { train: number; val: number; test: number } {
  if (annotatedCases < 3) return { train: annotatedCases, val: 0, test: 0 };
  const fifth = Math.max(1, Math.round(annotatedCases / 5));
  return { train: annotatedCases - 2 * fifth, val: fifth, test: fifth };
}
