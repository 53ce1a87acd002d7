/**
 * @file Runs: what was asked, with everything needed to repeat it, how far it came, and its figures.
 */
import type {
  LabelClass,
  LabelTarget,
  MetricPoint,
  Modalities,
  ProblemFields,
  RunDetail,
  RunKind,
  RunRow,
  RunState,
  Split,
} from "../api/contract.ts";
import { Problem, type Statement } from "../problem/index.ts";
import type { GridRelation, PlaneTransform } from "../voxels/index.ts";
import { plainBytes } from "./blobs.ts";
import type { ProjectFile, SqlValue } from "./file.ts";
import { unseenRevisions } from "./annotations.ts";
import { found } from "./trouble.ts";

/** The data that a run sees, fixed when it is queued: later strokes do not change what it learned from. */
export interface DataSnapshot {
  frames: {
    frameId: number;
    imageId: number;
    caseId: number;
    split: Split | null;
    revisionId: number | null;
    /** Looked at for a volume to be whole; nothing is told of it. */
    isContext?: true;
    /** Of a run on labels of whole images: as in `SourceFrame`. */
    values?: (number | null)[];
    /** Of a translation: as in `SourceFrame`. */
    modality?: { side: "source" | "target"; counterpart?: number; alignment?: PlaneTransform; relation?: GridRelation };
  }[];
  classes: LabelClass[];
  /** Model that training starts from, or that predicts or is evaluated. */
  fromModel: number | null;
  /** What a translation goes between. */
  modalities?: Modalities;
  /** Of a training that learns from pairs: which pairing. */
  pairingId?: number;
  /** Which labels of whole images are learned or judged, as they were defined when the run was queued. */
  targets?: LabelTarget[];
  /** Of what judges a model of labels, for each target: classes that the label got since. `values` of frames count on to them. */
  unknownClasses?: string[][];
  /** Of a training on networks that lie on this machine alone: what they are, by their digests, never where. */
  backbone?: object;
  /** Of a training on an ONNX trunk of the project: what is known of it. */
  trunk?: object;
}

export interface NewRun {
  kind: RunKind;
  method: string;
  settings: RunRow["settings"];
  seed: number;
  device: string;
  steps: number;
  snapshot: DataSnapshot;
  modelId?: number | null | undefined;
  /** For the person who started it. */
  remarks?: readonly Statement[];
  /** What a training chooses its model by; default: the higher `validationDice`. */
  judgedBy?: RunRow["judgedBy"];
}

export interface RunChange {
  state?: RunState;
  step?: number;
  steps?: number;
  secondsPerStep?: number | null;
  problem?: ProblemFields | null;
  endedAt?: string | null;
  modelId?: number | null;
  device?: string;
  deviceReason?: readonly Statement[] | null;
  threads?: number | null;
  plannedMemoryBytes?: number | null;
}

export interface RunProgress {
  step: number;
  secondsPerStep: number | null;
  /** Computed since the last report. */
  seconds: number;
  /** Of the process: now, and the most so far. */
  memoryBytes: number;
  peakMemoryBytes: number;
}

export interface RunRecipe {
  kind: RunKind;
  method: string;
  settings: RunRow["settings"];
  seed: number;
  device: string;
  steps: number;
  snapshot: DataSnapshot;
}

export type CheckpointKind = "last" | "best";

interface RunRecord extends Omit<
  RunRow,
  "settings" | "problem" | "secondsLeft" | "remarks" | "deviceReason" | "judgedBy"
> {
  figure: string;
  better: "higher" | "lower";
  settings: string;
  remarks: string;
  deviceReason: string | null;
  problem: string | null;
}

const runColumns = `id AS runId, CASE
    WHEN id IN (SELECT run_id FROM experiment) THEN 'experiment' WHEN id IN (SELECT run_id FROM synthesis) THEN 'synthesise'
    WHEN id IN (SELECT run_id FROM translation) THEN 'translate' ELSE kind END AS kind, method, state, settings, seed, device, step, steps,
  seconds_per_step AS secondsPerStep, seconds_spent AS secondsSpent, created_at AS createdAt, ended_at AS endedAt,
  model_id AS modelId, problem, remarks, judged_by AS figure, better, device_reason AS deviceReason, threads, peak_memory_bytes AS peakMemoryBytes, planned_memory_bytes AS plannedMemoryBytes,
  CASE state WHEN 'running' THEN memory_bytes END AS memoryBytes,
  CASE state WHEN 'queued' THEN (
    SELECT count(*) FROM run AS other WHERE other.state = 'queued' AND other.queue_place <= run.queue_place
  ) END AS queuePosition`;

const columnOf: Record<keyof RunChange, string> = {
  state: "state",
  step: "step",
  steps: "steps",
  secondsPerStep: "seconds_per_step",
  problem: "problem",
  endedAt: "ended_at",
  modelId: "model_id",
  device: "device",
  deviceReason: "device_reason",
  threads: "threads",
  plannedMemoryBytes: "planned_memory_bytes",
};

const storedKinds = {
  train: "train",
  predict: "predict",
  evaluate: "evaluate",
  experiment: "evaluate",
  synthesise: "predict",
  translate: "predict",
} as const satisfies Record<RunKind, string>;

/** Behind all that ever waited. */
const LAST_PLACE = "(SELECT coalesce(max(queue_place), 0) + 1 FROM run)";

export class Runs {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** At the end of the queue, or "paused" until it is resumed. Returns the run id. */
  create(run: NewRun, state: "queued" | "paused" = "queued"): number {
    this.#checkJudges(run.snapshot);
    return this.#file.edit("queue a run", ["runs"], () => {
      return this.#file.run(
        `INSERT INTO run (kind, method, state, settings, seed, device, steps, created_at, model_id, snapshot, remarks, judged_by, better, queue_place)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${LAST_PLACE})`,
        // The table knows three kinds; what is another has a row in a table of its own.
        storedKinds[run.kind],
        run.method,
        state,
        JSON.stringify(run.settings),
        run.seed,
        run.device,
        run.steps,
        new Date().toISOString(),
        run.modelId ?? null,
        JSON.stringify(run.snapshot),
        JSON.stringify(run.remarks ?? []),
        run.judgedBy?.figure ?? "validationDice",
        run.judgedBy?.better ?? "higher",
      ).id;
    });
  }

  /** A mask that nobody looked at must not judge a model: neither choose its weights nor tell how good it is. */
  #checkJudges({ frames }: DataSnapshot): void {
    const judges = frames.filter(({ split }) => split === "val" || split === "test");
    const unseen = unseenRevisions(
      this.#file,
      judges.flatMap(({ revisionId }) => revisionId ?? []),
    );
    if (unseen.size === 0) return;
    throw new Problem({
      code: "conflict",
      title: "Masks that were accepted unseen cannot judge a model.",
      detail: `${unseen.size} of the validation or test images of this run have such a mask.`,
      hint: "Look at these masks and accept or correct them one by one, or move their cases to the training split.",
    });
  }

  /** Newest first. */
  list(): RunRow[] {
    return this.#file.all<RunRecord>(`SELECT ${runColumns} FROM run ORDER BY id DESC`).map(runRow);
  }

  /** The run alone, which is cheap to ask for. */
  row(runId: number): RunRow {
    return runRow(this.#record(runId));
  }

  get(runId: number): Omit<RunDetail, "trend"> {
    return { ...this.row(runId), metrics: this.metrics(runId) };
  }

  /** What is needed to do the run, or to do it again. */
  recipe(runId: number): RunRecipe {
    const { kind, method, settings, seed, device, steps, snapshot } = found(
      this.#file.get<RunRecord & { snapshot: string }>(`SELECT ${runColumns}, snapshot FROM run WHERE id = ?`, runId),
      "run",
      runId,
    );
    return {
      kind,
      method,
      settings: JSON.parse(settings) as RunRow["settings"],
      seed,
      device,
      steps,
      snapshot: JSON.parse(snapshot) as DataSnapshot,
    };
  }

  /** Sets the fields that are given. */
  update(runId: number, change: RunChange): void {
    const given = (Object.keys(columnOf) as (keyof RunChange)[]).filter((key) => change[key] !== undefined);
    if (given.length === 0) return;
    this.#file.edit("record how a run goes", ["runs"], () => {
      const values = given.map((key): SqlValue => {
        const value = change[key]!;
        return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
      });
      const assignments = given.map((key) => `${columnOf[key]} = ?`).join(", ");
      const { changes } = this.#file.run(`UPDATE run SET ${assignments} WHERE id = ?`, ...values, runId);
      found(changes === 1 ? changes : undefined, "run", runId);
    });
  }

  /** Adds remarks; those with the same words give way. */
  remark(runId: number, added: readonly Statement[]): void {
    if (added.length === 0) return;
    const kept = this.row(runId).remarks.filter(({ text }) => added.every((one) => one.text !== text));
    this.#file.edit("remark on a run", ["runs"], () => {
      this.#file.run("UPDATE run SET remarks = ? WHERE id = ?", JSON.stringify([...kept, ...added]), runId);
    });
  }

  /** At the end of the queue, again. */
  enqueue(runId: number): void {
    this.#file.edit("queue a run", ["runs"], () => {
      this.#file.run(
        `UPDATE run SET state = 'queued', problem = NULL, ended_at = NULL, queue_place = ${LAST_PLACE} WHERE id = ?`,
        runId,
      );
    });
  }

  /** `runIds`: those that are queued, next one first. */
  orderQueue(runIds: readonly number[]): void {
    this.#file.edit("order the queue", ["runs"], () => {
      for (const [place, runId] of runIds.entries())
        this.#file.run("UPDATE run SET queue_place = ? WHERE id = ?", place, runId);
    });
  }

  /** A few times a second, and no news for the list: the queue tells it itself. */
  recordProgress(runId: number, progress: RunProgress): void {
    this.#file.edit("record a run's progress", [], () => {
      this.#file.run(
        `UPDATE run SET step = ?, seconds_per_step = ?, seconds_spent = seconds_spent + ?, memory_bytes = ?,
           peak_memory_bytes = max(coalesce(peak_memory_bytes, 0), ?) WHERE id = ?`,
        progress.step,
        progress.secondsPerStep,
        progress.seconds,
        progress.memoryBytes,
        progress.peakMemoryBytes,
        runId,
      );
    });
  }

  /** Runs that a crash or a closed window cut off. Returns how many. */
  markInterrupted(): number {
    const { count } = this.#file.get<{ count: number }>(
      "SELECT count(*) AS count FROM run WHERE state IN ('queued', 'running')",
    )!;
    if (count === 0) return 0;
    return this.#file.edit("mark interrupted runs", ["runs"], () => {
      return this.#file.run(
        "UPDATE run SET state = 'interrupted', ended_at = ? WHERE state IN ('queued', 'running')",
        new Date().toISOString(),
      ).changes;
    });
  }

  /** A point of a step that is there already replaces it: a resumed run repeats steps. A value that is no number is kept as a gap. */
  addMetrics(runId: number, points: readonly MetricPoint[]): void {
    if (points.length === 0) return;
    this.#file.edit("record metrics", [], () => {
      for (const { step, name, value } of points) {
        this.#file.run(
          "INSERT OR REPLACE INTO run_metric (run_id, name, step, value) VALUES (?, ?, ?, ?)",
          runId,
          name,
          step,
          Number.isFinite(value) ? value : null,
        );
      }
    });
  }

  /** By name, then step; without the gaps. All, or those of one name. */
  metrics(runId: number, name?: string): MetricPoint[] {
    return this.#file.all(
      `SELECT step, name, value FROM run_metric
       WHERE run_id = ? AND value IS NOT NULL ${name === undefined ? "" : "AND name = ?"} ORDER BY name, step`,
      ...(name === undefined ? [runId] : [runId, name]),
    );
  }

  /** Replaces the checkpoint of that kind. */
  saveCheckpoint(
    runId: number,
    { step, kind, bytes }: { step: number; kind: CheckpointKind; bytes: Uint8Array },
  ): void {
    this.#file.edit("save a checkpoint", [], () => {
      this.#file.run(
        "INSERT OR REPLACE INTO checkpoint (run_id, kind, step, created_at, bytes) VALUES (?, ?, ?, ?, ?)",
        runId,
        kind,
        step,
        new Date().toISOString(),
        bytes,
      );
    });
  }

  checkpoint(runId: number, kind: CheckpointKind): { step: number; bytes: Uint8Array<ArrayBuffer> } | null {
    const row = this.#file.get<{ step: number; bytes: Uint8Array }>(
      "SELECT step, bytes FROM checkpoint WHERE run_id = ? AND kind = ?",
      runId,
      kind,
    );
    return row === undefined ? null : { step: row.step, bytes: plainBytes(row.bytes) };
  }

  #record(runId: number): RunRecord {
    return found(this.#file.get<RunRecord>(`SELECT ${runColumns} FROM run WHERE id = ?`, runId), "run", runId);
  }
}

function runRow({ figure, better, ...record }: RunRecord): RunRow {
  const { secondsPerStep, state, step, steps } = record;
  const isUnderWay = state === "running" && secondsPerStep !== null;
  return {
    ...record,
    settings: JSON.parse(record.settings) as RunRow["settings"],
    remarks: JSON.parse(record.remarks) as Statement[],
    deviceReason: record.deviceReason === null ? null : (JSON.parse(record.deviceReason) as Statement[]),
    judgedBy: { figure, better },
    problem: record.problem === null ? null : (JSON.parse(record.problem) as ProblemFields),
    secondsLeft: isUnderWay ? Math.max(0, steps - step) * secondsPerStep : null,
  };
}
