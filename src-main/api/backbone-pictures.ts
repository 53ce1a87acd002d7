/** @file Files of pictures that a backbone paints: their names, told before anything is painted, and each written as soon as it is there. */
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, extname, join, resolve } from "node:path";
import { diskFullProblem, Problem } from "../problem/index.ts";

/** Names listed in a message at most. */
const LISTED = 3;

/** `image-1.png`, …, or those of the masks. Throws `Problem` where two masks would give one file. */
export function pictureNames({ masks, count }: { masks: readonly string[] | null; count: number }): string[] {
  if (masks === null) return Array.from({ length: count }, (_, place) => `image-${place + 1}.png`);
  const maskOf = new Map<string, string>();
  return masks.map((path) => {
    const name = `${basename(path, extname(path))}.png`;
    // Some disks know no difference between large and small letters.
    const key = name.toLowerCase();
    const other = maskOf.get(key);
    if (other !== undefined) {
      throw new Problem({
        code: "conflict",
        title: `${basename(other)} and ${basename(path)}: the pictures of both would be called ${name}.`,
        detail: "A picture has the name of its mask. Nothing was painted.",
        hint: "Rename one of the masks, or leave it out.",
      });
    }
    maskOf.set(key, path);
    return name;
  });
}

/** Makes the folder. Throws `Problem` where files of these names are there, unless they may be replaced; masks never are. */
export async function preparePictures(
  out: string,
  names: readonly string[],
  { masks, overwrite }: { masks: readonly string[] | null; overwrite: boolean },
): Promise<void> {
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw unwritable(error, basename(out));
  });
  const read = new Set(masks?.map((path) => resolve(path)));
  const present = names.filter((name) => {
    const path = join(out, name);
    return existsSync(path) && (!overwrite || read.has(resolve(path)));
  });
  if (present.length === 0) return;
  const more = present.length > LISTED ? ` and ${present.length - LISTED} more` : "";
  throw new Problem({
    code: "conflict",
    title: "The folder already holds files of these names.",
    detail: `${present.slice(0, LISTED).join(", ")}${more}. Nothing was painted.`,
    hint: overwrite
      ? "They are the masks themselves: choose another folder."
      : "Choose an empty folder, or replace them (--overwrite).",
  });
}

/** Whole or not at all. Throws `Problem`. */
export async function writePicture(out: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(out, name);
  const unfinished = `${path}.part`;
  try {
    await writeFile(unfinished, bytes);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined); // the first failure is what counts
    throw unwritable(error, name);
  }
}

function unwritable(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") return error;
  return (
    diskFullProblem(error, name) ??
    new Problem(
      {
        code: "file-unreadable",
        title: `${name}: it cannot be written.`,
        detail: `The system says ${code}. Pictures that were written before stay.`,
        hint: "Choose a folder that you may write to.",
      },
      { cause: error },
    )
  );
}
