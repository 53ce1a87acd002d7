/** @file Small JSON files of this person, in the app's settings folder. */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Throws as Node does when the file cannot be written; then it is as it was. */
export function writeSettingsFile(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  // Written aside and renamed: two windows may write at the same time.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(content, null, 2));
  renameSync(draft, path);
}
