/** @file Which proposals the review queue lists. */
import type { FrameRow, ProposalState } from "../../../src-main/api/contract.ts";
import type { QueueRow } from "./queue-rows.ts";

export interface QueueFilter {
  state: ProposalState | "all";
  /** Part of the name of a patient or an image, in any case. */
  text: string;
  /** Of what waits only proposals that show the class or have a flag for it; null: all. */
  classValue: number | null;
}

export const PENDING: QueueFilter = { state: "pending", text: "", classValue: null };

/** In the order of `rows`. */
export function filterQueue(
  rows: readonly QueueRow[],
  { state, text, classValue }: QueueFilter,
  frameOf: (frameId: number) => Pick<FrameRow, "name" | "caseName"> | undefined,
): QueueRow[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter((row) => {
    if (state !== "all" && row.state !== state) return false;
    if (state === "pending" && classValue !== null && !concerns(row, classValue)) return false;
    if (wanted === "") return true;
    const frame = frameOf(row.frameId);
    return frame !== undefined && `${frame.caseName} ${frame.name}`.toLowerCase().includes(wanted);
  });
}

/** Without a record nobody knows: it is listed. */
function concerns({ item }: QueueRow, classValue: number): boolean {
  if (item === null || item.classes === null) return true;
  return item.classes.includes(classValue) || item.flags.some(({ value }) => value === classValue);
}
