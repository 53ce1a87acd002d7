/**
 * @file Writing exports: whole files or none, and never over a file that holds something else.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { Problem } from "../problem/index.ts";

/** A file to write. `content` is asked when needed, perhaps twice, so that memory holds one file at a time. */
export interface ExportFile {
  /** Relative to the export's folder, "/" between folders. */
  name: string;
  content(): Promise<Uint8Array>;
}

/**
 * Writes all files and returns their names. A file that is there with the same bytes is left; one with other bytes is a
 * `Problem` "conflict" before anything is written, unless `overwrite`.
 */
export async function writeExport(dir: string, files: readonly ExportFile[], overwrite: boolean): Promise<string[]> {
  if (new Set(files.map(({ name }) => name)).size < files.length) throw new Error("export: two files of one name.");
  const pending: ExportFile[] = [];
  const conflicts: ExportFile[] = [];
  for (const file of files) {
    const present = await presentBytes(path.join(dir, file.name), file.name);
    if (present === null) pending.push(file);
    else if (Buffer.compare(present, await file.content()) !== 0) (overwrite ? pending : conflicts).push(file);
  }
  if (conflicts.length > 0) throw wouldOverwrite(conflicts.map(({ name }) => name));
  for (const file of pending) await writeWhole(path.join(dir, file.name), file);
  return files.map(({ name }) => name);
}

async function writeWhole(target: string, { name, content }: ExportFile): Promise<void> {
  const unfinished = `${target}.part`;
  try {
    await fs.mkdir(path.dirname(target), { recursive: true });
    await fs.writeFile(unfinished, await content());
    await fs.rename(unfinished, target);
  } catch (error) {
    await fs.rm(unfinished, { force: true }).catch(() => undefined); // the first failure is what counts
    throw explained(error, name);
  }
}

async function presentBytes(file: string, name: string): Promise<Uint8Array | null> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return null;
    throw explained(error, name);
  }
}

function wouldOverwrite(names: readonly string[]): Problem {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return new Problem({
    code: "conflict",
    title: "The folder already holds other files of these names.",
    detail: `Different content: ${names.slice(0, 3).join(", ")}${more}. Nothing was written.`,
    hint: "Choose an empty folder.",
  });
}

function explained(error: unknown, name: string): unknown {
  if (error instanceof Problem) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new Problem(
      {
        code: "disk-full",
        title: `${name}: the disk is full.`,
        detail: "The export is not complete; the files written so far are whole.",
        hint: "Free some space or choose another disk, then export again.",
      },
      { cause: error },
    );
  }
  if (typeof code !== "string") return error;
  return new Problem(
    {
      code: "file-unreadable",
      title: `${name}: it cannot be written.`,
      detail: `The system says ${code}.`,
      hint: "Choose a folder that you may write to.",
    },
    { cause: error },
  );
}
