/**
 * @file Files of the person's disk, read whole.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { Problem } from "../problem/index.ts";

/** Larger files would not fit into one value of the project file (SQLite: 10^9 bytes). */
const MAX_FILE_BYTES = 1_000_000_000;

/** Throws `Problem` "file-unreadable" or "image-too-large". `name` is the file's for messages. */
export async function readFileBytes(file: string, name: string): Promise<Uint8Array> {
  try {
    const { size } = await fs.stat(file);
    if (size > MAX_FILE_BYTES) throw tooLarge(name, size);
    return await fs.readFile(file);
  } catch (error) {
    throw asUnreadable(error, name);
  }
}

/** System errors of reading become a `Problem`; all else stays what it is. */
export function asUnreadable(error: unknown, name: string): Problem {
  if (error instanceof Problem) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") throw error;
  return unreadableFile(name, `The system says ${code}.`, error);
}

export function unreadableFile(name: string, detail: string, cause?: unknown): Problem {
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
