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
    return runs.map(({ runId }) => ({ runId, data: this.data(runId), best: bests.get(runId) ?? null }));
  }

  /** What a training learned from. */
  data(runId: number): RunData {
    let data = this.#data.get(runId);
    if (data === undefined) {
      const { snapshot: text, createdAt } = this.#file.get<{ snapshot: string; createdAt: string }>(
        "SELECT snapshot, created_at AS createdAt FROM run WHERE id = ?",
        runId,
      )!;
      const snapshot = JSON.parse(text) as DataSnapshot;
      data = { ...describeData(snapshot), pairing: this.#pairingOf(snapshot, createdAt) };
      this.#data.set(runId, data);
    }
    return data;
  }

  /** Older snapshots do not name it: the newest of these modalities that there was. */
  #pairingOf({ modalities, pairingId }: DataSnapshot, createdAt: string): RunData["pairing"] {
    if (modalities === undefined) return null;
    const { source, target } = modalities;
    const [condition, values] = pairingId === undefined ? ["created_at <= ?", [createdAt]] : ["id = ?", [pairingId]];
    const found = this.#file.get<{ pairingId: number | null }>(
      `SELECT max(id) AS pairingId FROM pairing WHERE source = ? AND target = ? AND ${condition}`,
      source,
      target,
      ...values,
    )!;
    return { pairingId: found.pairingId, source, target };
  }
}

function describeData({ frames, classes, fromModel }: DataSnapshot): Omit<RunData, "pairing"> {
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
