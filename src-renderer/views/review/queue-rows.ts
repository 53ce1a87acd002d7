/** @file One list of what waits and what was decided: proposals with what the review knows of those that wait. */
import type { ProposalRow, ReviewItem } from "../../../src-main/api/contract.ts";

export interface QueueRow extends ProposalRow {
  /** null: decided about, or not ranked yet. */
  item: ReviewItem | null;
}

/** What waits first, the worst in front; then the rest in the order of `proposals`. */
export function queueRows(proposals: readonly ProposalRow[], items: readonly ReviewItem[]): QueueRow[] {
  const rowOf = new Map(proposals.map((row) => [row.proposalId, row]));
  const waiting = items.flatMap((item): QueueRow[] => {
    const row = rowOf.get(item.proposalId);
    rowOf.delete(item.proposalId);
    return row === undefined ? [] : [{ ...row, item }];
  });
  return [...waiting, ...[...rowOf.values()].map((row) => ({ ...row, item: null }))];
}

/** The number that the row is listed with, and what it is. */
export function scoreOf({ item, expectedDice }: QueueRow): {
  value: number;
  kind: "estimated" | "uncalibrated" | "expected";
} {
  if (item === null) return { value: expectedDice, kind: "expected" };
  if (item.estimatedDice !== null) return { value: item.estimatedDice, kind: "estimated" };
  return { value: item.score, kind: "uncalibrated" };
}
