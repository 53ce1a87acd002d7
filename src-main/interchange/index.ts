/**
 * @file Whole sets in and out of the project: images with their masks in, masks, models and figures out.
 */
export { exportFiles, type ExportOptions } from "./export.ts";
export { patientOf } from "./file-names.ts";
export { type ImportOptions, type ImportReport, importImages } from "./import-images.ts";
export { type ImportFile, type ImportList, listImportFiles } from "./list-import-files.ts";
export { type PreviewProject, previewOf } from "./preview-project.ts";
export { splitCases, type SplitCounts } from "./split.ts";
