/**
 * @file What an import is asked to do, and what it answers.
 */
import type { DeidentifyChoice, ImportState, PatientRule, RefusedFile, Split } from "../../api/contract.ts";
import type { DecodePool, SlicePlane } from "../../imaging/index.ts";
import type { Project } from "../../project/index.ts";
import type { ImportFile } from "./list-import-files.ts";

export type ImportReport = Omit<ImportState, "importId">;

export interface ImportOptions {
  project: Project;
  pool: DecodePool;
  items: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  /** PNG files, tied to images by name: of `items`, else of the project; NIfTI, DICOM Segmentation, COCO. Default none. */
  masks?: AsyncIterable<ImportFile> | Iterable<ImportFile>;
  patient: PatientRule;
  /** Of the cases that this import makes. Default: not assigned. */
  split?: Split | null | undefined;
  /** A table of image-level classes and numbers. */
  labels?: ImportFile | undefined;
  /** Make classes that label files name and the project lacks. Default false: such files are refused. */
  addClasses?: boolean | undefined;
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
