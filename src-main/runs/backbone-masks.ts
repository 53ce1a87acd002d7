/** @file Masks that a backbone paints for: files of the person's disk, understood as those that are imported. */
import { basename } from "node:path";
import { preprocessLabelMap } from "../dataset/index.ts";
import { decodeFrame, decodeMask, readFileBytes } from "../imaging/index.ts";
import { Problem } from "../problem/index.ts";
import type { LabelMap } from "../voxels/index.ts";

/** Throws `Problem` for a file that is no mask, or an empty one: before hours of painting rather than on the way. */
export async function requireMasks(paths: readonly string[]): Promise<void> {
  for (const path of paths) await readMask(path);
}

/** `[size, size]` of 0 and 1. Throws `Problem`. */
export async function maskOfSize(path: string, size: number): Promise<Uint8Array> {
  return preprocessLabelMap(await readMask(path), { size, classes: [1] });
}

/** 0 and one other value, whichever: inside. */
async function readMask(path: string): Promise<LabelMap> {
  const fileName = basename(path);
  const bytes = await readFileBytes(path, fileName);
  const { width, height } = await decodeFrame(bytes, { fileName, frame: 0 });
  const mask = await decodeMask(bytes, { fileName, classes: [{ value: 1 }], expected: { width, height } }).catch(
    (error: unknown) => {
      if (!(error instanceof Problem) || error.code !== "mask-mismatch") throw error;
      throw severalValues(fileName, error);
    },
  );
  if (mask.data.some((value) => value !== 0)) return mask;
  throw new Problem({
    code: "mask-mismatch",
    title: `${fileName}: the mask is empty.`,
    detail: "All its pixels are 0: nothing is inside. Nothing was painted.",
    hint: "Leave it out of the folder, or save the mask again.",
  });
}

function severalValues(fileName: string, cause: Problem): Problem {
  return new Problem(
    {
      code: "mask-mismatch",
      title: `${fileName}: the mask has several values beside 0.`,
      detail: "Expected are 0 outside and one other value inside, 1 or 255 say. Nothing was painted.",
      hint: "Save it as 8-bit grayscale PNG with two values, without soft borders.",
    },
    { cause },
  );
}
