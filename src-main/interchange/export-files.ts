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

export interface WriteOptions {
  /** Replace files of the same name that hold something else. Default false: `Problem` "conflict". */
  overwrite?: boolean | undefined;
  /** Ends the writing with `Problem` "cancelled"; files written by then are whole and stay. */
  signal?: AbortSignal | undefined;
  /** Files done, of how many. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** Files made at a time: what is encoded in other threads and processes goes on while one is written. */
const CONCURRENCY = 4;

/**
 * Writes all files and returns their names. A file that is there with the same bytes is left; one with other bytes is a
 * `Problem` "conflict" before anything is written, unless `overwrite`.
 */
export async function writeExport(
  dir: string,
  files: readonly ExportFile[],
  { overwrite = false, signal, onProgress }: WriteOptions = {},
): Promise<string[]> {
  if (new Set(files.map(({ name }) => name)).size < files.length) throw new Error("export: two files of one name.");
  const pending: ExportFile[] = [];
  const conflicts: ExportFile[] = [];
  for (const file of files) {
    if (signal?.aborted === true) throw cancelled();
    const present = await presentBytes(path.join(dir, file.name), file.name);
    if (present === null) pending.push(file);
    else if (Buffer.compare(present, await file.content()) !== 0) (overwrite ? pending : conflicts).push(file);
  }
  if (conflicts.length > 0) throw wouldOverwrite(conflicts.map(({ name }) => name));
  let done = files.length - pending.length;
  const queue = pending.values();
  const failed = new AbortController();
  const take = async (): Promise<void> => {
    for (const file of queue) {
      if (signal?.aborted === true) throw cancelled();
      if (failed.signal.aborted) return;
      await writeWhole(path.join(dir, file.name), file);
      onProgress?.(++done, files.length);
    }
  };
  const stopped = (error: unknown): never => {
    failed.abort();
    throw signal?.aborted === true ? cancelled() : error;
  };
  const ends = await Promise.allSettled(Array.from({ length: CONCURRENCY }, () => take().catch(stopped)));
  const failure = ends.find((end) => end.status === "rejected");
  if (failure !== undefined) throw failure.reason;
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

function cancelled(): Problem {
  return new Problem({
    code: "cancelled",
    title: "The export was cancelled.",
    detail: "The files written so far are whole.",
    hint: "Export again into the same folder to complete it.",
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
