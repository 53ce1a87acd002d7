/**
 * @file Proposals: label maps that a model suggests. Only a person's decision turns one into an annotation; on many at once: many-decisions.ts.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { AnnotationState, ProposalRow, ProposalState, ReviewRecord } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { decodeLabelMap, labelMapDice } from "../voxels/index.ts";
import type { Annotations } from "./annotations.ts";
import { pack, plainBytes, unpack } from "./blobs.ts";
import { recordDecision, standingDecision } from "./decisions.ts";
import type { ProjectFile } from "./file.ts";
import type { Provenance } from "./mask-provenance.ts";
import { badRequest, found } from "./trouble.ts";

export interface NewProposal {
  frameId: number;
  modelId: number;
  /** Null when it was made while a person draws. */
  runId: number | null;
  /** RLE bytes of the size of the frame. */
  mask: Uint8Array;
  /** One byte a pixel, row by row. */
  confidence: Uint8Array;
  expectedDice: number;
  /** What is known of it without a person; maps in the layout of voxels/score-map.ts. */
  review?: StoredReview | undefined;
}

export interface StoredReview {
  record: ReviewRecord;
  uncertainty: Uint8Array;
  /** Null of a model without a teacher. */
  difference: Uint8Array | null;
  /** Tells likely images apart: the same number of values for all images of a model, -127 to 127. */
  feature: Int8Array;
}

const proposalColumns =
  "id AS proposalId, frame_id AS frameId, model_id AS modelId, state, expected_dice AS expectedDice";

export class Proposals {
  readonly #file: ProjectFile;
  readonly #annotations: Annotations;

  constructor(file: ProjectFile, annotations: Annotations) {
    this.#file = file;
    this.#annotations = annotations;
  }

  /** Pending; takes the place of a pending one of the same frame. Returns the proposal id. */
  add(proposal: NewProposal): number {
    return this.#file.edit("add a proposal", ["proposals", { frameId: proposal.frameId }], () => {
      const { frameId, confidence } = proposal;
      const size = found(
        this.#file.get<{ width: number; height: number }>("SELECT width, height FROM frame WHERE id = ?", frameId),
        "frame",
        frameId,
      );
      decodeLabelMap(proposal.mask, size);
      if (confidence.length !== size.width * size.height) {
        throw badRequest(`Confidence needs one byte a pixel: ${size.width * size.height}, got ${confidence.length}.`);
      }
      this.#file.run("UPDATE proposal SET state = 'superseded' WHERE frame_id = ? AND state = 'pending'", frameId);
      const { isDeflated, bytes } = pack(proposal.mask);
      const { id } = this.#file.run(
        `INSERT INTO proposal
           (frame_id, model_id, run_id, state, expected_dice, created_at, is_deflated, label_map, confidence)
         VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?)`,
        frameId,
        proposal.modelId,
        proposal.runId,
        Number.isFinite(proposal.expectedDice) ? proposal.expectedDice : 0,
        this.#file.now(),
        isDeflated,
        bytes,
        deflateRawSync(confidence),
      );
      if (proposal.review !== undefined) this.#addReview(id, proposal.review);
      return id;
    });
  }

  /** Worst first; of one state, or all but those that newer ones replaced. */
  list({ state }: { state?: ProposalState | undefined } = {}): ProposalRow[] {
    const rest = `AND NOT EXISTS (SELECT 1 FROM frame JOIN image ON image.id = frame.image_id
      WHERE frame.id = proposal.frame_id AND image.removed_by IS NOT NULL) ORDER BY expected_dice, id`;
    return state === undefined
      ? this.#file.all(`SELECT ${proposalColumns} FROM proposal WHERE state <> 'superseded' ${rest}`)
      : this.#file.all(`SELECT ${proposalColumns} FROM proposal WHERE state = ? ${rest}`, state);
  }

  /** Of some frames, the newest first, without those that newer ones replaced or whose images were removed. */
  ofFrames(frameIds: readonly number[]): ProposalRow[] {
    return this.#file.all(
      `SELECT ${proposalColumns} FROM proposal
       WHERE frame_id IN (SELECT value FROM json_each(?)) AND state <> 'superseded'
         AND NOT EXISTS (SELECT 1 FROM frame JOIN image ON image.id = frame.image_id
           WHERE frame.id = proposal.frame_id AND image.removed_by IS NOT NULL) ORDER BY id DESC`,
      JSON.stringify(frameIds),
    );
  }

  /** Of one frame, the newest first, without those that newer ones replaced. */
  ofFrame(frameId: number): ProposalRow[] {
    return this.#file.all(
      `SELECT ${proposalColumns} FROM proposal WHERE frame_id = ? AND state <> 'superseded' ORDER BY id DESC`,
      frameId,
    );
  }

  /** "not-found" also when a newer proposal took its place. */
  get(proposalId: number): ProposalRow {
    return found(
      this.#file.get<ProposalRow>(
        `SELECT ${proposalColumns} FROM proposal WHERE id = ? AND state <> 'superseded'`,
        proposalId,
      ),
      "proposal",
      proposalId,
    );
  }

  /** What made it, and when. */
  provenance(proposalId: number): Provenance<"proposed"> {
    const row = this.#file.get<Omit<Provenance<"proposed">, "origin">>(
      `SELECT model_id AS modelId, run_id AS runId, id AS proposalId, created_at AS createdAt FROM proposal WHERE id = ?`,
      proposalId,
    );
    return { origin: "proposed", ...found(row, "proposal", proposalId) };
  }

  /** As `provenance`, of all that wait, by frame. */
  pendingProvenances(): Map<number, Provenance<"proposed">> {
    const rows = this.#file.all<Omit<Provenance<"proposed">, "origin"> & { frameId: number }>(
      `SELECT frame_id AS frameId, model_id AS modelId, run_id AS runId, id AS proposalId, created_at AS createdAt
       FROM proposal WHERE state = 'pending'`,
    );
    return new Map(rows.map(({ frameId, ...made }) => [frameId, { origin: "proposed", ...made }]));
  }

  /** RLE bytes. */
  mask(proposalId: number): Uint8Array<ArrayBuffer> {
    return unpack(
      found(
        this.#file.get<{ isDeflated: number; bytes: Uint8Array }>(
          "SELECT is_deflated AS isDeflated, label_map AS bytes FROM proposal WHERE id = ?",
          proposalId,
        ),
        "proposal",
        proposalId,
      ),
    );
  }

  /** One byte a pixel; of a correction, that of the proposal it began with. */
  confidence(proposalId: number): Uint8Array<ArrayBuffer> {
    const row = this.#file.get<{ bytes: Uint8Array }>(
      `WITH RECURSIVE origin (id, corrects_id, confidence) AS (
         SELECT id, corrects_id, confidence FROM proposal WHERE id = ?
         UNION ALL SELECT proposal.id, proposal.corrects_id, proposal.confidence
         FROM proposal JOIN origin ON proposal.id = origin.corrects_id)
       SELECT confidence AS bytes FROM origin WHERE confidence IS NOT NULL`,
      proposalId,
    );
    return plainBytes(inflateRawSync(found(row, "proposal", proposalId).bytes));
  }

  /** The proposal, as it is, becomes the annotation. `groupId`: of many that are accepted at once, without a look at each. */
  accept(proposalId: number, groupId?: number): ProposalRow {
    return this.#decide("accept a proposal", proposalId, () => {
      // What scribbles corrected is no longer what the model proposed.
      const origin = this.#isCorrected(proposalId) ? "edited" : "accepted";
      const rle = this.mask(proposalId);
      const revisionId = this.#write(proposalId, rle, { origin, groupId });
      recordDecision(this.#file, proposalId, origin, revisionId, this.diceToModel(proposalId, rle));
    });
  }

  /**
   * Part of the proposal becomes part of the annotation: a step of drawing of its own, while the proposal goes on waiting. `rle` is the
   * whole annotation with it. Throws as `Annotations.write`.
   */
  takePart(proposalId: number, rle: Uint8Array, base: number): AnnotationState {
    const { frameId } = this.get(proposalId);
    return this.#file.edit("accept part of a proposal", ["proposals", { frameId }], () => {
      const { modelId, runId } = this.provenance(proposalId);
      const made = { modelId: modelId ?? undefined, runId: runId ?? undefined, proposalId };
      return this.#annotations.write(frameId, rle, { origin: "edited", base, ...made });
    });
  }

  /** What the person made of the proposal becomes the annotation. */
  acceptEdited(proposalId: number, rle: Uint8Array): ProposalRow {
    return this.#decide("accept an edited proposal", proposalId, () => {
      const revisionId = this.#write(proposalId, rle, { origin: "edited" });
      recordDecision(this.#file, proposalId, "edited", revisionId, this.diceToModel(proposalId, rle));
    });
  }

  /** The annotation stays as it is. */
  reject(proposalId: number): ProposalRow {
    return this.#decide("reject a proposal", proposalId, () => {
      recordDecision(this.#file, proposalId, "rejected", null);
    });
  }

  /**
   * Takes the decision back: the proposal is pending again and the annotation is what it was before; with it all that were accepted
   * at once. "conflict" when the annotation was changed since, or a newer proposal waits for the same frame.
   */
  reopen(proposalId: number): ProposalRow {
    const { frameId } = this.get(proposalId); // throws "not-found"
    // What was accepted with it comes back by `Annotations.undo`, which tells of those frames.
    return this.#file.edit("reopen a proposal", ["proposals", { frameId }], () => {
      const standing = standingDecision(this.#file, proposalId);
      if (standing === null) return this.get(proposalId);
      if (this.#file.get("SELECT 1 FROM proposal WHERE frame_id = ? AND state = 'pending'", frameId) !== undefined) {
        throw new Problem({
          code: "conflict",
          title: "A newer proposal waits for this image.",
          hint: "Review the newer proposal instead.",
        });
      }
      if (standing.revisionId === null) {
        recordDecision(this.#file, proposalId, "reopened", null);
      } else if (standing.revisionId === this.#annotations.head(frameId)) {
        this.#annotations.undo(frameId); // takes the decision back as well
      } else {
        throw new Problem({
          code: "conflict",
          title: "The annotation was changed after the proposal was accepted.",
          hint: "Undo those changes on the image first, or keep them and draw on.",
        });
      }
      return this.get(proposalId);
    });
  }

  /** Dice between what the model proposed, before any correction, and a label map. */
  diceToModel(proposalId: number, rle: Uint8Array): number {
    const { id } = this.#file.get<{ id: number }>(
      `WITH RECURSIVE origin (id, corrects_id) AS (
         SELECT id, corrects_id FROM proposal WHERE id = ?
         UNION ALL SELECT proposal.id, proposal.corrects_id FROM proposal JOIN origin ON proposal.id = origin.corrects_id)
       SELECT id FROM origin WHERE corrects_id IS NULL`,
      proposalId,
    )!;
    const proposed = this.mask(id);
    if (Buffer.compare(proposed, rle) === 0) return 1;
    return labelMapDice(decodeLabelMap(proposed), decodeLabelMap(rle));
  }

  #addReview(proposalId: number, { record, uncertainty, difference, feature }: StoredReview): void {
    this.#file.run(
      "INSERT INTO review_record (proposal_id, record, uncertainty, difference, feature) VALUES (?, ?, ?, ?, ?)",
      proposalId,
      JSON.stringify(record),
      deflateRawSync(uncertainty),
      difference === null ? null : deflateRawSync(difference),
      new Uint8Array(feature.buffer, feature.byteOffset, feature.byteLength),
    );
  }

  #isCorrected(proposalId: number): boolean {
    return this.#file.get("SELECT 1 FROM proposal WHERE id = ? AND corrects_id IS NOT NULL", proposalId) !== undefined;
  }

  #decide(what: string, proposalId: number, record: () => void): ProposalRow {
    const { frameId } = this.get(proposalId); // throws "not-found"
    return this.#file.edit(what, ["proposals", { frameId }], () => {
      const { state } = this.get(proposalId);
      if (state !== "pending") {
        throw new Problem({
          code: "conflict",
          title: `The proposal was already ${state}.`,
          hint: "Take that decision back first.",
        });
      }
      record();
      return this.get(proposalId);
    });
  }

  #write(
    proposalId: number,
    rle: Uint8Array,
    source: { origin: "accepted" | "edited"; groupId?: number | undefined },
  ): number {
    const { frameId, modelId, runId } = this.#file.get<{ frameId: number; modelId: number; runId: number | null }>(
      "SELECT frame_id AS frameId, model_id AS modelId, run_id AS runId FROM proposal WHERE id = ?",
      proposalId,
    )!;
    const isUnseen = source.groupId !== undefined; // one of many
    const made = { modelId, runId: runId ?? undefined, proposalId, isUnseen };
    return this.#annotations.write(frameId, rle, { ...source, ...made }).revisionId;
  }
}
