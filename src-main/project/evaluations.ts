/**
 * @file Evaluations: figures of a model on the frames of a split, per frame and class.
 */
import type { EvaluationRow, EvaluationSummary, LabelClass, Split } from "../api/contract.ts";
import type { ProjectFile } from "./file.ts";
import type { Models } from "./models.ts";

/** Names are the project's to add. */
export type NewEvaluationRow = Pick<EvaluationRow, "frameId" | "classValue" | "dice" | "iou" | "hd95" | "hd95Unit">;

export class Evaluations {
  readonly #file: ProjectFile;
  readonly #models: Models;

  constructor(file: ProjectFile, models: Models) {
    this.#file = file;
    this.#models = models;
  }

  /** All figures of the model on the split, in place of those before. */
  replace(modelId: number, split: Split, rows: readonly NewEvaluationRow[]): void {
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
    };
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

function mean(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
