/**
 * @file What a review rests on: records of proposals, frames with known truth to learn from, acceptance of many unseen with the condition under
 * which it was done, and the provenance of every mask. Counts and keeps; judges nothing: api/reviewer.ts does.
 */
import { inflateRawSync } from "node:zlib";
import type {
  AcceptanceCondition,
  AcceptanceOutcome,
  MaskProvenance,
  ProposalRow,
  ReviewProgress,
  ReviewRecord,
} from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { Annotations } from "./annotations.ts";
import { plainBytes } from "./blobs.ts";
import { newGroup } from "./edit-groups.ts";
import type { ProjectFile } from "./file.ts";
import type { ManyDecisions, TurnOptions } from "./many-decisions.ts";
import type { Proposals, StoredReview } from "./proposals.ts";

/** A proposal that waits. */
export interface WaitingReview extends ProposalRow {
  /** Of `records`; null where it was made without. */
  recordId: number | null;
  isAudit: boolean;
}

export interface NewEvidence {
  modelId: number;
  frameId: number;
  /** The annotation that it was judged by. */
  revisionId: number;
  dice: number;
  review: Pick<StoredReview, "record" | "feature">;
}

/**
 * A frame whose truth is known and that its model did not learn from. "validation": annotated before; "review": a person accepted or corrected the
 * proposal, or rejected it (dice null); its record is one of `records`.
 */
export type Evidence = {
  caseId: number;
  frameId: number;
  dice: number | null;
  isAudit: boolean;
} & ({ source: "validation"; record: ReviewRecord } | { source: "review"; recordId: number });

/** Records of a correction are those of the proposal it began with. */
const RECORD_OF = `CASE WHEN proposal.corrects_id IS NULL THEN proposal.id ELSE (WITH RECURSIVE origin (id, corrects_id) AS (
    SELECT proposal.id, proposal.corrects_id
    UNION ALL SELECT earlier.id, earlier.corrects_id FROM proposal AS earlier JOIN origin ON earlier.id = origin.corrects_id)
  SELECT id FROM origin WHERE corrects_id IS NULL) END`;

const IS_SHOWN = `NOT EXISTS (SELECT 1 FROM frame JOIN image ON image.id = frame.image_id
  WHERE frame.id = proposal.frame_id AND image.removed_by IS NOT NULL)`;

export class Reviews {
  readonly #file: ProjectFile;
  readonly #proposals: Proposals;
  readonly #decisions: ManyDecisions;
  readonly #annotations: Annotations;

  constructor(file: ProjectFile, parts: { proposals: Proposals; decisions: ManyDecisions; annotations: Annotations }) {
    this.#file = file;
    this.#proposals = parts.proposals;
    this.#decisions = parts.decisions;
    this.#annotations = parts.annotations;
  }

  /** Pending ones, by id. */
  waiting(): WaitingReview[] {
    return this.#file
      .all<Omit<WaitingReview, "isAudit"> & { isAudit: 0 | 1 }>(
        `SELECT proposal.id AS proposalId, frame_id AS frameId, model_id AS modelId, state, expected_dice AS expectedDice,
           is_audit AS isAudit, review_record.proposal_id AS recordId
         FROM proposal LEFT JOIN review_record ON review_record.proposal_id = ${RECORD_OF}
         WHERE state = 'pending' AND ${IS_SHOWN} ORDER BY proposal.id`,
      )
      .map(({ isAudit, ...row }) => ({ ...row, isAudit: isAudit === 1 }));
  }

  /** Of these ids, in any order. A record is never changed. */
  records(recordIds: readonly number[]): { recordId: number; record: ReviewRecord }[] {
    return this.#file
      .all<{ recordId: number; record: string }>(
        `SELECT proposal_id AS recordId, record FROM json_each(?) AS asked
         JOIN review_record ON review_record.proposal_id = asked.value`,
        JSON.stringify(recordIds),
      )
      .map(({ recordId, record }) => ({ recordId, record: JSON.parse(record) as ReviewRecord }));
  }

  /** "not-found" where the proposal was made without. */
  record(proposalId: number): ReviewRecord {
    return JSON.parse(this.#column<string>(proposalId, "record")) as ReviewRecord;
  }

  /** Score map of the entropy. */
  uncertainty(proposalId: number): Uint8Array<ArrayBuffer> {
    return plainBytes(inflateRawSync(this.#column<Uint8Array>(proposalId, "uncertainty")));
  }

  /** Score map of teacher against student; "not-found" of models without a teacher. */
  difference(proposalId: number): Uint8Array<ArrayBuffer> {
    return plainBytes(inflateRawSync(this.#column<Uint8Array>(proposalId, "difference")));
  }

  feature(proposalId: number): Int8Array {
    return signed(this.#column<Uint8Array>(proposalId, "feature"));
  }

  /** In place of what was known of the frame and the model before. */
  addEvidence({ modelId, frameId, revisionId, dice, review }: NewEvidence): void {
    const { record, feature } = review;
    this.#file.edit("judge a proposal", [], () => {
      this.#file.run(
        `INSERT OR REPLACE INTO review_evidence (model_id, frame_id, revision_id, record, dice, feature)
         VALUES (?, ?, ?, ?, ?, ?)`,
        modelId,
        frameId,
        revisionId,
        JSON.stringify(record),
        dice,
        new Uint8Array(feature.buffer, feature.byteOffset, feature.byteLength),
      );
    });
  }

  /** Frames that the model was judged on, with the annotation that it was judged by, and how many views were taken. */
  judgedFrames(modelId: number): { frameId: number; revisionId: number; views: number }[] {
    return this.#file.all(
      `SELECT frame_id AS frameId, revision_id AS revisionId, json_extract(record, '$.views') AS views
       FROM review_evidence WHERE model_id = ?`,
      modelId,
    );
  }

  /** Of one model: first by validation, then by decisions in the order in which they were made. */
  evidence(modelId: number): Evidence[] {
    const judged = this.#file.all<{ caseId: number; frameId: number; dice: number; record: string }>(
      `SELECT image.case_id AS caseId, frame.id AS frameId, record, dice
       FROM review_evidence JOIN frame ON frame.id = review_evidence.frame_id JOIN image ON image.id = frame.image_id
       JOIN case_ ON case_.id = image.case_id
       WHERE model_id = ? AND image.removed_by IS NULL AND case_.split = 'val' ORDER BY frame.id`,
      modelId,
    );
    const decided = this.#file.all<{
      caseId: number;
      frameId: number;
      recordId: number;
      dice: number | null;
      isAudit: 0 | 1;
    }>(
      `SELECT image.case_id AS caseId, frame.id AS frameId, review_record.proposal_id AS recordId, decision.dice,
         proposal.is_audit AS isAudit
       FROM review_decision AS decision JOIN proposal ON proposal.id = decision.proposal_id
       JOIN review_record ON review_record.proposal_id = ${RECORD_OF}
       JOIN frame ON frame.id = proposal.frame_id JOIN image ON image.id = frame.image_id
       LEFT JOIN mask_revision ON mask_revision.id = decision.revision_id
       WHERE proposal.model_id = ? AND proposal.state = decision.decision AND image.removed_by IS NULL
         AND coalesce(mask_revision.is_unseen, 0) = 0
         AND decision.id = (SELECT max(id) FROM review_decision WHERE proposal_id = proposal.id)
       ORDER BY decision.id`,
      modelId,
    );
    return [
      ...judged.map(({ record, ...row }): Evidence => {
        return { source: "validation", ...row, isAudit: false, record: JSON.parse(record) as ReviewRecord };
      }),
      ...decided.map(({ isAudit, ...row }): Evidence => ({ source: "review", ...row, isAudit: isAudit === 1 })),
    ];
  }

  /** Features of the frames that the model was judged on or that were decided about. */
  knownFeatures(modelId: number): Int8Array[] {
    return this.#file
      .all<{ feature: Uint8Array }>(
        `SELECT feature FROM review_evidence WHERE model_id = ?
         UNION ALL SELECT feature FROM review_record JOIN proposal ON proposal.id = review_record.proposal_id
         WHERE proposal.model_id = ? AND proposal.state IN ('accepted', 'edited', 'rejected')`,
        modelId,
        modelId,
      )
      .map(({ feature }) => signed(feature));
  }

  /**
   * Accepts pending proposals without a look at them, as one action to undo, in turns: see `ManyDecisions.inTurns`. Leaves those of the
   * audit to a person, from the start. `condition`, under which that is done, stays with every mask.
   */
  async acceptUnseen(
    proposalIds: readonly number[],
    { auditIds, quality, condition }: { auditIds: readonly number[]; quality: number; condition: AcceptanceCondition },
    options: TurnOptions = {},
  ): Promise<AcceptanceOutcome> {
    const groupId = this.#file.edit("accept proposals", ["proposals"], () => {
      for (const id of auditIds) this.#file.run("UPDATE proposal SET is_audit = 1 WHERE id = ?", id);
      if (proposalIds.length === 0) return null;
      const group = newGroup(this.#file);
      this.#file.run(
        "INSERT INTO acceptance (group_id, created_at, quality, condition) VALUES (?, ?, ?, ?)",
        group,
        new Date().toISOString(),
        quality,
        JSON.stringify(condition),
      );
      return group;
    });
    const accepted =
      groupId === null ? 0 : await this.#decisions.inTurns(proposalIds, "accept", { ...options, groupId });
    return { accepted, audited: auditIds.length, left: proposalIds.length - accepted };
  }

  /** Takes back the last decision that stands, on whatever proposal, as `Proposals.reopen`. "conflict" when there is none. */
  undo(): ProposalRow {
    const last = this.#file.get<{ id: number }>(
      `SELECT proposal.id FROM review_decision AS decision JOIN proposal ON proposal.id = decision.proposal_id
       WHERE proposal.state = decision.decision AND ${IS_SHOWN} ORDER BY decision.id DESC LIMIT 1`,
    );
    if (last !== undefined) return this.#proposals.reopen(last.id);
    throw new Problem({
      code: "conflict",
      title: "There is no decision to take back.",
      hint: "Decide on a proposal first.",
    });
  }

  counts(): Pick<ReviewProgress, "decided" | "total" | "unseen"> & { audits: number } {
    return this.#file.get<Pick<ReviewProgress, "decided" | "total" | "unseen"> & { audits: number }>(
      `SELECT count(*) AS total, coalesce(sum(is_audit), 0) AS audits,
         coalesce(sum(is_unseen), 0) AS unseen, coalesce(sum(state <> 'pending' AND NOT is_unseen), 0) AS decided
       FROM (SELECT proposal.state, proposal.is_audit,
           coalesce((SELECT mask_revision.is_unseen FROM frame JOIN mask_revision ON mask_revision.id = frame.head_id
             WHERE frame.id = proposal.frame_id AND mask_revision.proposal_id = proposal.id), 0) AS is_unseen
         FROM proposal WHERE state <> 'superseded' AND ${IS_SHOWN})`,
    )!;
  }

  /** Ids of `records` of what was accepted unseen and still is. */
  unseenRecords(modelId: number): number[] {
    return this.#file
      .all<{ recordId: number }>(
        `SELECT review_record.proposal_id AS recordId
         FROM proposal JOIN review_record ON review_record.proposal_id = ${RECORD_OF}
         JOIN frame ON frame.id = proposal.frame_id JOIN mask_revision ON mask_revision.id = frame.head_id
         WHERE proposal.model_id = ? AND proposal.state = 'accepted' AND ${IS_SHOWN}
           AND mask_revision.proposal_id = proposal.id AND mask_revision.is_unseen = 1`,
        modelId,
      )
      .map(({ recordId }) => recordId);
  }

  /** Null while nothing is annotated. */
  provenance(frameId: number): MaskProvenance | null {
    const made = this.#annotations.provenance(frameId);
    if (made === null) return null;
    const { origin, createdAt, proposalId, carriedFrom } = made;
    const row = this.#file.get<{
      isUnseen: 0 | 1;
      quality: number | null;
      condition: string | null;
      at: string | null;
    }>(
      `SELECT is_unseen AS isUnseen, quality, condition, acceptance.created_at AS at
       FROM mask_revision LEFT JOIN acceptance ON acceptance.group_id = mask_revision.group_id
       WHERE mask_revision.id = (SELECT head_id FROM frame WHERE frame.id = ?)`,
      frameId,
    )!;
    const { quality, condition, at } = row;
    const acceptance =
      quality === null || condition === null || at === null
        ? null
        : { quality, isWithEvidence: (JSON.parse(condition) as AcceptanceCondition).isMet, createdAt: at };
    const isReviewed = row.isUnseen === 0;
    const proposal = proposalId === null ? null : this.#proposalOf(proposalId, this.#annotations.mask(frameId)!);
    const carried = carriedFrom === undefined ? null : { ...carriedFrom, name: this.#nameOf(carriedFrom.frameId) };
    return { origin, createdAt, isReviewed, proposal, carriedFrom: carried, acceptance };
  }

  #nameOf(frameId: number): string {
    return this.#file.get<{ name: string }>(
      `SELECT file_name || iif((SELECT count(*) FROM frame AS other WHERE other.image_id = image.id) > 1, ' · ' || (frame_index + 1), '') AS name
       FROM frame JOIN image ON image.id = frame.image_id WHERE frame.id = ?`,
      frameId,
    )!.name;
  }

  #proposalOf(proposalId: number, rle: Uint8Array): MaskProvenance["proposal"] {
    const { modelId, runId, createdAt } = this.#proposals.provenance(proposalId);
    const { modelName, scribbles } = this.#file.get<{ modelName: string; scribbles: number }>(
      `WITH RECURSIVE chain (id, corrects_id) AS (
         SELECT id, corrects_id FROM proposal WHERE id = ?
         UNION ALL SELECT proposal.id, proposal.corrects_id FROM proposal JOIN chain ON proposal.id = chain.corrects_id)
       SELECT (SELECT name FROM model WHERE id = ?) AS modelName, count(*) - 1 AS scribbles FROM chain`,
      proposalId,
      modelId,
    )!;
    const dice = this.#proposals.diceToModel(proposalId, rle);
    return { proposalId, modelId: modelId!, modelName, runId, createdAt, scribbles, dice };
  }

  #column<Value>(proposalId: number, column: "record" | "uncertainty" | "difference" | "feature"): Value {
    this.#proposals.get(proposalId); // throws "not-found"
    const row = this.#file.get<{ value: Value | null }>(
      `SELECT ${column} AS value FROM review_record
       WHERE proposal_id = (SELECT ${RECORD_OF} FROM proposal WHERE proposal.id = ?)`,
      proposalId,
    );
    if (row !== undefined && row.value !== null) return row.value;
    const what = column === "difference" && row !== undefined ? "comparison of teacher and student" : "review record";
    throw new Problem({
      code: "not-found",
      title: `The proposal has no ${what}.`,
      detail: column === "difference" && row !== undefined ? "Its model has no teacher." : "It was made for one image.",
      hint: "Look at its confidence, or run a model on all unlabelled images.",
    });
  }
}

function signed(bytes: Uint8Array): Int8Array {
  return Int8Array.from(bytes, (byte) => (byte << 24) >> 24);
}
