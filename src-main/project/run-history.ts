/** @file What trainings learned from, and how far they got: to compare them. Read only. */
import { createHash } from "node:crypto";
import type { RunHistoryRow } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";
import type { DataSnapshot } from "./runs.ts";

type RunData = RunHistoryRow["data"];

export class RunHistory {
  readonly #file: ProjectFile;
  /** By run: a snapshot is never changed, and one of 20 000 frames takes a while to read. */
  readonly #data = new Map<number, RunData>();

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** Of all trainings, newest first. */
  list(): RunHistoryRow[] {
    const runs = this.#file.all<{ runId: number }>("SELECT id AS runId FROM run WHERE kind = 'train' ORDER BY id DESC");
    const bests = new Map(
      this.#file
        .all<{ runId: number; step: number; score: number }>(
          // With max() SQLite takes the other columns from the row of the maximum (sqlite.org/lang_select.html, bare columns).
          `SELECT run_id AS runId, run_metric.step, value AS score, max(iif(better = 'higher', value, -value)) FROM run_metric
           JOIN run ON run.id = run_id AND run.judged_by = name WHERE value IS NOT NULL GROUP BY run_id`,
        )
        .map(({ runId, step, score }) => [runId, { step, score }]),
    );
    return runs.map(({ runId }) => ({ runId, data: this.#dataOf(runId), best: bests.get(runId) ?? null }));
  }

  #dataOf(runId: number): RunData {
    let data = this.#data.get(runId);
    if (data === undefined) {
      const { snapshot } = this.#file.get<{ snapshot: string }>("SELECT snapshot FROM run WHERE id = ?", runId)!;
      this.#data.set(runId, (data = describeData(JSON.parse(snapshot) as DataSnapshot)));
    }
    return data;
  }
}

function describeData({ frames, classes, fromModel }: DataSnapshot): RunData {
  const counts = { labelled: 0, validated: 0, unlabelled: 0 };
  const lines: string[] = [];
  for (const { frameId, revisionId, split } of frames) {
    const role = revisionId === null ? "unlabelled" : split === "val" ? "validated" : "labelled";
    counts[role]++;
    lines.push(`${frameId} ${revisionId ?? "-"} ${role}`);
  }
  const known = classes.map(({ value, name }) => `${value} ${name}`);
  const digest = createHash("sha256")
    .update([...lines.toSorted(), ...known.toSorted()].join("\n"))
    .digest("hex")
    .slice(0, 8);
  return { ...counts, classes: classes.map(({ name }) => name), fromModel, digest };
}
