/**
 * @file The troubles that image files cause, in one wording. Messages hold file names, tag names and sizes only.
 */
import { Problem } from "../problem/index.ts";
import { MAX_SAMPLES, MAX_SIDE } from "../voxels/index.ts";

/** The bytes are not what they claim to be. `detail` is a sentence about the bytes, not about the patient. */
export function corruptFile(fileName: string, detail: string, cause?: unknown): Problem {
  return new Problem(
    {
      code: "corrupt-file",
      title: `${fileName}: the file is damaged.`,
      detail,
      hint: "Copy it again from its source; if it stays damaged, leave it out.",
    },
    { cause },
  );
}

/** A sound file of a kind that is not read. `hint` says what to do instead. */
export function unsupportedFile(fileName: string, detail: string, hint: string): Problem {
  return new Problem({
    code: "unsupported-file",
    title: `${fileName}: this kind of file is not supported.`,
    detail,
    hint,
  });
}

/** Throws `Problem` "image-too-large" or "corrupt-file" for sizes that no decoder shall try. */
export function checkSize(fileName: string, width: number, height: number, channels: number): void {
  if (width < 1 || height < 1) throw corruptFile(fileName, `It claims ${width} x ${height} pixels.`);
  if (width <= MAX_SIDE && height <= MAX_SIDE && width * height * channels <= MAX_SAMPLES) return;
  throw new Problem({
    code: "image-too-large",
    title: `${fileName}: the image is too large.`,
    detail:
      `It claims ${width} x ${height} pixels, ${channels} per position; ` +
      `at most ${MAX_SIDE} a side and ${MAX_SAMPLES} in all are read.`,
    hint: "Crop it or scale it down, then import it again.",
  });
}
