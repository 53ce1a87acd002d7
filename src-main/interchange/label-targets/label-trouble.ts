/**
 * @file What may be wrong between labels and the images of a project.
 */
import { Problem } from "../../problem/index.ts";
import type { SetFrame } from "../export-set.ts";
import { partsOf } from "../file-names.ts";

/** Throws `Problem` "mask-mismatch" for labels of another size than the frame. */
export function requireSize(file: string, { row }: SetFrame, width: number, height: number): void {
  if (row.width === width && row.height === height) return;
  throw mismatch(file, `The mask has ${width} x ${height} pixels, ${row.name} ${row.width} x ${row.height}.`);
}

export function mismatch(file: string, detail: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(file).fileName}: the labels do not fit their images.`,
    detail,
    hint: "Check that files and images belong together; export the labels in the space of the images.",
  });
}

export function ambiguous(file: string, detail: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(file).fileName}: it is not certain which image is meant.`,
    detail,
    hint: "Give each image a name of its own, or import these labels into a project without the others.",
  });
}

/** `notes` say what was found out about the file, without capital and full stop. */
export function noImage(file: string, notes: string): Problem {
  return new Problem({
    code: "mask-mismatch",
    title: `${partsOf(file).fileName}: there is no image for it.`,
    detail: notes === "" ? undefined : `${notes.charAt(0).toUpperCase()}${notes.slice(1)}.`,
    hint: "Import the images first, or together with their labels.",
  });
}
