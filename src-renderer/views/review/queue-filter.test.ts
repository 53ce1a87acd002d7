import { expect, test } from "vitest";
import type { ReviewItem } from "../../../src-main/api/contract.ts";
import { filterQueue, PENDING, type QueueFilter } from "./queue-filter.ts";
import type { QueueRow } from "./queue-rows.ts";

const row = (
  proposalId: number,
  state: QueueRow["state"],
  known: Pick<ReviewItem, "classes" | "flags"> | null = null,
): QueueRow => {
  const listed = { proposalId, frameId: 100 + proposalId, modelId: 1, state, expectedDice: 0.5 };
  const item =
    known === null
      ? null
      : { ...listed, rank: 1, score: 0.5, estimatedDice: null, disagreement: null, doubt: 0, isAudit: false, ...known };
  return { ...listed, item };
};
const rows = [
  row(1, "pending", { classes: [1], flags: [] }),
  row(2, "accepted"),
  row(3, "pending", { classes: [1, 2], flags: [] }),
  row(4, "rejected"),
  row(5, "pending", { classes: [1], flags: [{ kind: "missing", value: 2 }] }),
  row(6, "pending", { classes: null, flags: [] }),
];
const frameOf = (frameId: number) =>
  frameId === 104 ? undefined : { name: `slice_${frameId}`, caseName: `P0${frameId % 2}` };
const ids = (filter: Partial<QueueFilter>) =>
  filterQueue(rows, { ...PENDING, ...filter }, frameOf).map(({ proposalId }) => proposalId);

test("the order of the queue stays", () => {
  expect(ids({})).toEqual([1, 3, 5, 6]);
  expect(ids({ state: "all" })).toEqual([1, 2, 3, 4, 5, 6]);
});

test("names of patients and images are searched in any case; what has no image is not found", () => {
  expect(ids({ state: "all", text: " p01 " })).toEqual([1, 3, 5]);
  expect(ids({ state: "all", text: "SLICE_102" })).toEqual([2]);
  expect(ids({ state: "all", text: "104" })).toEqual([]);
});

test("a class is asked for where it is shown, is missing, or nobody knows", () => {
  expect(ids({ classValue: 2 })).toEqual([3, 5, 6]);
  expect(ids({ classValue: 3 })).toEqual([6]);
  expect(ids({ state: "accepted", classValue: 3 })).toEqual([2]);
});
