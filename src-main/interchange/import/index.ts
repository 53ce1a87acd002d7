/**
 * @file Files into the project.
 */
export { importImages } from "./import-images.ts";
export type { ImportOptions, ImportReport } from "./import-options.ts";
export { type ImportFile, type ImportList, listImportFiles } from "./list-import-files.ts";
