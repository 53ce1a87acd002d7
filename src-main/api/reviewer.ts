/**
 * @file The review queue: which proposal is to be looked at first, and whether any may be accepted unseen. Keeps nothing but what it worked out of the
 * project as it is. Statistics: metrics/review; what they mean: docs/review.md.
 */
import {
  ACCEPTANCE,
  calibrate,
  type Calibration,
  chooseThreshold,
  countAccepted,
  greedyKCentre,
  isAccepted,
  isDrifting,
  NEEDED_CASES,
  residualError,
  type ScoredImage,
} from "../metrics/index.ts";
import { Problem } from "../problem/index.ts";
import type { Evidence, Project, TurnOptions, WaitingReview } from "../project/index.ts";
import { Random } from "../random/index.ts";
import type {
  AcceptanceCondition,
  AcceptanceEvidence,
  AcceptanceOutcome,
  AnnotationSuggestion,
  ReviewChange,
  ReviewItem,
  ReviewProgress,
  ReviewQueue,
} from "./contract.ts";
import { type ReviewDigest, ReviewDigests, digestOf } from "./review-digests.ts";
import { thresholdText } from "./threshold-text.ts";

/** Share of what would be accepted unseen that a person looks at. */
const AUDIT_SHARE = 0.05;
/** Share of the queue, from its worst, in which what to annotate next is looked for. */
const WORST_SHARE = 0.3;

/** What is known of a model from images with known truth. */
interface Judgement {
  evidence: JudgedEvidence[];
  /** null: too few patients. */
  calibration: Calibration | null;
  /** With estimates that did not see their patient; empty without calibration. */
  images: ScoredImage[];
}

type JudgedEvidence = Pick<Evidence, "caseId" | "dice" | "isAudit"> & { digest: ReviewDigest };

export class Reviewer {
  readonly #project: Project;
  readonly #digests: ReviewDigests;
  #judgements: { edits: number; byModel: Map<number, Judgement> } = { edits: -1, byModel: new Map() };
  /** By model, as last learned. */
  readonly #calibrations = new Map<number, Calibration | null>();
  /** Counts how often estimates came out otherwise than before. */
  #scoring = 0;

  constructor(project: Project) {
    this.#project = project;
    this.#digests = new ReviewDigests((ids) => project.reviews.records(ids));
  }

  queue(): ReviewQueue {
    const waiting = this.#project.reviews.waiting();
    return this.#told(waiting, this.#ranked(waiting));
  }

  /** What became of some images' proposals, without the rest of the queue. */
  changes(frameIds: readonly number[]): ReviewChange {
    const { proposals, reviews } = this.#project;
    const waiting = reviews.waiting();
    const told = this.#told(waiting, this.#ranked(waiting));
    const changed = new Set(frameIds);
    return {
      ...told,
      items: told.items.filter(({ frameId }) => changed.has(frameId)),
      proposals: proposals.ofFrames(frameIds),
    };
  }

  #told(waiting: readonly WaitingReview[], items: ReviewItem[]): ReviewQueue {
    const modelId = newestModel(waiting) ?? this.#project.models.list()[0]?.modelId ?? null;
    const condition = this.#condition(waiting);
    const progress = this.#progress(modelId, items);
    return { items, condition, progress, scoring: this.#scoring };
  }

  /**
   * Accepts unseen what waits, has no flag and is at least so good, but for the audit's share; in turns, and one undo takes it back: see
   * `ManyDecisions.inTurns`. Rejects with `Problem` "conflict" unless the condition holds at this threshold, or it was said that it need not.
   */
  async acceptAbove(
    quality: number,
    { withoutEvidence = false, ...options }: { withoutEvidence?: boolean } & TurnOptions = {},
  ): Promise<AcceptanceOutcome> {
    const waiting = this.#project.reviews.waiting();
    const condition = this.#condition(waiting);
    const isProven = condition.isMet && quality >= condition.threshold;
    if (!isProven && !withoutEvidence) throw notAllowed(condition, quality);
    const modelId = newestModel(waiting);
    const good = this.#ranked(waiting).filter(({ score, flags }) =>
      isAccepted({ score, isFlagged: flags.length > 0 }, quality),
    );
    // What was proven of one model says nothing of another.
    const chosen = isProven ? good.filter((item) => item.modelId === modelId) : good;
    // What was drawn before stays drawn.
    const audited = new Set(chosen.filter(({ isAudit }) => isAudit).map(({ proposalId }) => proposalId));
    if (isProven) for (const proposalId of drawAudit(chosen)) audited.add(proposalId);
    const proposalIds = chosen.map(({ proposalId }) => proposalId).filter((id) => !audited.has(id));
    const recorded: AcceptanceCondition =
      condition.isMet && !isProven
        ? { isMet: false, reason: "too-many-failures", evidence: condition.evidence }
        : condition;
    const chance = { auditIds: [...audited], quality, condition: recorded };
    return this.#project.reviews.acceptUnseen(proposalIds, chance, options);
  }

  /**
   * Images whose annotation would tell a model most: among the worst of the queue those that differ most from each other and from what is known. Only
   * proposals with a record, of the newest model that has some.
   */
  suggestions(count: number): AnnotationSuggestion[] {
    const { reviews } = this.#project;
    const recorded = reviews.waiting().filter(({ recordId }) => recordId !== null);
    const modelId = newestModel(recorded);
    if (modelId === null) return [];
    const items = this.#ranked(recorded.filter((each) => each.modelId === modelId));
    const worst = items.slice(0, Math.max(count, Math.ceil(WORST_SHARE * items.length)));
    const features = worst.map(({ proposalId }) => reviews.feature(proposalId));
    return greedyKCentre(features, reviews.knownFeatures(modelId), count).map(({ index, distance }) => {
      const { frameId, proposalId, score } = worst[index]!;
      // Without anything known the first is infinitely far from it.
      return { frameId, proposalId, score, distance: Number.isFinite(distance) ? distance : 0 };
    });
  }

  #ranked(waiting: readonly WaitingReview[]): ReviewItem[] {
    this.#digests.prepare(waiting.flatMap(({ recordId }) => recordId ?? []));
    return (
      waiting
        .map(({ recordId, ...proposal }): ReviewItem => {
          const digest = recordId === null ? null : this.#digests.get(recordId);
          const calibration = digest === null ? null : this.#judgement(proposal.modelId).calibration;
          const estimatedDice = digest === null ? null : (calibration?.estimate(digest.features) ?? null);
          return {
            ...proposal,
            rank: 0,
            score: estimatedDice ?? digest?.uncalibrated ?? proposal.expectedDice,
            estimatedDice,
            flags: digest?.flags ?? [],
            classes: digest?.classes ?? null,
            disagreement: digest?.disagreement ?? null,
            doubt: digest?.doubt ?? 0,
          };
        })
        // Of equal scores the more doubtful.
        .sort((a, b) => a.score - b.score || b.doubt - a.doubt || a.proposalId - b.proposalId)
        .map((item, place) => ({ ...item, rank: place + 1 }))
    );
  }

  /** Worked out anew only after an edit of the project. */
  #judgement(modelId: number): Judgement {
    const { edits, reviews } = this.#project;
    if (this.#judgements.edits !== edits) this.#judgements = { edits, byModel: new Map() };
    const { byModel } = this.#judgements;
    const known = byModel.get(modelId);
    if (known !== undefined) return known;
    const judgement = judge(this.#digested(reviews.evidence(modelId)));
    byModel.set(modelId, judgement);
    const { calibration } = judgement;
    const before = this.#calibrations.get(modelId) ?? null;
    if (!isSameCalibration(before, calibration)) this.#scoring++;
    this.#calibrations.set(modelId, calibration);
    return judgement;
  }

  #digested(evidence: readonly Evidence[]): JudgedEvidence[] {
    this.#digests.prepare(evidence.flatMap((each) => (each.source === "review" ? each.recordId : [])));
    return evidence.map((each) => {
      const { caseId, dice, isAudit } = each;
      const digest = each.source === "review" ? this.#digests.get(each.recordId) : digestOf(each.record);
      return { caseId, dice, isAudit, digest };
    });
  }

  #condition(waiting: readonly WaitingReview[]): AcceptanceCondition {
    const modelId = newestModel(waiting);
    if (modelId === null) return { isMet: false, reason: "no-proposals", evidence: null };
    const { evidence, calibration, images } = this.#judgement(modelId);
    const told = (counts: Pick<AcceptanceEvidence, "accepted" | "failures" | "bound">): AcceptanceEvidence => ({
      modelId,
      cases: new Set(evidence.map(({ caseId }) => caseId)).size,
      ...counts,
      goodDice: ACCEPTANCE.goodDice,
      neededBound: ACCEPTANCE.neededShare,
      neededCases: NEEDED_CASES,
    });
    const all = countAccepted(images, 0);
    const own = waiting.filter((each) => each.modelId === modelId);
    if (own.every(({ recordId }) => recordId === null))
      return { isMet: false, reason: "no-records", evidence: told(all) };
    if (calibration === null) return { isMet: false, reason: "uncalibrated", evidence: told(all) };
    if (isDrifting(failuresOf(evidence))) return { isMet: false, reason: "drift", evidence: told(all) };
    const chosen = chooseThreshold(images);
    if (chosen !== null) return { isMet: true, threshold: chosen.threshold, evidence: told(chosen.counts) };
    return { isMet: false, reason: all.accepted < NEEDED_CASES ? "too-few" : "too-many-failures", evidence: told(all) };
  }

  #progress(modelId: number | null, items: readonly ReviewItem[]): ReviewProgress {
    const { reviews } = this.#project;
    const { audits, ...counts } = reviews.counts();
    const { evidence, calibration } = modelId === null ? judge([]) : this.#judgement(modelId);
    const failures = failuresOf(evidence);
    const audit = {
      share: AUDIT_SHARE,
      drawn: audits,
      decided: failures.length,
      failures: failures.filter(Boolean).length,
      isAlarm: isDrifting(failures),
    };
    if (modelId === null || calibration === null) return { ...counts, audit, residualError: null };
    // Of other models, or without a record, there is nothing to estimate from; then there is no estimate for all.
    const unseen = reviews.unseenRecords(modelId);
    this.#digests.prepare(unseen);
    const left = items.map(({ estimatedDice }) => estimatedDice);
    const isWhole = unseen.length === counts.unseen && left.every((dice) => dice !== null);
    if (!isWhole) return { ...counts, audit, residualError: null };
    const estimates = [
      ...left,
      ...unseen.map((recordId) => calibration.estimate(this.#digests.get(recordId).features)),
    ];
    const known = evidence.filter((each) => each.dice !== null);
    const residuals = known.map(({ caseId, dice }, place) => ({
      group: caseId,
      residual: dice! - calibration.held[place]!,
    }));
    return { ...counts, audit, residualError: residualError(estimates, counts.total, residuals) };
  }
}

function judge(evidence: JudgedEvidence[]): Judgement {
  const known = evidence.filter((each) => each.dice !== null);
  const calibration = calibrate(
    known.map(({ caseId, digest, dice }) => ({ group: caseId, features: digest.features, dice: dice! })),
  );
  if (calibration === null) return { evidence, calibration, images: [] };
  let place = 0;
  const images = evidence.map(({ caseId, digest, dice }): ScoredImage => {
    // What was rejected has no truth to learn from: its estimate has not seen it anyway.
    const score = dice === null ? calibration.estimate(digest.features) : calibration.held[place++]!;
    return { group: caseId, score, isFlagged: digest.flags.length > 0, dice };
  });
  return { evidence, calibration, images };
}

/** Learned from other images, or other truths, two hardly ever agree on all of them. */
function isSameCalibration(a: Calibration | null, b: Calibration | null): boolean {
  if (a === null || b === null) return a === b;
  return a.held.length === b.held.length && a.held.every((estimate, place) => estimate === b.held[place]);
}

/** Of the audit, in the order of the decisions. */
function failuresOf(evidence: readonly JudgedEvidence[]): boolean[] {
  return evidence.filter(({ isAudit }) => isAudit).map(({ dice }) => dice === null || dice < ACCEPTANCE.goodDice);
}

function newestModel(waiting: readonly { modelId: number }[]): number | null {
  return waiting.length === 0 ? null : waiting.reduce((newest, { modelId }) => Math.max(newest, modelId), 0);
}

/** At least one, and at least the share; by chance, but the same after an undo: nobody can draw until they like it. */
function drawAudit(items: readonly ReviewItem[]): number[] {
  return items
    .map(({ proposalId }) => ({ proposalId, lot: new Random("audit", proposalId).uniform() }))
    .sort((a, b) => a.lot - b.lot)
    .slice(0, Math.ceil(AUDIT_SHARE * items.length))
    .map(({ proposalId }) => proposalId);
}

function notAllowed(condition: AcceptanceCondition, quality: number): Problem {
  return new Problem({
    code: "conflict",
    title: condition.isMet
      ? `Proposals may be accepted unseen from an estimated Dice of ${thresholdText(condition.threshold)} on, not from ${quality}.`
      : "No proposal may be accepted unseen yet.",
    detail: condition.isMet ? "Below, too many cases with known truth were not good." : reasonText(condition),
    hint: condition.isMet
      ? "Use that threshold, and review the others, the worst first."
      : "Review the proposals one by one, the worst first; each decision adds to the evidence.",
  });
}

function reasonText({ reason, evidence }: Extract<AcceptanceCondition, { isMet: false }>): string {
  const { cases = 0, accepted = 0, failures = 0, bound = null, neededCases = NEEDED_CASES } = evidence ?? {};
  const needed = `${neededCases} accepted patients without a failure`;
  switch (reason) {
    case "no-proposals":
      return "No proposal waits for review.";
    case "no-records":
      return "The proposals were made without the figures that tell good ones from bad ones: run the model on all unlabelled images.";
    case "uncalibrated":
      return `The truth is known for ${cases} patients that the model did not learn from; to estimate a Dice it takes 10, to accept unseen ${needed}.`;
    case "too-few":
      return `Of ${cases} patients with known truth ${accepted} would be accepted; it takes ${needed}.`;
    case "too-many-failures": {
      const proven = bound === null ? "" : `, which proves ${(100 * bound).toFixed(1)} % good ones`;
      return `Of ${accepted} patients with known truth that would be accepted ${failures} had a Dice below 0.85${proven}; it takes 90 %.`;
    }
    case "drift":
      return "Among the accepted proposals that were looked at by chance there were more failures than the evidence allows.";
  }
}
