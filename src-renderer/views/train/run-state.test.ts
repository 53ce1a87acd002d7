import { expect, it } from "vitest";
import type { RunRow } from "../../../src-main/api/contract.ts";
import { inQueueOrder } from "./run-state.ts";

const run = (runId: number, state: RunRow["state"], queuePosition: number | null = null) =>
  ({ runId, state, queuePosition }) as RunRow;

it("what computes stands first, then the queue in its order, then what is paused; what has ended is left out", () => {
  const runs = [
    run(6, "queued", 1),
    run(5, "paused"),
    run(4, "queued", 2),
    run(3, "running"),
    run(2, "done"),
    run(1, "paused"),
  ];
  expect(inQueueOrder(runs).map(({ runId }) => runId)).toEqual([3, 6, 4, 1, 5]);
});
