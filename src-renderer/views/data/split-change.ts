/** @file Cases put into a split together. */
import type { FrameRow, Split } from "../../../src-main/api/contract.ts";

export type SplitChange = { split: Split | null; caseIds: number[] }[];

export function countCases(frames: readonly FrameRow[]): number {
  return new Set(frames.map(({ caseId }) => caseId)).size;
}

/** What puts the cases of `frames` into `split`, and how many cases it moves. */
export function splitChange(frames: readonly FrameRow[], split: Split): { change: SplitChange; cases: number } {
  const before = new Map(frames.map((frame) => [frame.caseId, frame.split]));
  const moved = [...before].filter(([, present]) => present !== split);
  return { change: [{ split, caseIds: moved.map(([caseId]) => caseId) }], cases: moved.length };
}
