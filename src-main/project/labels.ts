/**
 * @file What is said of whole images and patients: a class, a grade or a number under a label. Changes are kept for good, each with what
 * was there before, so that undo goes back over all of them and survives a restart.
 */
import type { LabelDefinition, LabelHistory, LabelStep, LabelValue } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { ProjectFile } from "./file.ts";
import { checkValue, type LabelDefinitions } from "./label-definitions.ts";
import { found } from "./trouble.ts";

/** A label of one image; by name, as tables hold it. */
export interface ImageLabel {
  imageId: number;
  name: string;
  value: LabelValue;
}

export interface LabelEntry {
  labelId: number;
  /** Case of labels of patients, image of all others. */
  subjectId: number;
  /** Null: nothing is said any more. */
  value: LabelValue | null;
}

interface EntryRow {
  labelId: number;
  subjectId: number;
  before: LabelValue | null;
  after: LabelValue | null;
}

export class Labels {
  readonly #file: ProjectFile;
  readonly #definitions: LabelDefinitions;

  constructor(file: ProjectFile, definitions: LabelDefinitions) {
    this.#file = file;
    this.#definitions = definitions;
  }

  /** Of all images, those of their patients included; by image, then name. */
  list(): ImageLabel[] {
    return this.#file.all(
      `SELECT DISTINCT image_id AS imageId, label AS name, coalesce(class_name, number) AS value
       FROM frame_label ORDER BY image_id, label`,
    );
  }

  /** All frames that have a value of this label, with it. */
  values(labelId: number): { frameId: number; value: LabelValue }[] {
    const { name } = this.#definitions.get(labelId);
    return this.#file.all(
      "SELECT frame_id AS frameId, coalesce(class_name, number) AS value FROM frame_label WHERE label = ? ORDER BY frame_id",
      name,
    );
  }

  /** Whom a label tells of, for an image. */
  subjectOf({ scope }: Pick<LabelDefinition, "scope">, imageId: number): number {
    const row = this.#file.get<{ caseId: number }>("SELECT case_id AS caseId FROM image WHERE id = ?", imageId);
    const { caseId } = found(row, "image", imageId);
    return scope === "patient" ? caseId : imageId;
  }

  /** Whom a label tells of, for some frames; each once. */
  subjectsOf({ scope }: Pick<LabelDefinition, "scope">, frameIds: readonly number[]): number[] {
    const subject = scope === "patient" ? "image.case_id" : "image.id";
    return this.#file
      .all<{ id: number }>(
        `SELECT DISTINCT ${subject} AS id FROM json_each(?) AS chosen JOIN frame ON frame.id = chosen.value
         JOIN image ON image.id = frame.image_id`,
        JSON.stringify(frameIds),
      )
      .map(({ id }) => id);
  }

  /** Says one thing of the image of a frame, or of its patient. */
  set(labelId: number, frameId: number, value: LabelValue | null): LabelHistory {
    const row = this.#file.get<{ imageId: number }>("SELECT image_id AS imageId FROM frame WHERE id = ?", frameId);
    const { imageId } = found(row, "frame", frameId);
    this.record([{ labelId, subjectId: this.subjectOf(this.#definitions.get(labelId), imageId), value }]);
    return this.history();
  }

  /** Says many things as one change, undone at once. Returns how many were news. */
  record(entries: readonly LabelEntry[]): number {
    return this.#file.edit("label images", ["labels"], () => {
      const definitions = new Map(this.#definitions.list().map((each) => [each.labelId, each]));
      const rows: EntryRow[] = [];
      for (const { labelId, subjectId, value } of entries) {
        if (value !== null) checkValue(found(definitions.get(labelId), "label", labelId), value);
        const before = this.#valueOf(labelId, subjectId);
        if (before !== value) rows.push({ labelId, subjectId, before, after: value });
      }
      if (rows.length === 0) return 0;
      const { id } = this.#file.run(
        "INSERT INTO label_change (parent_id, created_at) VALUES (?, ?)",
        this.headId,
        new Date().toISOString(),
      );
      for (const row of rows) {
        this.#file.run(
          "INSERT INTO label_entry VALUES (?, ?, ?, ?, ?, ?, ?)",
          id,
          row.labelId,
          row.subjectId,
          ...columnsOf(row.before),
          ...columnsOf(row.after),
        );
        this.#put(row.labelId, row.subjectId, row.after);
      }
      this.#moveHead(id);
      return rows.length;
    });
  }

  history(): LabelHistory {
    const { headId } = this;
    return { canUndo: headId !== null, canRedo: this.#childOf(headId) !== null };
  }

  /** Takes the latest change back, of whichever image. */
  undo(): LabelStep {
    return this.#file.edit("undo a label", ["labels"], () => {
      const { headId } = this;
      if (headId === null) throw nothingTo("undo");
      const { parentId } = this.#file.get<{ parentId: number | null }>(
        "SELECT parent_id AS parentId FROM label_change WHERE id = ?",
        headId,
      )!;
      const entries = this.#entriesOf(headId);
      for (const { labelId, subjectId, before } of entries) this.#put(labelId, subjectId, before);
      this.#moveHead(parentId);
      return this.#step(entries);
    });
  }

  /** Where two changes followed the same one, the newer counts. */
  redo(): LabelStep {
    return this.#file.edit("redo a label", ["labels"], () => {
      const childId = this.#childOf(this.headId);
      if (childId === null) throw nothingTo("redo");
      const entries = this.#entriesOf(childId);
      for (const { labelId, subjectId, after } of entries) this.#put(labelId, subjectId, after);
      this.#moveHead(childId);
      return this.#step(entries);
    });
  }

  /** Takes one change back, the latest or an earlier one; where a value was changed since, it stays. Within an edit. */
  undoChange(changeId: number): { changed: number; kept: number } {
    const entries = this.#entriesOf(changeId);
    if (this.headId === changeId) {
      this.undo();
      return { changed: entries.length, kept: 0 };
    }
    return this.#revert(entries.map((entry) => ({ ...entry, before: entry.after, after: entry.before })));
  }

  /** Makes a change again that was taken back. Within an edit. */
  redoChange(changeId: number): { changed: number; kept: number } {
    const entries = this.#entriesOf(changeId);
    if (this.#childOf(this.headId) === changeId) {
      this.redo();
      return { changed: entries.length, kept: 0 };
    }
    return this.#revert(entries);
  }

  /** Where the value is as before, it becomes that of after: as a change of its own. */
  #revert(entries: readonly EntryRow[]): { changed: number; kept: number } {
    const standing = entries.filter(({ labelId, subjectId, before }) => this.#valueOf(labelId, subjectId) === before);
    this.record(standing.map(({ labelId, subjectId, after }) => ({ labelId, subjectId, value: after })));
    return { changed: standing.length, kept: entries.length - standing.length };
  }

  /** The latest change that stands. */
  get headId(): number | null {
    return this.#file.get<{ id: number | null }>("SELECT label_head_id AS id FROM project")!.id;
  }

  #moveHead(changeId: number | null): void {
    this.#file.run("UPDATE project SET label_head_id = ?", changeId);
  }

  #childOf(changeId: number | null): number | null {
    return this.#file.get<{ id: number | null }>(
      "SELECT max(id) AS id FROM label_change WHERE parent_id IS ?",
      changeId,
    )!.id;
  }

  #entriesOf(changeId: number): EntryRow[] {
    return this.#file.all(
      `SELECT definition_id AS labelId, subject_id AS subjectId, coalesce(class_name_before, number_before) AS before,
         coalesce(class_name, number) AS after
       FROM label_entry WHERE change_id = ? ORDER BY definition_id, subject_id`,
      changeId,
    );
  }

  #valueOf(labelId: number, subjectId: number): LabelValue | null {
    const row = this.#file.get<{ value: LabelValue }>(
      "SELECT coalesce(class_name, number) AS value FROM label_value WHERE definition_id = ? AND subject_id = ?",
      labelId,
      subjectId,
    );
    return row?.value ?? null;
  }

  #put(labelId: number, subjectId: number, value: LabelValue | null): void {
    if (value === null) {
      this.#file.run("DELETE FROM label_value WHERE definition_id = ? AND subject_id = ?", labelId, subjectId);
      return;
    }
    this.#file.run(
      "INSERT OR REPLACE INTO label_value (definition_id, subject_id, class_name, number) VALUES (?, ?, ?, ?)",
      labelId,
      subjectId,
      ...columnsOf(value),
    );
  }

  #step(entries: readonly EntryRow[]): LabelStep {
    const { labelId, subjectId } = entries[0]!;
    const column = this.#definitions.get(labelId).scope === "patient" ? "image.case_id" : "image.id";
    const { frameId } = this.#file.get<{ frameId: number }>(
      `SELECT min(frame.id) AS frameId FROM frame JOIN image ON image.id = frame.image_id WHERE ${column} = ?`,
      subjectId,
    )!;
    return { ...this.history(), labelId, frameId, changed: entries.length };
  }
}

function columnsOf(value: LabelValue | null): [className: string | null, number: number | null] {
  return [typeof value === "string" ? value : null, typeof value === "number" ? value : null];
}

function nothingTo(what: "undo" | "redo"): Problem {
  const hint = "Set or clear a label first.";
  return new Problem({ code: "conflict", title: `There is no label to ${what}.`, hint });
}
