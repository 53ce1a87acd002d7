/**
 * @file Annotations: every change of a frame's label map is a revision that stays. A frame points at its head; undo moves
 * the head to the parent, redo to the newest child, so both survive a restart.
 */
import type { AnnotationState, MaskOrigin } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { classPixels } from "../voxels/index.ts";
import type { Classes } from "./classes.ts";
import { groupOf, newGroup } from "./edit-groups.ts";
import { decisionOfRevision, recordDecision } from "./decisions.ts";
import type { ProjectFile } from "./file.ts";
import { MADE, type Provenance, type ProvenanceRecord, provenanceOf } from "./mask-provenance.ts";
import type { Revisions } from "./revisions.ts";
import { badRequest, found } from "./trouble.ts";

export interface RevisionSource {
  origin: MaskOrigin;
  /** The revision that was changed, 0 for none: "conflict" if the head is another. */
  base?: number | undefined;
  /** The action on several frames that it is part of. */
  groupId?: number | undefined;
  /** Where proposed pixels come from. */
  modelId?: number | undefined;
  runId?: number | undefined;
  proposalId?: number | undefined;
  /** Accepted with others, without a look at it. */
  isUnseen?: boolean | undefined;
  /** Revision of another image that it repeats. */
  carriedFrom?: number | undefined;
}

export function unseenRevisions(file: ProjectFile, revisionIds: readonly number[]): Set<number> {
  const rows = file.all<{ id: number }>(
    `SELECT mask_revision.id FROM json_each(?) AS each JOIN mask_revision ON mask_revision.id = each.value
     WHERE mask_revision.is_unseen = 1`,
    JSON.stringify(revisionIds),
  );
  return new Set(rows.map(({ id }) => id));
}

interface FrameHead {
  headId: number | null;
  width: number;
  height: number;
}

export class Annotations {
  readonly #file: ProjectFile;
  readonly #classes: Classes;
  readonly #revisions: Revisions;

  constructor(file: ProjectFile, classes: Classes, revisions: Revisions) {
    this.#file = file;
    this.#classes = classes;
    this.#revisions = revisions;
  }

  state(frameId: number): AnnotationState {
    const { headId } = this.#frame(frameId);
    const origin =
      headId === null
        ? null
        : this.#file.get<{ origin: MaskOrigin }>("SELECT origin FROM mask_revision WHERE id = ?", headId)!.origin;
    return {
      revisionId: headId ?? 0,
      origin,
      canUndo: headId !== null,
      canRedo: this.#newestChild(frameId, headId) !== null,
    };
  }

  /** Revision id of the present annotation; 0 if there is none. */
  head(frameId: number): number {
    return this.#frame(frameId).headId ?? 0;
  }

  /** Where the present annotations of all frames come from; frames without one are left out. */
  heads(): Map<number, Provenance & { revisionId: number }> {
    const rows = this.#file.all<ProvenanceRecord & { frameId: number; revisionId: number }>(
      `SELECT frame.id AS frameId, made.id AS revisionId, ${MADE} FROM frame JOIN mask_revision AS made ON made.id = frame.head_id`,
    );
    return new Map(rows.map(({ frameId, revisionId, ...head }) => [frameId, { revisionId, ...provenanceOf(head) }]));
  }

  /** Where the present annotation comes from; null if there is none. */
  provenance(frameId: number): Provenance | null {
    const { headId } = this.#frame(frameId);
    if (headId === null) return null;
    return provenanceOf(
      this.#file.get<ProvenanceRecord>(`SELECT ${MADE} FROM mask_revision AS made WHERE made.id = ?`, headId)!,
    );
  }

  /** Frames whose present annotation was accepted with others, without a look at it. */
  unseenFrames(): number[] {
    return this.#file
      .all<{ id: number }>(
        `SELECT frame.id FROM frame JOIN mask_revision ON mask_revision.id = frame.head_id WHERE mask_revision.is_unseen = 1`,
      )
      .map(({ id }) => id);
  }

  /** Those of some revisions that were accepted with others, without a look at them. */
  unseenRevisions(revisionIds: readonly number[]): Set<number> {
    return unseenRevisions(this.#file, revisionIds);
  }

  /** RLE bytes of the present annotation; null if there is none. */
  mask(frameId: number): Uint8Array<ArrayBuffer> | null {
    const { headId } = this.#frame(frameId);
    return headId === null ? null : this.revision(headId);
  }

  /** RLE bytes of any revision, present or past. */
  revision(revisionId: number): Uint8Array<ArrayBuffer> {
    return this.#revisions.labelMap(revisionId);
  }

  /**
   * Appends a revision and makes it the head. `rle` is untrusted: throws `Problem` "corrupt-file", "mask-mismatch"
   * (size), "bad-request" (a value that is no class) or "conflict" (`base` is not the head).
   */
  write(frameId: number, rle: Uint8Array, source: RevisionSource): AnnotationState {
    return this.#file.edit("write a mask", [{ frameId }], () => {
      const { headId, width, height } = this.#frame(frameId);
      if (source.base !== undefined && source.base !== (headId ?? 0)) {
        if (this.#isStored(headId, source.base, rle)) return this.state(frameId);
        throw changedElsewhere(source.base, headId);
      }
      this.#checkClasses(rle, width, height);
      const { isDeflated, bytes, patchDepth } = this.#revisions.packed(rle, headId);
      const { id } = this.#file.run(
        `INSERT INTO mask_revision
           (frame_id, parent_id, origin, model_id, run_id, proposal_id, created_at, is_deflated, label_map, patch_depth, group_id,
            is_unseen, carried_from)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        frameId,
        headId,
        source.origin,
        source.modelId ?? null,
        source.runId ?? null,
        source.proposalId ?? null,
        this.#file.now(),
        isDeflated,
        bytes,
        patchDepth,
        source.groupId ?? null,
        source.isUnseen === true ? 1 : 0,
        source.carriedFrom ?? null,
      );
      this.#moveHead(frameId, id);
      return this.state(frameId);
    });
  }

  /** One action on several frames: all are written or none, and undo takes all back as one. Throws as `write`. */
  writeGroup(members: readonly { frameId: number; rle: Uint8Array; base: number }[]): AnnotationState[] {
    return this.#file.edit("write several masks", [], () => {
      const groupId = newGroup(this.#file);
      return members.map(({ frameId, rle, base }) => this.write(frameId, rle, { origin: "drawn", base, groupId }));
    });
  }

  /**
   * Back to the parent of `base`, or of the head. Undoing an accepted proposal opens it for review again. An action on several frames is taken back on all of
   * them, but for those that were changed since: they stay, and the answer counts them. No-op when nothing can be undone, or when it was
   * done already: the same request again, since its answer was lost. Throws `Problem` "conflict" if the head is neither.
   */
  undo(frameId: number, base?: number): AnnotationState {
    return this.#file.edit("undo", [{ frameId }], () => {
      const { headId } = this.#frame(frameId);
      if (base !== undefined && base !== (headId ?? 0)) {
        if (base !== 0 && this.#parent(base) === headId) return this.state(frameId);
        throw changedElsewhere(base, headId);
      }
      return headId === null ? this.state(frameId) : this.#travel(frameId, headId, "undo");
    });
  }

  /** Forward to the newest child; an action on several frames on all where it was the last thing undone. `base` and no-op as `undo`. */
  redo(frameId: number, base?: number): AnnotationState {
    return this.#file.edit("redo", [{ frameId }], () => {
      const { headId } = this.#frame(frameId);
      if (base !== undefined && base !== (headId ?? 0)) {
        if (headId !== null && (this.#parent(headId) ?? 0) === base) return this.state(frameId);
        throw changedElsewhere(base, headId);
      }
      const child = this.#newestChild(frameId, headId);
      return child === null ? this.state(frameId) : this.#travel(frameId, child, "redo");
    });
  }

  /** Moves the heads of all frames of the action that made `revisionId`, where they stand at its other end. */
  #travel(frameId: number, revisionId: number, way: "undo" | "redo"): AnnotationState {
    const members = groupOf(this.#file, revisionId);
    const moved: number[] = [];
    let kept = 0;
    for (const member of members) {
      const [from, to] = way === "undo" ? [member.revisionId, member.parentId] : [member.parentId, member.revisionId];
      const { headId } = this.#frame(member.frameId);
      if (headId === to) continue;
      const isNext = way === "undo" || this.#newestChild(member.frameId, from) === to;
      if (headId !== from || !isNext) {
        kept++;
        continue;
      }
      this.#file.edit(way, [{ frameId: member.frameId }], () => this.#moveHead(member.frameId, to));
      this.#decideAgain(member.revisionId, way);
      moved.push(member.frameId);
    }
    const state = this.state(frameId);
    return members.length === 1 ? state : { ...state, group: { frameIds: moved, kept } };
  }

  /** Without the pixels taken over from a proposal there is no decision about it, and with them there is. */
  #decideAgain(revisionId: number, way: "undo" | "redo"): void {
    const decided = decisionOfRevision(this.#file, revisionId);
    if (decided === null) return;
    const { proposalId, decision, dice } = decided;
    this.#file.edit(way, ["proposals"], () =>
      way === "undo"
        ? recordDecision(this.#file, proposalId, "reopened", revisionId)
        : recordDecision(this.#file, proposalId, decision, revisionId, dice),
    );
  }

  #frame(frameId: number): FrameHead {
    return found(
      this.#file.get<FrameHead>("SELECT head_id AS headId, width, height FROM frame WHERE id = ?", frameId),
      "frame",
      frameId,
    );
  }

  #newestChild(frameId: number, revisionId: number | null): number | null {
    return this.#file.get<{ id: number | null }>(
      "SELECT max(id) AS id FROM mask_revision WHERE frame_id = ? AND parent_id IS ?",
      frameId,
      revisionId,
    )!.id;
  }

  #parent(revisionId: number): number | null {
    return found(
      this.#file.get<{ parentId: number | null }>(
        "SELECT parent_id AS parentId FROM mask_revision WHERE id = ?",
        revisionId,
      ),
      "revision",
      revisionId,
    ).parentId;
  }

  /** Whether the head is this very change on `base`: sent again, since its answer was lost. */
  #isStored(headId: number | null, base: number, rle: Uint8Array): boolean {
    return headId !== null && (this.#parent(headId) ?? 0) === base && Buffer.compare(this.revision(headId), rle) === 0;
  }

  #moveHead(frameId: number, revisionId: number | null): void {
    this.#file.run("UPDATE frame SET head_id = ? WHERE id = ?", revisionId, frameId);
  }

  #checkClasses(rle: Uint8Array, width: number, height: number): void {
    const known = new Set(this.#classes.list().map(({ value }) => value));
    const unknown = [...classPixels(rle, { width, height }).keys()].filter((value) => !known.has(value));
    if (unknown.length === 0) return;
    throw badRequest(
      "The mask holds values that are no class of this project.",
      `Values without a class: ${unknown.slice(0, 10).join(", ")}.`,
      "Add the missing classes first.",
    );
  }
}

function changedElsewhere(base: number, headId: number | null): Problem {
  return new Problem({
    code: "conflict",
    title: "The annotation was changed elsewhere in the meantime.",
    detail: `Expected revision ${base}, found ${headId ?? 0}. Nothing was overwritten.`,
    hint: "Reload the image, then repeat the change.",
  });
}
