/**
 * @file Files and folders that were chosen, as a flat list of files to read. Nothing is read yet.
 */
import fs from "node:fs/promises";
import path from "node:path";
import type { RefusedFile } from "../../api/contract.ts";
import { unlessAborted } from "../../problem/index.ts";
import { asUnreadable, type FileBytes, readFileBytes, unreadableFile } from "../../imaging/index.ts";

/** One file to import. */
export interface ImportFile {
  /** Relative to what was chosen, "/" between folders. */
  name: string;
  read(): Promise<Uint8Array>;
  /** Where it lies on a disk of this machine; left out for files that were sent. */
  path?: string;
}

export interface ImportList {
  items: ImportFile[];
  refused: RefusedFile[];
}

/** Who waits for a list: a network drive with many folders takes its time. */
export interface ListWatch {
  /** Aborted: no further file is listed. */
  signal?: AbortSignal;
  /** One more file is listed. */
  onFile?: () => void;
}

/** Made by systems and tools, never images. */
const ignoredNames = new Set(["thumbs.db", "desktop.ini"]);

/**
 * Lists files, and folders with all below them, by name. A DICOMDIR stands for the medium that it describes: its folder. What
 * cannot be listed is refused, the rest goes on. After an abort the list is not whole.
 */
export async function listImportFiles(
  paths: readonly string[],
  { signal, onFile }: ListWatch = {},
): Promise<ImportList> {
  const list: ImportList = { items: [], refused: [] };
  const seenFolders = new Set<string>();

  const visit = async (file: string, name: string, isChosen: boolean): Promise<void> => {
    if (signal?.aborted) return;
    try {
      const stats = await unlessAborted(fs.stat(file), signal);
      if (stats.isFile() && isChosen && isDirectoryOfMedium(name)) await visitFolder(path.dirname(file), "");
      else if (stats.isFile()) {
        list.items.push({ name, path: file, read: () => readFileBytes(file, name) });
        onFile?.();
      } else if (stats.isDirectory()) await visitFolder(file, isChosen ? "" : `${name}/`);
      else throw unreadableFile(name, "It is neither a file nor a folder.");
    } catch (error) {
      if (signal?.aborted) return;
      list.refused.push({ file: name, problem: asUnreadable(error, name).toJSON() });
    }
  };

  const visitFolder = async (folder: string, prefix: string): Promise<void> => {
    // A link may lead back up; each folder is listed once.
    const real = await unlessAborted(fs.realpath(folder), signal);
    if (seenFolders.has(real)) return;
    seenFolders.add(real);
    const names = (await unlessAborted(fs.readdir(folder), signal)).filter(
      (name) => !name.startsWith(".") && !ignoredNames.has(name.toLowerCase()),
    );
    names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    for (const name of names) await visit(path.join(folder, name), prefix + name, false);
  };

  for (const chosen of paths) await visit(chosen, path.basename(chosen), true);
  return list;
}

/** The bytes of a listed file. Throws `Problem`. */
export async function readListed(file: ImportFile): Promise<Uint8Array> {
  try {
    return await file.read();
  } catch (error) {
    throw asUnreadable(error, file.name);
  }
}

/** A listed file for a decoding process: by its path where it has one, so that its bytes never pass through here. */
export function forDecoding(file: ImportFile): FileBytes {
  return file.path === undefined ? () => readListed(file) : { path: file.path };
}

/** PS3.10 section 8.6: a file of this name, told by readers of discs in lower case too. */
export function isDirectoryOfMedium(name: string): boolean {
  return path.posix.basename(name).toLowerCase() === "dicomdir";
}
