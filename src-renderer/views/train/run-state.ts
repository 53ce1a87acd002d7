/** @file What may be done with a run in its state. */
import type { RunRow } from "../../../src-main/api/contract.ts";

/** It waits, or computes. */
export const isActive = ({ state }: RunRow): boolean => state === "running" || state === "queued";

/** It can go on from its last checkpoint. */
export const isResumable = ({ state }: RunRow): boolean =>
  state === "interrupted" || state === "cancelled" || state === "paused" || state === "failed";

/** What computes, then what waits in its order, then what is paused. */
export function inQueueOrder(runs: readonly RunRow[]): RunRow[] {
  const order: RunRow["state"][] = ["running", "queued", "paused"];
  return runs
    .filter(({ state }) => order.includes(state))
    .toSorted(
      (a, b) =>
        order.indexOf(a.state) - order.indexOf(b.state) ||
        (a.queuePosition ?? 0) - (b.queuePosition ?? 0) ||
        a.runId - b.runId,
    );
}
