/**
 * @file Reports of imports, kept for those who ask later what came in, what was refused and what was removed.
 */
import type { ImportOutcome, KeptImport, KeptImportRow } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";
import { found } from "./trouble.ts";

export class Imports {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** Keeps a report; returns its id. It must hold no identity: interchange/import makes it so. */
  add(outcome: ImportOutcome): number {
    return this.#file.edit(
      "keep the report of an import",
      [],
      () =>
        this.#file.run(
          "INSERT INTO import_report (ended_at, outcome) VALUES (?, ?)",
          new Date().toISOString(),
          JSON.stringify(outcome),
        ).id,
    );
  }

  /** Latest first. */
  list(): KeptImportRow[] {
    return this.#file.all(
      `SELECT id AS reportId, ended_at AS endedAt, outcome ->> 'state' AS state, outcome ->> 'imported' AS imported,
         outcome ->> 'frames' AS frames, outcome ->> 'masks' AS masks,
         json_array_length(outcome, '$.refused') AS refused, outcome ->> '$.burnedIn.count' AS burnedIn
       FROM import_report ORDER BY id DESC`,
    );
  }

  get(reportId: number): KeptImport {
    const row = found(
      this.#file.get<{ endedAt: string; outcome: string }>(
        "SELECT ended_at AS endedAt, outcome FROM import_report WHERE id = ?",
        reportId,
      ),
      "import report",
      reportId,
    );
    const outcome = JSON.parse(row.outcome) as ImportOutcome;
    // Reports of earlier versions hold the list alone.
    return { reportId, endedAt: row.endedAt, outcome: { ...outcome, refusedCount: outcome.refused.length } };
  }
}
