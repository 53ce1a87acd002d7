import { expect, test } from "vitest";
import type { ProposalRow } from "../../../src-main/api/contract.ts";
import { filterQueue } from "./queue-filter.ts";

const row = (proposalId: number, state: ProposalRow["state"]): ProposalRow => ({
  proposalId,
  frameId: 100 + proposalId,
  modelId: 1,
  state,
  expectedDice: 0.5,
});
const rows = [row(1, "pending"), row(2, "accepted"), row(3, "pending"), row(4, "rejected")];
const frameOf = (frameId: number) =>
  frameId === 104 ? undefined : { name: `slice_${frameId}`, caseName: `P0${frameId % 2}` };
const ids = (filter: Parameters<typeof filterQueue>[1]) =>
  filterQueue(rows, filter, frameOf).map(({ proposalId }) => proposalId);

test("the order of the queue stays", () => {
  expect(ids({ state: "pending", text: "" })).toEqual([1, 3]);
  expect(ids({ state: "all", text: "" })).toEqual([1, 2, 3, 4]);
});

test("names of patients and images are searched in any case; what has no image is not found", () => {
  expect(ids({ state: "all", text: " p01 " })).toEqual([1, 3]);
  expect(ids({ state: "all", text: "SLICE_102" })).toEqual([2]);
  expect(ids({ state: "all", text: "104" })).toEqual([]);
});
