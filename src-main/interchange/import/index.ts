/**
 * @file Files into the project.
 */
export { importImages } from "./import-images.ts";
export { type ImportOptions, type ImportReport, startedReport } from "./import-options.ts";
export { type ImportFile, type ImportList, listImportFiles, type ListWatch } from "./list-import-files.ts";
export { reportToKeep } from "./kept-report.ts";
export { reportCsv, reportText } from "./report-text.ts";
