/**
 * @file Evaluations: figures of a model on the frames of a split, per frame and class.
 */
import type {
  EvaluationRow,
  EvaluationSummary,
  LabelClass,
  Split,
  VolumeEvaluationMean,
  VolumeEvaluationRow,
} from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";
import type { Models } from "./models.ts";

/** Names are the project's to add. */
export type NewEvaluationRow = Pick<EvaluationRow, "frameId" | "classValue" | "dice" | "iou" | "hd95" | "hd95Unit">;

/** `volumeId`: the lowest frame of the volume. */
export type NewVolumeRow = Omit<VolumeEvaluationRow, "caseName" | "frameId"> & { volumeId: number };

export class Evaluations {
  readonly #file: ProjectFile;
  readonly #models: Models;

  constructor(file: ProjectFile, models: Models) {
    this.#file = file;
    this.#models = models;
  }

  /** All figures of the model on the split, in place of those before. */
  replace(
    modelId: number,
    split: Split,
    rows: readonly NewEvaluationRow[],
    volumes: readonly NewVolumeRow[] = [],
  ): void {
    this.#file.edit("store an evaluation", ["evaluations"], () => {
      this.#models.get(modelId);
      this.#file.run("DELETE FROM evaluation WHERE model_id = ? AND split = ?", modelId, split);
      for (const { frameId, classValue, dice, iou, hd95, hd95Unit } of rows) {
        this.#file.run(
          `INSERT INTO evaluation (model_id, split, frame_id, class_value, dice, iou, hd95, hd95_unit)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
          modelId,
          split,
          frameId,
          classValue,
          dice,
          iou,
          hd95,
          hd95Unit,
        );
      }
      this.#file.run("DELETE FROM volume_evaluation WHERE model_id = ? AND split = ?", modelId, split);
      for (const { volumeId, slices, classValue, dice, jaccard, hd95, asd, assd, unit, empty } of volumes) {
        this.#file.run(
          `INSERT INTO volume_evaluation
             (model_id, split, frame_id, slices, class_value, dice, jaccard, hd95, asd, assd, unit, empty)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...[modelId, split, volumeId, slices, classValue, dice, jaccard, hd95, asd, assd, unit, empty],
        );
      }
    });
  }

  /** Rows by case and frame; the mean of a figure is over the rows where it is defined. No rows: not evaluated yet. */
  summary(modelId: number, split: Split): EvaluationSummary {
    const rows = this.#file
      .all<EvaluationRow & { fileName: string; frameIndex: number; frameCount: number; caseId: number }>(
        `SELECT evaluation.model_id AS modelId, evaluation.split, evaluation.frame_id AS frameId,
           image.file_name AS fileName, frame.frame_index AS frameIndex,
           (SELECT count(*) FROM frame AS sibling WHERE sibling.image_id = image.id) AS frameCount,
           case_.id AS caseId, case_.name AS caseName, evaluation.class_value AS classValue,
           evaluation.dice, evaluation.iou, evaluation.hd95, evaluation.hd95_unit AS hd95Unit
         FROM evaluation JOIN frame ON frame.id = evaluation.frame_id JOIN image ON image.id = frame.image_id
         JOIN case_ ON case_.id = image.case_id
         WHERE evaluation.model_id = ? AND evaluation.split = ?
         ORDER BY case_.id, image.file_name, image.id, frame.frame_index, evaluation.class_value`,
        modelId,
        split,
      )
      .map(({ fileName, frameIndex, frameCount, ...row }) => ({
        ...row,
        frameName: frameCount > 1 ? `${fileName} · ${frameIndex + 1}` : fileName,
      }));
    return {
      modelId,
      split,
      frames: new Set(rows.map(({ frameId }) => frameId)).size,
      cases: new Set(rows.map(({ caseId }) => caseId)).size,
      mean: this.#models.get(modelId).classes.map((labelClass) => meanOfClass(labelClass, rows)),
      rows: rows.map(({ caseId: _, ...row }) => row),
      volumes: this.#volumes(modelId, split),
    };
  }

  #volumes(modelId: number, split: Split): EvaluationSummary["volumes"] {
    const rows = this.#file.all<VolumeEvaluationRow>(
      `SELECT case_.name AS caseName, frame_id AS frameId, slices, class_value AS classValue,
         dice, jaccard, hd95, asd, assd, unit, empty
       FROM volume_evaluation JOIN frame ON frame.id = frame_id JOIN image ON image.id = frame.image_id
       JOIN case_ ON case_.id = image.case_id
       WHERE model_id = ? AND volume_evaluation.split = ? ORDER BY case_.id, frame_id, class_value`,
      modelId,
      split,
    );
    const mean = this.#models.get(modelId).classes.flatMap((labelClass) => meanOverVolumes(labelClass, rows));
    return { mean, rows };
  }
}

function meanOfClass({ value, name }: LabelClass, all: readonly EvaluationRow[]): EvaluationSummary["mean"][number] {
  const rows = all.filter(({ classValue }) => classValue === value);
  // Distances in mm and in pixels have no common mean.
  const units = new Set(rows.map(({ hd95Unit }) => hd95Unit));
  return {
    classValue: value,
    className: name,
    dice: mean(rows.map(({ dice }) => dice)),
    iou: mean(rows.map(({ iou }) => iou)),
    hd95: units.size === 1 ? mean(rows.map(({ hd95 }) => hd95)) : null,
    hd95Unit: units.has("mm") && units.size === 1 ? "mm" : "px",
  };
}

/** Nothing for no volumes. */
function meanOverVolumes({ value, name }: LabelClass, all: readonly VolumeEvaluationRow[]): VolumeEvaluationMean[] {
  const rows = all.filter(({ classValue }) => classValue === value);
  if (rows.length === 0) return [];
  const of = (key: "dice" | "jaccard" | "hd95" | "asd" | "assd") => mean(rows.map((row) => row[key]))!;
  const isOneUnit = rows.every(({ unit }) => unit === rows[0]!.unit);
  const distance = (key: "hd95" | "asd" | "assd") => (isOneUnit ? of(key) : null);
  const count = (kind: VolumeEvaluationRow["empty"]) => rows.filter(({ empty }) => empty === kind).length;
  return [
    {
      classValue: value,
      className: name,
      volumes: rows.length,
      dice: of("dice"),
      jaccard: of("jaccard"),
      hd95: distance("hd95"),
      asd: distance("asd"),
      assd: distance("assd"),
      unit: isOneUnit ? rows[0]!.unit : "px",
      empty: { prediction: count("prediction"), reference: count("reference"), both: count("both") },
    },
  ];
}

function mean(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
