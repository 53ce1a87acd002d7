/** @file One list of what waits and what was decided: proposals with what the review knows of those that wait. */
import type { ProposalRow, ReviewChange, ReviewItem } from "../../../src-main/api/contract.ts";

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

/** `rows` with those of some frames in place of what they were: what waits where its score belongs, what was decided behind it. */
export function withChange(
  rows: readonly QueueRow[],
  { items, proposals }: Pick<ReviewChange, "items" | "proposals">,
  frameIds: readonly number[],
): QueueRow[] {
  const changed = new Set(frameIds);
  const merged = rows.filter(({ frameId }) => !changed.has(frameId));
  const itemOf = new Map(items.map((item) => [item.proposalId, item]));
  for (const row of proposals) {
    const whole: QueueRow = { ...row, item: itemOf.get(row.proposalId) ?? null };
    const place = merged.findIndex((other) => comesBefore(whole, other));
    merged.splice(place < 0 ? merged.length : place, 0, whole);
  }
  return merged;
}

/** As the app orders the queue, and as `queueRows` puts the rest behind it. */
function comesBefore(row: QueueRow, other: QueueRow): boolean {
  if ((row.item === null) !== (other.item === null)) return row.item !== null;
  const by =
    row.item === null || other.item === null
      ? []
      : [row.item.score - other.item.score, other.item.doubt - row.item.doubt];
  if (row.item === null) by.push(row.expectedDice - other.expectedDice);
  return ([...by, row.proposalId - other.proposalId].find((order) => order !== 0) ?? 0) < 0;
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
