/**
 * @file What kind of file this is, by its first bytes; file names lie.
 */
import { isBmp } from "./bmp.ts";
import { looksLikeBareDicom } from "./dicom/index.ts";
import { isNifti } from "./nifti/index.ts";
import { isNrrd } from "./nrrd/index.ts";
import type { SourceFormat } from "./source.ts";
import { isTiff } from "./tiff/index.ts";
import { corruptFile, unsupportedFile } from "./trouble.ts";

const PNG_MARK = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG_MARK = [0xff, 0xd8, 0xff];
const RIFF_MARK = [0x52, 0x49, 0x46, 0x46];
const WEBP_MARK = [0x57, 0x45, 0x42, 0x50];
/** After a preamble of 128 free bytes. DICOM PS3.10 7.1. */
const DICM_MARK = [0x44, 0x49, 0x43, 0x4d];
const DICM_OFFSET = 128;

/** Kinds we know by sight only to say so in the error. */
const foreign: { name: string; mark: number[]; offset?: number; hint?: string }[] = [
  { name: "GIF", mark: [0x47, 0x49, 0x46, 0x38] },
  { name: "JPEG 2000", mark: [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50] },
  { name: "PDF", mark: [0x25, 0x50, 0x44, 0x46] },
  { name: "ZIP", mark: [0x50, 0x4b, 0x03, 0x04], hint: "Unpack it and import the folder." },
  { name: "gzip", mark: [0x1f, 0x8b] },
];

/** The format by magic bytes, gzipped NIfTI by those inside; null for anything that is not read. */
export function identifyFormat(bytes: Uint8Array): SourceFormat | null {
  // First: its preamble may hold the start of another format, often TIFF. PS3.10 7.1.
  if (hasMark(bytes, DICM_MARK, DICM_OFFSET)) return "dicom";
  if (hasMark(bytes, PNG_MARK)) return "png";
  if (hasMark(bytes, JPEG_MARK)) return "jpeg";
  if (isTiff(bytes)) return "tiff";
  if (hasMark(bytes, RIFF_MARK) && hasMark(bytes, WEBP_MARK, 8)) return "webp";
  if (isBmp(bytes)) return "bmp";
  if (isNrrd(bytes)) return "nrrd";
  if (isNifti(bytes)) return "nifti";
  if (looksLikeBareDicom(bytes)) return "dicom";
  return null;
}

/** As `identifyFormat`, but throws `Problem` saying what the file is instead. */
export function requireFormat(bytes: Uint8Array, fileName: string): SourceFormat {
  if (bytes.length === 0) throw corruptFile(fileName, "It is empty: 0 bytes.");
  const format = identifyFormat(bytes);
  if (format !== null) return format;
  const known = foreign.find(({ mark, offset }) => hasMark(bytes, mark, offset));
  throw unsupportedFile(
    fileName,
    known === undefined
      ? "It is not an image that is known: it starts as none of PNG, JPEG, TIFF, BMP, WebP, DICOM, NIfTI and NRRD."
      : `It is a ${known.name} file; PNG, JPEG, TIFF, BMP, WebP, DICOM, NIfTI and NRRD are read.`,
    known?.hint ?? "Export the image as PNG, JPEG or DICOM and import that.",
  );
}

function hasMark(bytes: Uint8Array, mark: readonly number[], offset = 0): boolean {
  return mark.every((byte, index) => bytes[offset + index] === byte);
}
