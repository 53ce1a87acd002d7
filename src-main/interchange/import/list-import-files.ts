/**
 * @file Files and folders that were chosen, as a flat list of files to read. Nothing is read yet.
 */
import fs from "node:fs/promises";
import path from "node:path";
import type { RefusedFile } from "../../api/contract.ts";
import { Problem } from "../../problem/index.ts";

/** One file to import. */
export interface ImportFile {
  /** Relative to what was chosen, "/" between folders. */
  name: string;
  read(): Promise<Uint8Array>;
}

export interface ImportList {
  items: ImportFile[];
  refused: RefusedFile[];
}

/** Made by systems and tools, never images. */
const ignoredNames = new Set(["thumbs.db", "desktop.ini"]);
/** Larger files would not fit into one value of the project file (SQLite: 10^9 bytes). */
const MAX_FILE_BYTES = 1_000_000_000;

/**
 * Lists files, and folders with all below them, by name. A DICOMDIR stands for the medium that it describes: its folder. What
 * cannot be listed is refused, the rest goes on.
 */
export async function listImportFiles(paths: readonly string[]): Promise<ImportList> {
  const list: ImportList = { items: [], refused: [] };
  const seenFolders = new Set<string>();

  const visit = async (file: string, name: string, isChosen: boolean): Promise<void> => {
    try {
      const stats = await fs.stat(file);
      if (stats.isFile() && isChosen && isDirectoryOfMedium(name)) await visitFolder(path.dirname(file), "");
      else if (stats.isFile()) list.items.push({ name, read: () => readImportFile(file, name) });
      else if (stats.isDirectory()) await visitFolder(file, isChosen ? "" : `${name}/`);
      else throw unreadable(name, "It is neither a file nor a folder.");
    } catch (error) {
      list.refused.push({ file: name, problem: asUnreadable(error, name).toJSON() });
    }
  };

  const visitFolder = async (folder: string, prefix: string): Promise<void> => {
    // A link may lead back up; each folder is listed once.
    const real = await fs.realpath(folder);
    if (seenFolders.has(real)) return;
    seenFolders.add(real);
    const names = (await fs.readdir(folder)).filter(
      (name) => !name.startsWith(".") && !ignoredNames.has(name.toLowerCase()),
    );
    names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    for (const name of names) await visit(path.join(folder, name), prefix + name, false);
  };

  for (const chosen of paths) await visit(chosen, path.basename(chosen), true);
  return list;
}

async function readImportFile(file: string, name: string): Promise<Uint8Array> {
  try {
    const { size } = await fs.stat(file);
    if (size > MAX_FILE_BYTES) throw tooLarge(name, size);
    return await fs.readFile(file);
  } catch (error) {
    throw asUnreadable(error, name);
  }
}

/** The bytes of a listed file. Throws `Problem`. */
export async function readListed(file: ImportFile): Promise<Uint8Array> {
  try {
    return await file.read();
  } catch (error) {
    throw asUnreadable(error, file.name);
  }
}

/** PS3.10 section 8.6: a file of this name, told by readers of discs in lower case too. */
export function isDirectoryOfMedium(name: string): boolean {
  return path.posix.basename(name).toLowerCase() === "dicomdir";
}

/** System errors of reading become a `Problem`; all else stays what it is. */
export function asUnreadable(error: unknown, name: string): Problem {
  if (error instanceof Problem) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  return unreadable(name, `The system says ${code}.`, error);
}

function unreadable(name: string, detail: string, cause?: unknown): Problem {
  return new Problem(
    {
      code: "file-unreadable",
      title: `${path.basename(name)}: it cannot be read.`,
      detail,
      hint: "Check that it is still there and that you may read it, then import it again.",
    },
    { cause },
  );
}

function tooLarge(name: string, size: number): Problem {
  return new Problem({
    code: "image-too-large",
    title: `${path.basename(name)}: the file is too large.`,
    detail: `It has ${Math.ceil(size / 1e6)} MB; at most ${MAX_FILE_BYTES / 1e6} MB are read.`,
    hint: "Split it into several files, then import it again.",
  });
}
