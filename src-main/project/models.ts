/**
 * @file Models: the best checkpoint of a run, as an ONNX graph that predicts and weights to go on from.
 */
import type { LabelClass, ModelRow } from "../api/contract.ts";
import { plainBytes, storeBlob } from "./blobs.ts";
import type { ProjectFile } from "./file.ts";
import { found } from "./trouble.ts";

export interface NewModel {
  runId: number;
  name: string;
  method: string;
  step: number;
  /** The figure that its run is judged by. */
  score: number | null;
  /** Default: masks. */
  makes?: readonly ModelRow["makes"][number][];
  classes: LabelClass[];
  onnx: Uint8Array;
  /** safetensors. */
  weights: Uint8Array;
}

interface ModelRecord extends Omit<ModelRow, "classes" | "judgedBy" | "validationDice" | "makes" | "labels"> {
  targets: string | null;
  classes: string;
  makes: string;
  figure: string;
  better: "higher" | "lower";
}

// Snapshots are long: only those that name labels are looked into.
const SELECT = `SELECT model.id AS modelId, run_id AS runId, name, model.method, model.created_at AS createdAt, model.step, score, makes, classes,
    CASE WHEN makes LIKE '%grades%' OR makes LIKE '%numbers%' THEN json_extract(run.snapshot, '$.targets') END AS targets,
    run.judged_by AS figure, run.better FROM model JOIN run ON run.id = model.run_id`;

export class Models {
  readonly #file: ProjectFile;

  constructor(file: ProjectFile) {
    this.#file = file;
  }

  /** Stores the model and names it as what its run made. Returns the model id. */
  add(model: NewModel): number {
    return this.#file.edit("add a model", ["models", "runs"], () => {
      const { id } = this.#file.run(
        `INSERT INTO model (run_id, name, method, created_at, step, score, makes, classes, onnx_sha256, weights_sha256)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        model.runId,
        model.name,
        model.method,
        new Date().toISOString(),
        model.step,
        model.score,
        (model.makes ?? ["masks"]).join(),
        JSON.stringify(model.classes),
        storeBlob(this.#file, model.onnx),
        storeBlob(this.#file, model.weights),
      );
      this.#file.run("UPDATE run SET model_id = ? WHERE id = ?", id, model.runId);
      return id;
    });
  }

  rename(modelId: number, name: string): ModelRow {
    this.#file.edit("rename a model", ["models"], () => {
      const { changes } = this.#file.run("UPDATE model SET name = ? WHERE id = ?", name, modelId);
      found(changes === 1 ? changes : undefined, "model", modelId);
    });
    return this.get(modelId);
  }

  /** Newest first. */
  list(): ModelRow[] {
    return this.#file.all<ModelRecord>(`${SELECT} ORDER BY model.id DESC`).map(modelRow);
  }

  get(modelId: number): ModelRow {
    return modelRow(found(this.#file.get<ModelRecord>(`${SELECT} WHERE model.id = ?`, modelId), "model", modelId));
  }

  onnx(modelId: number): Uint8Array<ArrayBuffer> {
    return this.#bytes(modelId, "onnx_sha256");
  }

  weights(modelId: number): Uint8Array<ArrayBuffer> {
    return this.#bytes(modelId, "weights_sha256");
  }

  #bytes(modelId: number, column: "onnx_sha256" | "weights_sha256"): Uint8Array<ArrayBuffer> {
    const row = this.#file.get<{ bytes: Uint8Array }>(
      `SELECT blob.bytes FROM model JOIN blob ON blob.sha256 = model.${column} WHERE model.id = ?`,
      modelId,
    );
    return plainBytes(found(row, "model", modelId).bytes);
  }
}

function modelRow({ figure, better, targets, ...record }: ModelRecord): ModelRow {
  const labels = JSON.parse(targets ?? "[]") as ModelRow["labels"];
  return {
    ...record,
    judgedBy: { figure, better },
    validationDice: figure === "validationDice" ? record.score : null,
    makes: record.makes.split(",") as ModelRow["makes"],
    classes: JSON.parse(record.classes) as LabelClass[],
    labels: labels.map(({ labelId, name }) => ({ labelId, name })),
  };
}
