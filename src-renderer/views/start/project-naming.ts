/** @file From what a person types to names that the app takes. */

/** "polyp, instrument," -> ["polyp", "instrument"]; each name once. */
export function parseClassNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ""))];
}

/** Joins with the separator that the folder itself uses. */
export function projectPath(folder: string, name: string): string {
  const separator = folder.includes("\\") && !folder.includes("/") ? "\\" : "/";
  const stem = name.trim().replace(/[\\/:*?"<>|]/g, "-");
  return `${folder.replace(/[\\/]+$/, "")}${separator}${stem}.aliquot`;
}
