/**
 * @file The steps by which a person and a model work on a proposal: corrections by scribbles, and rejections. Each can be undone, in one
 * line with what was drawn, also after a restart. A correction is a proposal that names the one it corrects; only one of them waits.
 */
import type { AnnotationState, ProposalDetail, Scribble } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { decodeLabelMap } from "../voxels/index.ts";
import type { Annotations } from "./annotations.ts";
import { pack } from "./blobs.ts";
import { recordDecision } from "./decisions.ts";
import type { ProjectFile } from "./file.ts";
import type { Proposals } from "./proposals.ts";
import { found } from "./trouble.ts";

export interface NewCorrection {
  /** RLE bytes of the size of the frame. */
  mask: Uint8Array;
  expectedDice: number;
  scribble: Scribble;
}

/** Something that undo or redo could do, and when it was done. */
interface Step {
  at: string;
  take(): void;
}

export class ProposalSteps {
  readonly #file: ProjectFile;
  readonly #proposals: Proposals;
  readonly #annotations: Annotations;

  constructor(file: ProjectFile, { proposals, annotations }: { proposals: Proposals; annotations: Annotations }) {
    this.#file = file;
    this.#proposals = proposals;
    this.#annotations = annotations;
  }

  /** "not-found" when a newer proposal took its place. */
  detail(proposalId: number): ProposalDetail {
    const row = this.#proposals.get(proposalId);
    const { createdAt } = this.#proposals.provenance(proposalId);
    return { ...row, createdAt, scribbles: this.scribbles(proposalId) };
  }

  /** Of the frame's pending or last proposal, the first first. */
  scribbles(proposalId: number): Scribble[] {
    return this.#file
      .all<{ scribble: string }>(
        `WITH RECURSIVE chain (id, corrects_id, scribble) AS (
           SELECT id, corrects_id, scribble FROM proposal WHERE id = ?
           UNION ALL SELECT proposal.id, proposal.corrects_id, proposal.scribble
           FROM proposal JOIN chain ON proposal.id = chain.corrects_id)
         SELECT scribble FROM chain WHERE scribble IS NOT NULL ORDER BY id`,
        proposalId,
      )
      .map(({ scribble }) => JSON.parse(scribble) as Scribble);
  }

  /** The correction waits in place of the proposal. "conflict" when that one does not wait any more. Returns its id. */
  correct(proposalId: number, { mask, expectedDice, scribble }: NewCorrection): number {
    const { frameId, modelId, state } = this.#proposals.get(proposalId);
    return this.#file.edit("correct a proposal", ["proposals", { frameId }], () => {
      if (state !== "pending") throw notWaiting(state);
      const size = this.#file.get<{ width: number; height: number }>(
        "SELECT width, height FROM frame WHERE id = ?",
        frameId,
      );
      decodeLabelMap(mask, found(size, "frame", frameId));
      const { isDeflated, bytes } = pack(mask);
      this.#setState(proposalId, "superseded");
      return this.#file.run(
        `INSERT INTO proposal
           (frame_id, model_id, run_id, state, expected_dice, created_at, is_deflated, label_map, corrects_id, scribble,
            is_audit)
         SELECT frame_id, ?, run_id, 'pending', ?, ?, ?, ?, id, ?, is_audit FROM proposal WHERE id = ?`,
        modelId,
        expectedDice,
        this.#file.now(),
        isDeflated,
        bytes,
        JSON.stringify(scribble),
        proposalId,
      ).id;
    });
  }

  /** Of the annotation, with what can be undone and redone on the frame's proposal. */
  state(frameId: number): AnnotationState {
    const state = this.#annotations.state(frameId);
    return {
      ...state,
      canUndo: state.canUndo || this.#undoable(frameId) !== null,
      canRedo: state.canRedo || this.#redoable(frameId) !== null,
    };
  }

  /** What waits for the frame. */
  pending(frameId: number): ProposalDetail | null {
    const row = this.#file.get<{ id: number }>(
      "SELECT id FROM proposal WHERE frame_id = ? AND state = 'pending'",
      frameId,
    );
    return row === undefined ? null : this.detail(row.id);
  }

  /** Takes back what was done last on the frame, be it drawn, corrected, accepted or rejected. `base` as in `Annotations.undo`. */
  undo(frameId: number, base?: number): AnnotationState {
    if (base !== undefined && base !== this.#annotations.head(frameId)) return this.#annotations.undo(frameId, base);
    const step = this.#undoable(frameId);
    // A decision that made the annotation goes with it: see `Annotations.undo`.
    if (step !== null && step.at >= this.#madeAt(frameId)) return this.#take("undo", frameId, step);
    return { ...this.#annotations.undo(frameId), ...this.#reach(frameId) };
  }

  /** Does again what was undone last. `base` as in `Annotations.redo`. */
  redo(frameId: number, base?: number): AnnotationState {
    if (base !== undefined && base !== this.#annotations.head(frameId)) return this.#annotations.redo(frameId, base);
    const step = this.#redoable(frameId);
    const drawn = this.#file.get<{ at: string | null }>(
      `SELECT max(created_at) AS at FROM mask_revision
       WHERE id = (SELECT max(id) FROM mask_revision WHERE frame_id = ? AND parent_id IS
         (SELECT head_id FROM frame WHERE id = ?))`,
      frameId,
      frameId,
    );
    const isDrawnFirst = step !== null && drawn !== undefined && drawn.at !== null && drawn.at < step.at;
    if (step !== null && !isDrawnFirst) return this.#take("redo", frameId, step);
    return { ...this.#annotations.redo(frameId), ...this.#reach(frameId) };
  }

  #take(what: string, frameId: number, step: Step): AnnotationState {
    return this.#file.edit(what, ["proposals", { frameId }], () => {
      step.take();
      return this.state(frameId);
    });
  }

  #reach(frameId: number): Pick<AnnotationState, "canUndo" | "canRedo"> {
    const { canUndo, canRedo } = this.state(frameId);
    return { canUndo, canRedo };
  }

  /** When the present annotation was made; "" while there is none. */
  #madeAt(frameId: number): string {
    return this.#annotations.provenance(frameId)?.createdAt ?? "";
  }

  #undoable(frameId: number): Step | null {
    const correction = this.#file.get<{ id: number; correctsId: number; at: string }>(
      `SELECT id, corrects_id AS correctsId, created_at AS at FROM proposal
       WHERE frame_id = ? AND state = 'pending' AND corrects_id IS NOT NULL`,
      frameId,
    );
    if (correction !== undefined) {
      const { id, correctsId, at } = correction;
      return { at, take: () => this.#swap(id, correctsId) };
    }
    const rejected = this.#lastDecision(frameId, "rejected");
    return rejected === null
      ? null
      : { at: rejected.at, take: () => recordDecision(this.#file, rejected.proposalId, "reopened", null) };
  }

  #redoable(frameId: number): Step | null {
    const next = this.#file.get<{ id: number; correctsId: number; at: string }>(
      `SELECT child.id, child.corrects_id AS correctsId, child.created_at AS at
       FROM proposal JOIN proposal AS child ON child.corrects_id = proposal.id
       WHERE proposal.frame_id = ? AND proposal.state = 'pending' AND child.state = 'superseded'
       ORDER BY child.id DESC LIMIT 1`,
      frameId,
    );
    if (next !== undefined) {
      const { id, correctsId, at } = next;
      return { at, take: () => this.#swap(correctsId, id) };
    }
    const reopened = this.#lastDecision(frameId, "reopened");
    return reopened === null
      ? null
      : { at: reopened.at, take: () => recordDecision(this.#file, reopened.proposalId, "rejected", null) };
  }

  /** The last decision on the frame's present proposal, if it is this one and concerns no annotation. */
  #lastDecision(frameId: number, decision: "rejected" | "reopened"): { proposalId: number; at: string } | null {
    const state = decision === "rejected" ? "rejected" : "pending";
    const last = this.#file.get<{ proposalId: number; decision: string; revisionId: number | null; at: string }>(
      `SELECT proposal_id AS proposalId, decision, revision_id AS revisionId, decided_at AS at FROM review_decision
       WHERE proposal_id = (SELECT max(id) FROM proposal WHERE frame_id = ? AND state <> 'superseded')
         AND (SELECT state FROM proposal WHERE id = proposal_id) = ?
       ORDER BY id DESC LIMIT 1`,
      frameId,
      state,
    );
    return last?.decision === decision && last.revisionId === null ? last : null;
  }

  /** `to` waits in place of `from`. */
  #swap(from: number, to: number): void {
    this.#setState(from, "superseded");
    this.#setState(to, "pending");
  }

  #setState(proposalId: number, state: "pending" | "superseded"): void {
    this.#file.run("UPDATE proposal SET state = ? WHERE id = ?", state, proposalId);
  }
}

function notWaiting(state: string): Problem {
  return new Problem({
    code: "conflict",
    title: `The proposal was already ${state}.`,
    hint: "Undo that first, or propose again.",
  });
}
