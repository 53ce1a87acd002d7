import { describe, expect, test } from "vitest";
import type { ProposalRow, ReviewItem } from "../../../src-main/api/contract.ts";
import { queueRows, scoreOf, withChange } from "./queue-rows.ts";

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
  doubt: 0,
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

describe("a change of some images' proposals", () => {
  const scored = (proposalId: number, score: number, doubt = 0): ReviewItem => ({
    ...item(proposalId, score),
    score,
    doubt,
  });
  const rows = queueRows(
    [row(1), row(2), row(3), row(4, "rejected")],
    [scored(1, 0.2), scored(2, 0.4), scored(3, 0.6)],
  );
  const ids = (listed: typeof rows) => listed.map(({ proposalId, state }) => `${proposalId} ${state}`);

  test("takes what was decided out of the order, behind what waits", () => {
    const after = withChange(rows, { items: [], proposals: [row(2, "accepted")] }, [102]);
    expect(ids(after)).toEqual(["1 pending", "3 pending", "2 accepted", "4 rejected"]);
  });

  test("puts back where it belongs what waits again, of equal scores the more doubtful first", () => {
    const again = withChange(rows, { items: [scored(4, 0.4, 0.1)], proposals: [row(4)] }, [104]);
    expect(ids(again)).toEqual(["1 pending", "4 pending", "2 pending", "3 pending"]);
    const tied = withChange(rows, { items: [scored(4, 0.4, 0)], proposals: [row(4)] }, [104]);
    expect(ids(tied)).toEqual(["1 pending", "2 pending", "4 pending", "3 pending"]);
  });

  test("comes to the list that reading all of it anew gives", () => {
    const proposals = [row(1), row(2, "edited"), row(3), row(4)];
    const items = [scored(4, 0.1), scored(1, 0.2), scored(3, 0.6)];
    const change = { items: [scored(4, 0.1)], proposals: [row(4), row(2, "edited")] };
    expect(withChange(rows, change, [102, 104])).toEqual(queueRows(proposals, items));
  });

  test("drops what a newer proposal replaced or whose image was removed", () => {
    const newer = { ...row(9), frameId: 102 };
    const after = withChange(rows, { items: [{ ...scored(9, 0.9), frameId: 102 }], proposals: [newer] }, [102, 103]);
    expect(ids(after)).toEqual(["1 pending", "9 pending", "4 rejected"]);
  });
});
