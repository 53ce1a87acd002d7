/**
 * @file Images taken out of the project: no list, count, run or export knows them any more, but the file keeps them with their annotations,
 * so that undo brings them back as they were.
 */
import type { RemovalPreview } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";

/** Of a JSON list of frame ids: the images that hold them and are in the project. */
const CHOSEN = `
  SELECT DISTINCT image.id FROM json_each(?) AS chosen JOIN frame ON frame.id = chosen.value
  JOIN image ON image.id = frame.image_id WHERE image.removed_by IS NULL`;

export class Removals {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  imagesOf(frameIds: readonly number[]): number[] {
    return this.#file.all<{ id: number }>(CHOSEN, JSON.stringify(frameIds)).map(({ id }) => id);
  }

  /** What goes with the images of these frames. */
  preview(frameIds: readonly number[]): RemovalPreview {
    const ids = JSON.stringify(this.imagesOf(frameIds));
    const of = "FROM json_each(?) AS chosen JOIN frame ON frame.image_id = chosen.value";
    const count = (sql: string): number => this.#file.get<{ count: number }>(sql, ids)!.count;
    return {
      images: count("SELECT count(*) AS count FROM json_each(?)"),
      frames: count(`SELECT count(*) AS count ${of}`),
      annotated: count(`SELECT count(frame.head_id) AS count ${of}`),
      pendingProposals: count(
        `SELECT count(*) AS count ${of} JOIN proposal ON proposal.frame_id = frame.id WHERE proposal.state = 'pending'`,
      ),
      labels: count(
        `SELECT count(*) AS count FROM json_each(?) AS chosen JOIN label_value ON label_value.subject_id = chosen.value
         JOIN label_definition ON label_definition.id = label_value.definition_id WHERE label_definition.scope = 'image'`,
      ),
      cases: count(
        `WITH chosen AS (SELECT value AS id FROM json_each(?))
         SELECT count(*) AS count FROM (
           SELECT case_id FROM image WHERE removed_by IS NULL GROUP BY case_id
           HAVING sum(id NOT IN (SELECT id FROM chosen)) = 0)`,
      ),
    };
  }

  /** Within an edit. Returns how many were in the project. */
  remove(imageIds: readonly number[], actionId: number): number {
    return this.#file.run(
      `UPDATE image SET removed_by = ? WHERE removed_by IS NULL AND id IN (SELECT value FROM json_each(?))`,
      actionId,
      JSON.stringify(imageIds),
    ).changes;
  }

  /** Brings back what an action removed. Within an edit. Returns how many. */
  restore(actionId: number): number {
    return this.#file.run("UPDATE image SET removed_by = NULL WHERE removed_by = ?", actionId).changes;
  }
}
