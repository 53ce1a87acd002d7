/**
 * @file What leaves the project for other tools: one function for all formats; each format is a file of its own.
 */
import type { ExportFormat, ExportPreview, ExportReport, MaskKind, Split } from "../api/contract.ts";
import { type DecodePool, encodeMaskPng } from "../imaging/index.ts";
import type { Project } from "../project/index.ts";
import { CARD_NAME, type CardNotes, datasetCard } from "./dataset-card.ts";
import { cocoFiles } from "./export-coco.ts";
import { csvFiles } from "./export-csv.ts";
import { dicomFiles, dicomWarnings, translatedFrames } from "./export-dicom.ts";
import { dicomSegFiles } from "./export-dicom-seg.ts";
import { type ExportFile, writeExport, type WriteOptions } from "./export-files.ts";
import { metricsFile, onnxFile } from "./export-models.ts";
import { cutSeriesNotes, niftiFiles } from "./export-nifti.ts";
import { nnunetFiles } from "./export-nnunet.ts";
import { exportWarnings } from "./export-warnings.ts";
import { ExportSet, type SetFrame } from "./export-set.ts";
import { yoloFiles } from "./export-yolo.ts";

export interface ExportOptions extends WriteOptions {
  project: Project;
  /** For formats that hold pictures. */
  pool?: DecodePool | undefined;
  format: ExportFormat;
  /** Made if it is not there. */
  dir: string;
  /** Only this split. Figures of models: default test. */
  split?: Split | undefined;
  /** Only these frames. */
  frameIds?: readonly number[] | undefined;
  /** Which masks; default those that a person drew or decided on. */
  masks?: readonly MaskKind[] | undefined;
  /** For onnx and figures: default the newest. For dicom: only what it made. */
  modelId?: number | undefined;
  /** Of the app, for files that say what wrote them. */
  version?: string;
}

type MaskFormat = Exclude<ExportFormat, "onnx" | "dicom">;

const formatNotes: Record<MaskFormat, string> = {
  png: "Masks as 8-bit gray PNG, one per annotated frame, named as the image: 0 and 255 with one class, else the value of the class.",
  coco: "COCO: pictures in `images`, masks as compressed run lengths in `annotations`, one for each connected shape of each class.",
  nifti: "NIfTI label maps, one per volume, in the geometry of its images; pixel value = class value.",
  "dicom-seg":
    "DICOM Segmentation instances, binary, one segment per class; each refers to its source images by their UIDs in the project. Pictures from other files are in `images` as Secondary Capture.",
  nnunet:
    "nnU-Net v2 raw data: rename the folder to `DatasetXXX_Name` below `nnUNet_raw`, and put `splits_final.json` into the preprocessed folder of the dataset.",
  yolo: "YOLO segmentation: pictures in `images`, polygons in `labels`, described by `data.yaml`.",
  csv: "Tables: `masks.csv` measures every mask by class, `labels.csv` holds labels of whole images where there are any, and where each came from, `proposals.csv` what models said of whole images, with all that their samples tell.",
};

/**
 * Writes the annotated frames, or a model, for another tool. Throws `Problem`: "not-enough-data" when there is nothing to write,
 * "conflict" when other files are in the way, "cancelled".
 */
export async function exportFiles(options: ExportOptions): Promise<ExportReport> {
  const { format, dir } = options;
  return { format, dir, files: await writeExport(dir, (await contentOf(options)).files, options) };
}

/**
 * What `exportFiles` would write, and what to know before. Rejects as it does, but for what lies in the folder, and with what `signal` was
 * aborted with; progress is told by masks.
 */
export async function previewExport(options: Omit<ExportOptions, "dir" | "overwrite">): Promise<ExportPreview> {
  const { files, set, translated } = await contentOf(options, options.onProgress);
  const names = files.map(({ name }) => name);
  const card = files.find(({ name }) => name === CARD_NAME);
  if (set === null || card === undefined) return { files: names, frames: 0, cases: 0, warnings: [], card: null };
  const frames = translated ?? set.annotated;
  return {
    files: names,
    frames: frames.length,
    cases: new Set(frames.map(({ row }) => row.caseId)).size,
    warnings: translated === undefined ? exportWarnings(set, options.format) : dicomWarnings(set, translated),
    card: new TextDecoder().decode(await card.content()),
  };
}

/** `set` is null where no images or masks are written; `translated`: images that are written without. `onCounted` is told how many masks the card has counted. */
async function contentOf(
  options: Omit<ExportOptions, "dir">,
  onCounted?: ExportOptions["onProgress"],
): Promise<{ files: ExportFile[]; set: ExportSet | null; translated?: SetFrame[] }> {
  const { project, format, split, modelId } = options;
  const newest = modelId ?? project.models.list()[0]?.modelId;
  if (format === "onnx") return { files: [onnxFile(project, newest ?? NaN)], set: null };
  // Asked for a model's figures: these alone, as before there were other tables.
  if (format === "csv" && modelId !== undefined) {
    return { files: [metricsFile(project, modelId, split ?? "test")], set: null };
  }
  if (format === "dicom") {
    const set = await ExportSet.read({ ...options, needs: "images" });
    const translated = translatedFrames(set, modelId);
    return { files: dicomFiles(set, translated, options.version ?? "0"), set, translated };
  }
  const set = await ExportSet.read({ ...options, needs: format === "csv" ? "masks or labels" : "masks" });
  return { files: maskFiles(set, { ...options, format, newest, onCounted }), set };
}

function maskFiles(
  set: ExportSet,
  {
    format,
    newest,
    version = "0",
    signal,
    onCounted,
  }: Pick<ExportOptions, "version" | "signal"> & {
    format: MaskFormat;
    newest: number | undefined;
    onCounted?: ExportOptions["onProgress"];
  },
): ExportFile[] {
  const { project, split } = set;
  const carded = (files: ExportFile[], notes: Omit<CardNotes, "format"> = {}): ExportFile[] => [
    ...files,
    datasetCard(set, { format: formatNotes[format], ...notes }, { signal, onCounted }),
  ];
  switch (format) {
    case "png":
      return carded(
        set.annotated.map((frame) => ({
          name: `${frame.name}.png`,
          content: () => encodeMaskPng(set.labelMap(frame), set.classes),
        })),
      );
    case "coco":
      return carded(cocoFiles(set, signal));
    case "nifti":
      return carded(niftiFiles(set, signal), { leftOut: cutSeriesNotes(set) });
    case "dicom-seg": {
      const { files, leftOut } = dicomSegFiles(set, version);
      if (leftOut.length === 0) return carded(files);
      return carded(files, {
        leftOut: [`${leftOut.length} annotated frames have samples of 32 bits, which no DICOM image here holds.`],
      });
    }
    case "nnunet":
      return carded(nnunetFiles(set, signal), { firstValue: 1, leftOut: cutSeriesNotes(set) });
    case "yolo":
      return carded(yoloFiles(set), { firstValue: 0 });
    case "csv": {
      const evaluated = newest !== undefined && project.evaluations.summary(newest, split ?? "test").rows.length > 0;
      const figures = evaluated ? [metricsFile(project, newest, split ?? "test")] : [];
      return carded([...csvFiles(set, signal), ...figures]);
    }
  }
}
