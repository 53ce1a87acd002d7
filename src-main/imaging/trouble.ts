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

/**
 * Bytes of samples that a compressed picture may unpack to: a small file must not take the memory of a large one. Where the file is kept as it
 * is (PNG, JPEG, WebP) 8192 x 8192 in color; where it is written anew (DICOM, TIFF), which a decoder does in several copies, 8192 x 8192 of
 * 16 bits. Uncompressed files are as large as their pixels and have no such limit.
 */
export const MAX_UNPACKED_KEPT = 3 * 2 ** 26;
export const MAX_UNPACKED_REWRITTEN = 2 ** 27;

/** Throws `Problem` "image-too-large" for more than `most` bytes of samples out of compressed ones. */
export function checkUnpacked(fileName: string, bytes: number, most: number): void {
  if (bytes <= most) return;
  throw new Problem({
    code: "image-too-large",
    title: `${fileName}: the image is too large.`,
    detail: `Its compressed pixels unpack to ${mebibytes(bytes)}; at most ${mebibytes(most)} are read.`,
    hint: "Export it without compression, crop it or scale it down, then import it again.",
  });
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
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

/** Images with transparent pixels are put on black; of a mask they would become classes that nobody chose. */
export function transparentMask(fileName: string): Problem {
  return unsupportedFile(
    fileName,
    "The mask has transparent pixels.",
    "Flatten the mask onto black (remove its alpha channel), then import it.",
  );
}
