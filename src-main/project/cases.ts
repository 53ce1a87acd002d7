/**
 * @file Cases: one examination each, the unit of splits. A case is known by an opaque key, never by a name of a person.
 */
import type { Split } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import { sha256 } from "./blobs.ts";
import { recordBulk } from "./bulk-log.ts";
import type { ProjectFile } from "./file.ts";
import { IS_SYNTHETIC } from "./frame-columns.ts";
import { found } from "./trouble.ts";

export interface CaseRow {
  caseId: number;
  name: string;
  split: Split | null;
  frames: number;
  annotated: number;
}

export class Cases {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** Those that have an image. */
  list(): CaseRow[] {
    return this.#file.all(
      `SELECT case_.id AS caseId, case_.name, case_.split, count(frame.id) AS frames, count(frame.head_id) AS annotated
       FROM case_ JOIN image ON image.case_id = case_.id JOIN frame ON frame.image_id = image.id
       WHERE image.removed_by IS NULL GROUP BY case_.id ORDER BY case_.id`,
    );
  }

  /**
   * The case of `patientKey` (a digest from the file), or of `name` (a group of file names) when the file says nothing.
   * Makes it when there is none; without a name it is numbered. Within an edit.
   */
  findOrAdd(patientKey: string | null, name: string | null, split: Split | null): number {
    const key = patientKey === null ? `name:${name ?? ""}` : `key:${this.#pseudonym(patientKey)}`;
    const known = this.#file.get<{ id: number }>("SELECT id FROM case_ WHERE patient_key = ?", key);
    if (known !== undefined) {
      // A split chosen earlier stays: a patient must never be moved by a later import.
      if (split !== null) this.#file.run("UPDATE case_ SET split = ? WHERE id = ? AND split IS NULL", split, known.id);
      return known.id;
    }
    const { next } = this.#file.get<{ next: number }>("SELECT coalesce(max(id), 0) + 1 AS next FROM case_")!;
    const shown = name ?? `Case ${next}`;
    this.#file.run("INSERT INTO case_ (id, patient_key, name, split) VALUES (?, ?, ?, ?)", next, key, shown, split);
    return next;
  }

  /** Salted by project, so that neither two projects nor a table of digests of likely patient numbers can be matched. */
  #pseudonym(patientKey: string): string {
    const { salt } = this.#file.get<{ salt: Uint8Array }>("SELECT patient_salt AS salt FROM project")!;
    return sha256(Buffer.concat([salt, Buffer.from(patientKey)]));
  }

  setSplit(caseId: number, split: Split | null): void {
    this.assignSplits(new Map([[caseId, split]]));
  }

  /** All or none; one action to undo. */
  assignSplits(splits: ReadonlyMap<number, Split | null>): void {
    this.#file.edit("assign splits", ["project", "frames"], () => {
      const moved: [number, Split | null, Split | null][] = [];
      for (const [caseId, split] of splits) {
        const row = this.#file.get<{ before: Split | null }>("SELECT split AS before FROM case_ WHERE id = ?", caseId);
        const { before } = found(row, "case", caseId);
        if (before === split) continue;
        if (split === "val" || split === "test") this.#checkReal(caseId);
        this.move(caseId, before, split);
        moved.push([caseId, before, split]);
      }
      if (moved.length > 0) recordBulk(this.#file, "split", { cases: moved });
    });
  }

  /** A model that learned from synthetic images would be judged by its own teacher. */
  #checkReal(caseId: number): void {
    const synthetic = this.#file.get(
      `SELECT 1 FROM frame JOIN image ON image.id = frame.image_id WHERE image.case_id = ? AND ${IS_SYNTHETIC} LIMIT 1`,
      caseId,
    );
    if (synthetic === undefined) return;
    throw new Problem({
      code: "conflict",
      title: "Synthetic images cannot judge a model.",
      detail: `Case ${caseId} holds images that a generator made.`,
      hint: "Leave it in the training split; validation and test take real images only.",
    });
  }

  /** Before a synthetic image is put into it. Throws `Problem` "conflict". */
  checkTrainedOn(caseId: number): void {
    const { split } = found(
      this.#file.get<{ split: Split | null }>("SELECT split FROM case_ WHERE id = ?", caseId),
      "case",
      caseId,
    );
    if (split !== "val" && split !== "test") return;
    throw new Problem({
      code: "conflict",
      title: "Synthetic images cannot judge a model.",
      detail: `The file says that a model made its pixels, and its case is in the ${split === "val" ? "validation" : "test"} split.`,
      hint: "Import it into the training split.",
    });
  }

  /** False when the case is not where it should come from. Within an edit. */
  move(caseId: number, from: Split | null, to: Split | null): boolean {
    return this.#file.run("UPDATE case_ SET split = ? WHERE id = ? AND split IS ?", to, caseId, from).changes === 1;
  }
}
