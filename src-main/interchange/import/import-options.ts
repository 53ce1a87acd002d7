/**
 * @file What an import is asked to do, and what it answers.
 */
import type {
  DeidentifyChoice,
  ImportOutcome,
  MaskColor,
  PatientRule,
  RefusedFile,
  Split,
} from "../../api/contract.ts";
import type { DecodePool, SlicePlane } from "../../imaging/index.ts";
import type { Project } from "../../project/index.ts";
import type { ImportFile } from "./list-import-files.ts";

export type ImportReport = ImportOutcome;

export interface ImportOptions {
  project: Project;
  pool: DecodePool;
  items: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  /** PNG files, tied to images by name: of `items`, else of the project; NIfTI, DICOM Segmentation, COCO. Default none. */
  masks?: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  patient: PatientRule;
  /** Of the cases that this import makes. Default: not assigned. */
  split?: Split | null | undefined;
  /** Of these images, whatever their files say. */
  modality?: string | undefined;
  /** Tables of image-level classes and numbers. */
  labels?: readonly ImportFile[] | undefined;
  /** Make classes that label files name and the project lacks. Default false: such files are refused. */
  addClasses?: boolean | undefined;
  /** Colors that mean classes in colored PNG masks, beside the classes' own. */
  maskColors?: readonly MaskColor[] | undefined;
  /** Channel of nnU-Net cases that have several, from 0. Default 0; the others are left out and counted. */
  channel?: number | undefined;
  /** Fold of nnU-Net's splits_final.json that says what is train and val, from 0. Default 0. */
  fold?: number | undefined;
  /** Say in the report that nothing is stored; the project is then a preview (preview-project.ts). */
  dryRun?: boolean | undefined;
  /** Plane in which volumes are sliced. Default "axial". */
  plane?: SlicePlane | undefined;
  /** Default true: the basic profile; what is stored holds no identity. False keeps bytes and names as they are, but for volumes and TIFF. */
  deidentify?: boolean | DeidentifyChoice;
  /** Files that were refused before, to be in the report. */
  refused?: readonly RefusedFile[];
  signal?: AbortSignal;
  /** Called at most ten times a second, and at the end. */
  onProgress?: (report: ImportReport) => void;
}

/** The report of an import of which nothing is done yet. */
export function startedReport({
  total,
  refused = [],
  dryRun = false,
  deidentify = true,
}: Pick<ImportOptions, "refused" | "dryRun" | "deidentify"> & { total: number }): ImportReport {
  return {
    dryRun,
    state: "running",
    done: 0,
    total,
    secondsLeft: null,
    imported: 0,
    frames: 0,
    patients: 0,
    series: 0,
    formats: {},
    masks: 0,
    duplicates: 0,
    refused: [...refused],
    refusedCount: refused.length,
    unmatchedMasks: [],
    labels: 0,
    newClasses: { made: [], missing: [] },
    matches: [],
    deidentification: deidentify === false ? null : { attributes: [], renamedFiles: 0 },
    burnedIn: { count: 0, images: [] },
    problem: null,
  };
}
