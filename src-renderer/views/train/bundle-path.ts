/** @file Where a run bundle is written. */

/** Signs that some file system refuses in names. */
const REFUSED = /[\\/:*?"<>|]+/g;

/** "Heart" and 3 -> "Heart run 3.aliquot-run" */
export function bundleName(project: string, runId: number): string {
  return `${project.replace(REFUSED, " ").replace(/\s+/g, " ").trim() || "project"} run ${runId}.aliquot-run`;
}

/** By the separator of the folder. */
export function joinPath(folder: string, name: string): string {
  const separator = folder.includes("\\") ? "\\" : "/";
  return `${folder.trim().replace(/[\\/]+$/, "")}${separator}${name.trim()}`;
}

/** What is typed on the other computer, where the folder is another one. */
export function commandThere(path: string): string {
  return `aliquot run "${path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1)}"`;
}
