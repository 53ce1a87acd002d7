/**
 * @file The review queue: which proposal is to be looked at first, and whether any may be accepted unseen. Keeps nothing: all is read from the
 * project. Statistics: metrics/review; what they mean: docs/review.md.
 */
import { Problem } from "../problem/index.ts";
import type { Project, WaitingReview } from "../project/index.ts";
import type { AcceptanceCondition, AcceptanceOutcome, ReviewItem, ReviewProgress, ReviewQueue } from "./contract.ts";

/** Share of what would be accepted unseen that a person looks at. */
const AUDIT_SHARE = 0.05;

export class Reviewer {
  readonly #project: Project;

  constructor(project: Project) {
    this.#project = project;
  }

  queue(): ReviewQueue {
    const waiting = this.#project.reviews.waiting();
    const items = waiting.map((review) => itemOf(review)).sort(byScore);
    items.forEach((item, place) => (item.rank = place + 1));
    return { items, condition: this.#condition(waiting), progress: this.#progress() };
  }

  /** Throws `Problem` "conflict" unless the condition holds, or it was said that it need not. */
  acceptAbove(quality: number, { withoutEvidence = false }: { withoutEvidence?: boolean } = {}): AcceptanceOutcome {
    const { items, condition } = this.queue();
    if (!condition.isMet && !withoutEvidence) throw notAllowed(condition);
    const chosen = items.filter(({ score, flags }) => score >= quality && flags.length === 0);
    const proposalIds = chosen.map(({ proposalId }) => proposalId);
    return this.#project.reviews.acceptUnseen(proposalIds, { auditIds: [], quality, condition });
  }

  #condition(waiting: readonly WaitingReview[]): AcceptanceCondition {
    if (waiting.length === 0) return { isMet: false, reason: "no-proposals", evidence: null };
    return { isMet: false, reason: "no-records", evidence: null };
  }

  #progress(): ReviewProgress {
    const { audits, ...counts } = this.#project.reviews.counts();
    const audit = { share: AUDIT_SHARE, drawn: audits, decided: 0, failures: 0, isAlarm: false };
    return { ...counts, audit, residualError: null };
  }
}

function itemOf({ record, ...proposal }: WaitingReview): ReviewItem {
  return { ...proposal, rank: 0, score: proposal.expectedDice, estimatedDice: null, flags: record?.flags ?? [] };
}

/** Worst first; of equals the one made first. */
function byScore(a: ReviewItem, b: ReviewItem): number {
  return a.score - b.score || a.proposalId - b.proposalId;
}

function notAllowed(condition: Extract<AcceptanceCondition, { isMet: false }>): Problem {
  const why = {
    "no-proposals": "No proposal waits for review.",
    "no-records": "The proposals were made without the figures that would tell good ones from bad ones.",
    uncalibrated: "There are too few cases with known truth to learn from.",
    "too-few": "There are too few cases with known truth that any threshold would accept.",
    "too-many-failures": "Too many cases with known truth would have been accepted although their Dice was low.",
    drift: "The audit found more failures than the evidence allows.",
  };
  return new Problem({
    code: "conflict",
    title: "No proposal may be accepted unseen yet.",
    detail: why[condition.reason],
    hint: "Review the proposals one by one, the worst first; the review screen says what is missing.",
  });
}
