/**
 * @file The Image Pixel module, checked: size, bits, photometric interpretation. DICOM PS3.3 C.7.6.3.
 */
import type { DataSet } from "dicom-parser";
import type { SampleType } from "../../voxels/index.ts";
import { checkSize, corruptFile, unsupportedFile } from "../trouble.ts";
import { decimals, type Tag, text, unsigned } from "./attributes.ts";
import { isDirectory } from "./dicomdir.ts";

const PIXEL_DATA: Tag = "x7fe00010";
const FLOAT_PIXEL_DATA: Tag = "x7fe00008";
const DOUBLE_PIXEL_DATA: Tag = "x7fe00009";

/** More frames than any examination has; a larger claim is a damaged header. */
const MAX_FRAMES = 100_000;

/** PS3.3 C.7.6.3.1.2; value: samples of a pixel. */
const storedPhotometrics = {
  MONOCHROME1: 1,
  MONOCHROME2: 1,
  "PALETTE COLOR": 1,
  RGB: 3,
  YBR_FULL: 3,
  YBR_FULL_422: 3,
  YBR_PARTIAL_422: 3,
  YBR_ICT: 3,
  YBR_RCT: 3,
} as const;

export type StoredPhotometric = keyof typeof storedPhotometrics;

/** Known to the standard, now or once, but not read. */
const otherPhotometrics = new Set(["XYB", "HSV", "ARGB", "CMYK"]);

export interface ImagePixel {
  width: number;
  height: number;
  /** Samples per Pixel. */
  channels: 1 | 3;
  photometric: StoredPhotometric;
  frameCount: number;
  bitsAllocated: 1 | 8 | 12 | 16 | 32 | 64;
  bitsStored: number;
  /** Bits below the lowest stored bit. */
  shift: number;
  /** False when whole cells are samples, as they nearly always are. See `mustExtract`. */
  isExtracted: boolean;
  isSigned: boolean;
  /** Float or Double Float Pixel Data. PS3.3 C.7.6.24, C.7.6.25. */
  isFloat: boolean;
  /** Planar Configuration 1: all red, then all green, then all blue. */
  isPlanar: boolean;
  /** What stored values become: the smallest of our types that holds them; 64-bit numbers lose digits. */
  sampleType: SampleType;
  element: DataSet["elements"][string];
}

/** Reads and checks the module. Throws `Problem` naming the attribute at fault, without its value. */
export function readImagePixel(dataSet: DataSet, fileName: string): ImagePixel {
  const { element, kind } = findPixels(dataSet, fileName);
  const isFloat = kind !== "integer";
  const require = (tag: Tag, name: string): number => {
    const value = unsigned(dataSet, tag);
    if (value === null) throw corruptFile(fileName, `${name} is missing.`);
    return value;
  };
  const height = require("x00280010", "(0028,0010) 'Rows'");
  const width = require("x00280011", "(0028,0011) 'Columns'");
  const channels = require("x00280002", "(0028,0002) 'Samples per Pixel'");
  const photometric = readPhotometric(dataSet, channels, fileName);
  checkSize(fileName, width, height, channels);

  const bitsAllocated = require("x00280100", "(0028,0100) 'Bits Allocated'");
  // Required, but nothing is lost with it: cells are taken whole. See `mustExtract`.
  const bitsStored = isFloat ? bitsAllocated : (unsigned(dataSet, "x00280101") ?? bitsAllocated);
  const highBit = isFloat ? bitsStored - 1 : (unsigned(dataSet, "x00280102") ?? bitsStored - 1);
  const isKnownSize = isFloat
    ? bitsAllocated === (kind === "float" ? 32 : 64)
    : [1, 8, 12, 16, 32].includes(bitsAllocated);
  if (!isKnownSize) {
    throw unsupportedFile(
      fileName,
      `(0028,0100) 'Bits Allocated' = ${bitsAllocated} is not supported; supported: 1, 8, 12, 16, 32, and 64 for floating point.`,
      "Export it with 8- or 16-bit pixels.",
    );
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit < bitsStored - 1 || highBit >= bitsAllocated) {
    throw corruptFile(
      fileName,
      `(0028,0100) 'Bits Allocated' = ${bitsAllocated}, (0028,0101) 'Bits Stored' = ${bitsStored} and ` +
        `(0028,0102) 'High Bit' = ${highBit} disagree.`,
    );
  }
  if ((isFloat || bitsAllocated === 1) && channels !== 1) {
    throw corruptFile(
      fileName,
      `(0028,0100) 'Bits Allocated' = ${bitsAllocated} does not fit (0028,0002) 'Samples per Pixel' = ${channels}.`,
    );
  }
  const isSigned = !isFloat && bitsAllocated !== 1 && unsigned(dataSet, "x00280103") === 1;
  return {
    width,
    height,
    channels: channels === 3 ? 3 : 1,
    photometric,
    frameCount: readFrameCount(dataSet, fileName),
    bitsAllocated: bitsAllocated as ImagePixel["bitsAllocated"],
    bitsStored,
    shift: highBit + 1 - bitsStored,
    isExtracted: !isFloat && bitsAllocated > 1 && (bitsAllocated === 12 || mustExtract(dataSet, highBit, bitsStored)),
    isSigned,
    isFloat,
    isPlanar: channels === 3 && unsigned(dataSet, "x00280006") === 1,
    sampleType: sampleTypeOf(bitsAllocated, isSigned, isFloat),
    element,
  };
}

function findPixels(
  dataSet: DataSet,
  fileName: string,
): { element: ImagePixel["element"]; kind: "integer" | "float" | "double" } {
  const kinds = [
    [PIXEL_DATA, "integer"],
    [FLOAT_PIXEL_DATA, "float"],
    [DOUBLE_PIXEL_DATA, "double"],
  ] as const;
  for (const [tag, kind] of kinds) {
    const element = dataSet.elements[tag];
    if (element !== undefined) return { element, kind };
  }
  if (isDirectory(dataSet)) {
    throw unsupportedFile(
      fileName,
      "It is a DICOMDIR: a list of the files beside it.",
      "Import the folder that it lies in.",
    );
  }
  throw unsupportedFile(
    fileName,
    "It is DICOM without pixels, for example a report, a plan or a set of contours.",
    "Import the image files of the examination.",
  );
}

/**
 * Whether samples must be cut out of their cells: when they do not start at bit 0, or when old overlays (retired,
 * PS3.5 8.1.2 of 2004 and before) sit in the bits above. Else a cell is taken whole, as pydicom does: files whose values
 * exceed Bits Stored exist, and cutting them would turn bright into dark.
 */
function mustExtract(dataSet: DataSet, highBit: number, bitsStored: number): boolean {
  if (highBit + 1 !== bitsStored) return true;
  for (let group = 0x6000; group <= 0x601e; group += 2) {
    const bitPosition = unsigned(dataSet, `x${group.toString(16)}0102`) ?? 0;
    if (bitPosition > highBit && dataSet.elements[`x${group.toString(16)}3000`] === undefined) return true;
  }
  return false;
}

function sampleTypeOf(bitsAllocated: number, isSigned: boolean, isFloat: boolean): SampleType {
  if (isFloat) return "float32";
  if (bitsAllocated === 32) return isSigned ? "int32" : "uint32";
  if (isSigned) return "int16";
  return bitsAllocated > 8 ? "uint16" : "uint8";
}

function readPhotometric(dataSet: DataSet, channels: number, fileName: string): StoredPhotometric {
  const value = text(dataSet, "x00280004");
  if (value === null) throw corruptFile(fileName, "(0028,0004) 'Photometric Interpretation' is missing.");
  // PS3.5 8.2.5 to 8.2.8: only MPEG and HEVC streams hold it.
  if (value === "YBR_PARTIAL_420") {
    throw unsupportedFile(
      fileName,
      "It is video (MPEG or HEVC), which is not read.",
      "Export single pictures of it as DICOM or PNG.",
    );
  }
  if (!Object.hasOwn(storedPhotometrics, value)) {
    throw unsupportedFile(
      fileName,
      otherPhotometrics.has(value)
        ? `Its colors are coded as ${value}, which is not supported.`
        : "(0028,0004) 'Photometric Interpretation' is none that is known.",
      "Export it as RGB or grayscale DICOM, or as PNG.",
    );
  }
  const photometric = value as StoredPhotometric;
  if (channels !== storedPhotometrics[photometric]) {
    throw corruptFile(fileName, `(0028,0002) 'Samples per Pixel' = ${channels} does not fit ${value}.`);
  }
  return photometric;
}

function readFrameCount(dataSet: DataSet, fileName: string): number {
  if (text(dataSet, "x00280008") === null) return 1;
  const count = decimals(dataSet, "x00280008")?.[0] ?? NaN;
  // 0 is written by some for a single frame; a library of the field reads it so, too.
  if (count === 0) return 1;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FRAMES) {
    throw corruptFile(fileName, `(0028,0008) 'Number of Frames' is not a whole number from 1 to ${MAX_FRAMES}.`);
  }
  return count;
}
