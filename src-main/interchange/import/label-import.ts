/**
 * @file Labels for many images at once, now that all images are there: files of label maps, then tables of image-level labels.
 */
import type { LabelFile } from "../../imaging/index.ts";
import { Problem } from "../../problem/index.ts";
import { partsOf } from "../file-names.ts";
import { LabelTargets } from "../label-targets/index.ts";
import type { StoredNames } from "../stored-names.ts";
import type { ImportLog } from "./import-log.ts";
import type { ImportOptions } from "./import-options.ts";
import type { ImportPlan } from "./import-plan.ts";
import { importTable } from "./import-table.ts";
import { inOrder } from "./in-order.ts";
import { forDecoding, type ImportFile } from "./list-import-files.ts";
import type { MaskStore } from "./mask-store.ts";
import { datasetOf, imageStemOf } from "./nnunet-cases.ts";

interface LabelImportParts {
  options: ImportOptions;
  log: ImportLog;
  names: StoredNames;
}

/** Each file is stored whole or not at all. */
export async function importLabelFiles(
  parts: LabelImportParts & { masks: MaskStore; plan: Pick<ImportPlan, "labelFiles" | "datasets"> },
): Promise<void> {
  const { options, log, names, masks, plan } = parts;
  const { project, addClasses = false } = options;
  let targets: LabelTargets | null = null;
  await inOrder(log, plan.labelFiles, nameOf, async (file, turn) => {
    const labelFile = await read(parts, file);
    await turn;
    if (labelFile.kind === "table" || labelFile.kind === "nnunet" || labelFile.kind === "nnunet-splits") {
      throw noLabels(file.name);
    }
    targets ??= new LabelTargets(project, names);
    const dataset = datasetOf(file, plan.datasets);
    const found = targets.find(labelFile, {
      name: file.name,
      addClasses,
      classes: dataset?.classes,
      imageStem: dataset && imageStemOf(file, dataset, options.channel ?? 0),
      ignore: dataset?.ignore ?? null,
    });
    log.noteMatch(found.match);
    project.edit("import labels", () => {
      for (const { frameId, rle } of found.masks) masks.writeOne(frameId, rle, file.name);
    });
  });
}

/** Image-level classes and numbers. */
export async function importLabelTables(parts: LabelImportParts): Promise<void> {
  const { options, log, names } = parts;
  await inOrder(log, options.labels ?? [], nameOf, async (file, turn) => {
    const labelFile = await read(parts, file);
    await turn;
    if (labelFile.kind !== "table") throw noLabels(file.name);
    const { labels, match } = importTable(options.project, labelFile.rows, file.name, names);
    log.report.labels += labels;
    log.noteMatch(match);
  });
}

const nameOf = ({ name }: ImportFile): string => name;

function read({ options, log }: LabelImportParts, file: ImportFile): Promise<LabelFile> {
  return options.pool.labels(forDecoding(file), { fileName: partsOf(file.name).fileName }, { signal: log.stop });
}

function noLabels(name: string): Problem {
  return new Problem({
    code: "unsupported-file",
    title: `${partsOf(name).fileName}: it holds no labels for images.`,
    hint: "Masks are PNG, NIfTI, DICOM Segmentation or COCO; a table (CSV) is given as labels.",
  });
}
