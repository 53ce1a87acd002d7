/** @file Which proposals the review queue lists. */
import type { FrameRow, ProposalRow, ProposalState } from "../../../src-main/api/contract.ts";

export interface QueueFilter {
  state: ProposalState | "all";
  /** Part of the name of a patient or an image, in any case. */
  text: string;
}

/** In the order of `rows`. */
export function filterQueue<Row extends ProposalRow>(
  rows: readonly Row[],
  { state, text }: QueueFilter,
  frameOf: (frameId: number) => Pick<FrameRow, "name" | "caseName"> | undefined,
): Row[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter((row) => {
    if (state !== "all" && row.state !== state) return false;
    if (wanted === "") return true;
    const frame = frameOf(row.frameId);
    return frame !== undefined && `${frame.caseName} ${frame.name}`.toLowerCase().includes(wanted);
  });
}
