import { expect, test } from "vitest";
import type { ProposalRow, ReviewItem } from "../../../src-main/api/contract.ts";
import { queueRows, scoreOf } from "./queue-rows.ts";

const row = (proposalId: number, state: ProposalRow["state"] = "pending"): ProposalRow => ({
  proposalId,
  frameId: 100 + proposalId,
  modelId: 1,
  state,
  expectedDice: 0.1 * proposalId,
});
const item = (proposalId: number, estimatedDice: number | null): ReviewItem => ({
  ...row(proposalId),
  rank: 1,
  score: 0.4,
  estimatedDice,
  flags: [],
  classes: null,
  disagreement: null,
  isAudit: false,
});

test("what waits comes in the order of the review, then what was decided", () => {
  const rows = queueRows([row(1, "accepted"), row(2), row(3), row(4)], [item(3, 0.5), item(2, 0.6), item(9, 0.7)]);
  expect(rows.map(({ proposalId, item }) => [proposalId, item !== null])).toEqual([
    [3, true],
    [2, true],
    [1, false],
    [4, false],
  ]);
});

test("a score says what it is", () => {
  const [estimated, uncalibrated, listed] = queueRows([row(1), row(2), row(3)], [item(1, 0.5), item(2, null)]);
  expect(scoreOf(estimated!)).toEqual({ value: 0.5, kind: "estimated" });
  expect(scoreOf(uncalibrated!)).toEqual({ value: 0.4, kind: "uncalibrated" });
  expect(scoreOf(listed!).kind).toBe("expected");
});
