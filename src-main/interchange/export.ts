/**
 * @file What leaves the project for other tools: masks as PNG, models as ONNX, figures as CSV.
 */
import type { EvaluationSummary, ExportReport, FrameRow, Split } from "../api/contract.ts";
import { encodeMaskPng } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import type { Project } from "../project/index.ts";
import { decodeLabelMap } from "../voxels/index.ts";
import { csv } from "./csv.ts";
import { writeExport } from "./export-files.ts";
import { frameStem, partsOf } from "./file-names.ts";

interface ExportOptions {
  project: Project;
  /** Made if it is not there. */
  dir: string;
  /** Replace files of the same name that hold something else. Default false: `Problem` "conflict". */
  overwrite?: boolean;
}

/**
 * Every annotation as `<image>.png`, frames of a multi-frame image as `<image>_frame0001.png`; 8-bit gray, values as
 * `encodeMaskPng` writes them. Images of one name go into folders named after their cases, and if the case is one as
 * well, get the image's number.
 */
export async function exportPngMasks({
  project,
  dir,
  split,
  overwrite = false,
}: ExportOptions & { split?: Split | undefined }): Promise<ExportReport> {
  const frames = project.images.frames();
  const names = maskNames(project, frames);
  const chosen = frames.filter((frame) => frame.annotation !== null && (split === undefined || frame.split === split));
  if (chosen.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title:
        split === undefined ? "There is no annotation to export." : `There is no annotation in the split ${split}.`,
      hint: "Annotate images or accept proposals first.",
    });
  }
  const classes = project.classes.list();
  const files = chosen.map(({ frameId, width, height }) => {
    // What is exported is the state at the call, also if someone draws meanwhile.
    const revisionId = project.annotations.head(frameId);
    return {
      name: names.get(frameId)!,
      content: () =>
        encodeMaskPng(decodeLabelMap(project.annotations.revision(revisionId), { width, height }), classes),
    };
  });
  return { format: "png", dir, files: await writeExport(dir, files, overwrite) };
}

/** The model as `<method>-<model id>.onnx`. */
export async function exportOnnx({
  project,
  dir,
  modelId,
  overwrite = false,
}: ExportOptions & { modelId: number }): Promise<ExportReport> {
  const { method } = project.models.get(modelId);
  const content = (): Promise<Uint8Array> => Promise.resolve(project.models.onnx(modelId));
  const file = { name: `${safeName(method)}-${modelId}.onnx`, content };
  return { format: "onnx", dir, files: await writeExport(dir, [file], overwrite) };
}

/** Figures per image and class, then their means, as `metrics-model-<model id>-<split>.csv`. Default: newest model, test. */
export async function exportCsv({
  project,
  dir,
  modelId = project.models.list()[0]?.modelId,
  split = "test",
  overwrite = false,
}: ExportOptions & { modelId?: number | undefined; split?: Split | undefined }): Promise<ExportReport> {
  if (modelId === undefined) throw notEvaluated("There is no model yet.");
  const summary = project.evaluations.summary(modelId, split);
  if (summary.rows.length === 0) throw notEvaluated(`Model ${modelId} was not evaluated on the split ${split} yet.`);
  const content = (): Promise<Uint8Array> => Promise.resolve(new TextEncoder().encode(metricsCsv(summary)));
  const file = { name: `metrics-model-${modelId}-${split}.csv`, content };
  return { format: "csv", dir, files: await writeExport(dir, [file], overwrite) };
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

/** File name of every frame's mask: the same whether one or all are exported. */
function maskNames(project: Project, frames: readonly FrameRow[]): Map<number, string> {
  const images = [...Map.groupBy(frames, ({ imageId }) => imageId)].map(([imageId, imageFrames]) => ({
    stem: safeName(partsOf(project.images.image(imageId).fileName).stem),
    caseName: safeName(imageFrames[0]!.caseName),
    imageId,
    imageFrames,
  }));
  type Image = (typeof images)[number];
  const pathsOf = ({ imageFrames }: Image, stem: string): string[] =>
    imageFrames.map(({ frameIndex, frameCount }) => (frameCount > 1 ? frameStem(stem, frameIndex) : stem));
  // Three ways to name an image, the plainest first. All its frames are named in one way.
  const ways = [
    ({ stem }: Image): string => stem,
    ({ caseName, stem }: Image): string => `${caseName}/${stem}`,
    ({ caseName, stem, imageId }: Image): string => `${caseName}/${stem}_image${imageId}`,
  ];
  const names = new Map<number, string>();
  let unnamed = images;
  for (const way of ways) {
    // Many disks do not tell "A" from "a".
    const uses = new Map<string, number>();
    for (const image of unnamed) {
      for (const one of pathsOf(image, way(image))) {
        uses.set(one.toLowerCase(), (uses.get(one.toLowerCase()) ?? 0) + 1);
      }
    }
    const isUnique = (image: Image): boolean =>
      pathsOf(image, way(image)).every((one) => uses.get(one.toLowerCase()) === 1);
    for (const image of unnamed.filter(isUnique)) {
      const paths = pathsOf(image, way(image));
      image.imageFrames.forEach(({ frameId }, index) => names.set(frameId, `${paths[index]!}.png`));
    }
    unnamed = unnamed.filter((image) => !isUnique(image));
  }
  return names;
}

/** As a file or folder name on every system: no separators, no reserved characters or names. */
function safeName(name: string): string {
  const replaced = [...name]
    .map((letter) => (letter < " " || '/\\:*?"<>|'.includes(letter) ? "_" : letter))
    .join("")
    .replace(/^\.+|[. ]+$/g, "_");
  const isReserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i.test(replaced) || replaced === "";
  return isReserved ? `_${replaced}` : replaced;
}

function notEvaluated(title: string): Problem {
  return new Problem({ code: "not-enough-data", title, hint: "Train a model and evaluate it on that split first." });
}
