/** @file Cases put into a split together, and the way back. */
import type { FrameRow, Split } from "../../../src-main/api/contract.ts";

export type SplitChange = { split: Split | null; caseIds: number[] }[];

export function countCases(frames: readonly FrameRow[]): number {
  return new Set(frames.map(({ caseId }) => caseId)).size;
}

/** What puts the cases of `frames` into `split`, what takes that back, and how many cases it moves. */
export function splitChange(
  frames: readonly FrameRow[],
  split: Split,
): { change: SplitChange; undo: SplitChange; cases: number } {
  const before = new Map(frames.map((frame) => [frame.caseId, frame.split]));
  const moved = [...before].filter(([, present]) => present !== split);
  const idsOf = (cases: typeof moved): number[] => cases.map(([caseId]) => caseId);
  const undo = [...Map.groupBy(moved, ([, present]) => present)].map(([present, cases]) => ({
    split: present,
    caseIds: idsOf(cases),
  }));
  return { change: [{ split, caseIds: idsOf(moved) }], undo, cases: moved.length };
}
