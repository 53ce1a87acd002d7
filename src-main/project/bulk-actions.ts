/**
 * @file What is done to many images at once, and undone as one: their splits, decisions on their proposals, a label, their removal.
 * Undo leaves alone what was changed since by other means, and counts it.
 */
import type { BulkHistory, BulkStep, LabelValue, RemovalPreview, Split } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { type BulkAction, bulkHead, bulkHistory, bulkNext, moveBulkHead, recordBulk } from "./bulk-log.ts";
import type { Cases } from "./cases.ts";
import type { ChangedPart, ProjectFile } from "./file.ts";
import type { LabelDefinitions } from "./label-definitions.ts";
import type { Labels } from "./labels.ts";
import type { ManyDecisions, TurnOptions } from "./many-decisions.ts";
import type { Removals } from "./removals.ts";

interface BulkParts {
  file: ProjectFile;
  cases: Cases;
  decisions: ManyDecisions;
  labels: Labels;
  labelDefinitions: LabelDefinitions;
  removals: Removals;
}

/** Lists that each kind of action changes. */
const partsOf = {
  split: ["project", "frames"],
  accept: ["proposals", "frames"],
  reject: ["proposals", "frames"],
  remove: ["project", "frames", "proposals", "labels"],
  label: ["labels"],
} as const satisfies Record<BulkAction["kind"], readonly ChangedPart[]>;

/** How many an undo or redo changed, and how many it left as they were changed since. */
interface Travelled {
  changed: number;
  kept: number;
}

export class BulkActions {
  readonly #parts: BulkParts;

  constructor(parts: BulkParts) {
    this.#parts = parts;
  }

  history(): BulkHistory {
    return bulkHistory(this.#parts.file);
  }

  /** Decides on the proposals that wait for these frames, in turns: see `ManyDecisions.inTurns`. Returns how many. */
  decide(frameIds: readonly number[], decision: "accept" | "reject", options?: TurnOptions): Promise<number> {
    return this.#parts.decisions.ofFrames(frameIds, decision, options);
  }

  /** Says one value of all images of these frames, or of their patients; null takes it back. Returns of how many it is news. */
  label(labelId: number, frameIds: readonly number[], value: LabelValue | null): number {
    const { file, labels, labelDefinitions } = this.#parts;
    return file.edit("label images", ["labels"], () => {
      const subjects = labels.subjectsOf(labelDefinitions.get(labelId), frameIds);
      const count = labels.record(subjects.map((subjectId) => ({ labelId, subjectId, value })));
      if (count > 0) recordBulk(file, "label", { labelId, changeId: labels.headId!, subjects: count });
      return count;
    });
  }

  /** What `remove` would take. */
  previewRemoval(frameIds: readonly number[]): RemovalPreview {
    return this.#parts.removals.preview(frameIds);
  }

  /** Takes the images of these frames, whole, out of the project; the file keeps them for undo. Returns how many. */
  remove(frameIds: readonly number[]): number {
    const { file, removals } = this.#parts;
    return file.edit("remove images", [...partsOf.remove], () => {
      const images = removals.imagesOf(frameIds);
      if (images.length === 0) return 0;
      removals.remove(images, recordBulk(file, "remove", { images }));
      return images.length;
    });
  }

  /** Takes the latest action back. Throws `Problem` "conflict" when there is none. */
  undo(): BulkStep {
    return this.#travel("undo", bulkHead(this.#parts.file));
  }

  redo(): BulkStep {
    return this.#travel("redo", bulkNext(this.#parts.file));
  }

  #travel(way: "undo" | "redo", action: BulkAction | null): BulkStep {
    if (action === null) {
      const hint = "Actions of this project can be undone and done again, one at a time.";
      throw new Problem({ code: "conflict", title: `There is no action to ${way}.`, hint });
    }
    const { file } = this.#parts;
    return file.edit(`${way} an action`, [...partsOf[action.kind]], () => {
      const travelled = way === "undo" ? this.#undo(action) : this.#redo(action);
      moveBulkHead(file, way === "undo" ? action.parentId : action.id);
      return { kind: action.kind, ...travelled, ...this.history() };
    });
  }

  #undo({ id, kind, detail }: BulkAction): Travelled {
    const { decisions, labels, removals } = this.#parts;
    switch (kind) {
      case "split":
        return this.#moveCases(detail.cases.map(([caseId, before, after]) => ({ caseId, from: after, to: before })));
      case "accept":
      case "reject":
        return decisions.reopen(detail.proposals, kind);
      case "label":
        return labels.undoChange(detail.changeId);
      case "remove": {
        const changed = removals.restore(id);
        return { changed, kept: detail.images.length - changed };
      }
    }
  }

  #redo({ id, kind, detail }: BulkAction): Travelled {
    const { decisions, labels, removals } = this.#parts;
    switch (kind) {
      case "split":
        return this.#moveCases(detail.cases.map(([caseId, before, after]) => ({ caseId, from: before, to: after })));
      case "accept":
      case "reject":
        return decisions.again(detail.proposals, kind);
      case "label":
        return labels.redoChange(detail.changeId);
      case "remove": {
        const changed = removals.remove(detail.images, id);
        return { changed, kept: detail.images.length - changed };
      }
    }
  }

  #moveCases(moves: readonly { caseId: number; from: Split | null; to: Split | null }[]): Travelled {
    const changed = moves.filter(({ caseId, from, to }) => this.#parts.cases.move(caseId, from, to)).length;
    return { changed, kept: moves.length - changed };
  }
}
