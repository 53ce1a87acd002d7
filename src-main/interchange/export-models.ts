/**
 * @file Models as ONNX, and their figures as CSV.
 */
import type { EvaluationSummary, Split } from "../api/contract.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import { csv } from "./csv.ts";
import type { ExportFile } from "./export-files.ts";
import { safeName } from "./export-names.ts";

/** The model as `<method>-<model id>.onnx`. */
export function onnxFile(project: Project, modelId: number): ExportFile {
  const { method } = project.models.get(modelId);
  return {
    name: `${safeName(method)}-${modelId}.onnx`,
    content: () => Promise.resolve(project.models.onnx(modelId)),
  };
}

/** Figures per image and class, then their means, as `metrics-model-<model id>-<split>.csv`. Throws `Problem` when there are none. */
export function metricsFile(project: Project, modelId: number | undefined, split: Split): ExportFile {
  if (modelId === undefined) throw notEvaluated("There is no model yet.");
  const summary = project.evaluations.summary(modelId, split);
  if (summary.rows.length === 0) throw notEvaluated(`Model ${modelId} was not evaluated on the split ${split} yet.`);
  return {
    name: `metrics-model-${modelId}-${split}.csv`,
    content: () => Promise.resolve(new TextEncoder().encode(metricsCsv(summary))),
  };
}

function metricsCsv({ modelId, split, rows, mean }: EvaluationSummary): string {
  const classNames = new Map(mean.map(({ classValue, className }) => [classValue, className]));
  return csv([
    ["model", "split", "case", "image", "class_value", "class_name", "dice", "iou", "hd95", "hd95_unit"],
    ...rows.map((row) => [
      modelId,
      split,
      row.caseName,
      row.frameName,
      row.classValue,
      classNames.get(row.classValue) ?? null,
      row.dice,
      row.iou,
      row.hd95,
      row.hd95Unit,
    ]),
    ...mean.map((row) => [
      modelId,
      split,
      null,
      "mean",
      row.classValue,
      row.className,
      row.dice,
      row.iou,
      row.hd95,
      row.hd95Unit,
    ]),
  ]);
}

function notEvaluated(title: string): Problem {
  return new Problem({ code: "not-enough-data", title, hint: "Train a model and evaluate it on that split first." });
}
