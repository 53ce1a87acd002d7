/** @file The review of proposals: their order, when they may be accepted unseen, how far it is. */
import type { ReviewFlag } from "../../metrics/index.ts";
import type { ProposalRow } from "./proposals.ts";
export type { ClassReview, ReviewFlag, ReviewRecord } from "../../metrics/index.ts";

/** A proposal in the review queue. */
export interface ReviewItem extends ProposalRow {
  /** From 1, the worst. */
  rank: number;
  /** Lower is reviewed first; no Dice while `estimatedDice` is null. */
  score: number;
  /** Dice as learned from cases with known truth; null: too few of them, the score is uncalibrated. */
  estimatedDice: number | null;
  flags: ReviewFlag[];
  /** Classes that it shows; null: made without a record. */
  classes: number[] | null;
  /** Share of the band where teacher and student name another class; null where there is no teacher. */
  disagreement: number | null;
  /** Mean entropy of the foreground, 0–1: of equal scores the more doubtful comes first. */
  doubt: number;
  /** Drawn at random from what would have been accepted unseen. */
  isAudit: boolean;
}

/** Cases with known truth that the condition was judged by, one patient each. */
export interface AcceptanceEvidence {
  modelId: number;
  /** With known truth. */
  cases: number;
  /** Of them those that the threshold accepts, and those of which an image has a Dice below `goodDice`. */
  accepted: number;
  failures: number;
  /** Lower one-sided 95 % bound (Clopper-Pearson) of the share of good cases among the accepted; null without any. */
  bound: number | null;
  goodDice: number;
  neededBound: number;
  /** Accepted cases without a failure from which the bound can be met. */
  neededCases: number;
}

/**
 * Whether proposals may be accepted unseen, and from which estimated Dice. "no-proposals": none waits; "no-records": they were made without
 * review records; "uncalibrated": too few cases with known truth; "too-few": too few that any threshold accepts; "too-many-failures";
 * "drift": the audit found more failures than the evidence allows.
 */
export type AcceptanceCondition =
  | { isMet: true; threshold: number; evidence: AcceptanceEvidence }
  | {
      isMet: false;
      reason: "no-proposals" | "no-records" | "uncalibrated" | "too-few" | "too-many-failures" | "drift";
      evidence: AcceptanceEvidence | null;
    };

export interface ReviewProgress {
  /** Proposals that a person looked at and decided on, of how many. */
  decided: number;
  total: number;
  /** Accepted unseen. */
  unseen: number;
  /** Random share of those that would have been accepted unseen. */
  audit: { share: number; drawn: number; decided: number; failures: number; isAlarm: boolean };
  /** 1 - Dice to expect of masks that nobody looked at, over all `total`, with half of its 95 % interval; null while uncalibrated. */
  residualError: { error: number; halfWidth: number } | null;
}

export interface ReviewQueue {
  /** Worst first. */
  items: ReviewItem[];
  condition: AcceptanceCondition;
  progress: ReviewProgress;
  /** Another number: estimates were learned anew since, and with them all scores are others. Of this session of the project. */
  scoring: number;
}

/** What became of the proposals of some images: of `ReviewQueue` only their items. */
export interface ReviewChange extends ReviewQueue {
  /** Of these images, decided about or not, without those that newer ones replaced. */
  proposals: ProposalRow[];
}

export interface AcceptanceOutcome {
  accepted: number;
  /** Left for a person to look at, by chance. */
  audited: number;
  /** Chosen, but not accepted: cancelled before, or decided on meanwhile. */
  left: number;
}

/** Of accepting many proposals unseen; its end is the answer to the request. */
export interface DecisionsProgress {
  /** Proposals. */
  done: number;
  total: number;
  secondsLeft: number | null;
}

/** A region of a proposal that a person kept or removed, before a decision about all of it. */
export interface RegionMark {
  verdict: "kept" | "removed";
  /** "doubt": the model is in doubt there; "part": connected pixels of one class. */
  kind: "doubt" | "part";
  /** The class of most of its pixels; 0 where none has one. */
  value: number;
  /** Mean of 1 - confidence over its pixels, 0–1. */
  doubt: number;
  /** Its pixels, 1 within, of the size of the image: RLE of voxels/rle.ts, base64. */
  mask: string;
}

/** An image worth annotating next, the most telling first. */
export interface AnnotationSuggestion {
  frameId: number;
  proposalId: number;
  score: number;
  /** Distance in features to the nearest image chosen or annotated before. */
  distance: number;
}
