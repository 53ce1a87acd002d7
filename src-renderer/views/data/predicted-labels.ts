/** @file What models say of images under a label, as far as nobody has decided on it: to filter and to order by. */
import type { LabelProposalRow } from "../../../src-main/api/contract.ts";
import { valuesByFrame, type ValuesByFrame } from "./label-filter.ts";

const waiting = (rows: readonly LabelProposalRow[]): LabelProposalRow[] =>
  rows.filter(({ state }) => state === "pending");

/** The proposed values under one label. */
export function predictedValues(rows: readonly LabelProposalRow[], labelId: number): ValuesByFrame {
  return valuesByFrame(waiting(rows).filter((row) => row.labelId === labelId));
}

/** By frame how doubtful the most doubtful one is, 0 to 1. */
export type Doubts = ReadonlyMap<number, number>;
export const noDoubts: Doubts = new Map();

export function doubtsByFrame(rows: readonly LabelProposalRow[]): Doubts {
  const doubts = new Map<number, number>();
  for (const { frameId, doubt } of waiting(rows)) doubts.set(frameId, Math.max(doubt, doubts.get(frameId) ?? 0));
  return doubts;
}
