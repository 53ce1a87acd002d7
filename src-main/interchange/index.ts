/**
 * @file Whole sets in and out of the project: images with their masks in, masks, models and figures out.
 */
export { exportFiles, type ExportOptions, previewExport } from "./export.ts";
export { patientOf } from "./file-names.ts";
export {
  type ImportFile,
  type ImportList,
  importImages,
  type ImportOptions,
  type ImportReport,
  listImportFiles,
  type ListWatch,
  reportCsv,
  reportText,
  reportToKeep,
  startedReport,
} from "./import/index.ts";
export { type PreviewProject, previewOf } from "./preview-project.ts";
export { splitCases, type SplitCounts } from "./split.ts";
export { namesOf } from "./stored-names.ts";
