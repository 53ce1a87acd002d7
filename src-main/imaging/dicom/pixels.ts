/**
 * @file Native (uncompressed) pixel data to samples. DICOM PS3.3 C.7.6.3, PS3.5 section 8.
 */
import type { DataSet } from "dicom-parser";
import { createSamples, type Photometric, type Samples, type SampleType } from "../../voxels/index.ts";
import { checkSize, corruptFile, unsupportedFile } from "../trouble.ts";
import { decimals, type Tag, text, unsigned } from "./attributes.ts";

const PIXEL_DATA: Tag = "x7fe00010";
const FLOAT_PIXEL_DATA: Tag = "x7fe00008";
const DOUBLE_PIXEL_DATA: Tag = "x7fe00009";

/** More frames than any examination has; a larger claim is a damaged header. */
const MAX_FRAMES = 100_000;

/** The Image Pixel module, checked. */
export interface PixelDescription {
  width: number;
  height: number;
  channels: 1 | 3;
  photometric: Photometric;
  frameCount: number;
  bitsAllocated: 1 | 8 | 16 | 32;
  bitsStored: number;
  /** Bits below the lowest stored bit. */
  shift: number;
  /** False when whole cells are samples, as they nearly always are. See `mustExtract`. */
  isExtracted: boolean;
  isSigned: boolean;
  isFloat: boolean;
  /** Planar Configuration 1: all red, then all green, then all blue. */
  isPlanar: boolean;
  /** What the samples become: the smallest of our types that holds all stored values. */
  sampleType: SampleType;
  /** All frames, little-endian; a view of the file where it is little-endian already. */
  bytes: Uint8Array;
}

/** Photometric interpretations that are known but not read. PS3.3 C.7.6.3.1.2. */
const laterPhotometrics = new Set([
  "PALETTE COLOR",
  "YBR_FULL",
  "YBR_FULL_422",
  "YBR_PARTIAL_420",
  "YBR_PARTIAL_422",
  "YBR_ICT",
  "YBR_RCT",
  "XYB",
  "HSV",
  "ARGB",
  "CMYK",
]);

/** Reads and checks the Image Pixel module. Throws `Problem` naming the attribute at fault, without its value. */
export function describePixels(dataSet: DataSet, isBigEndian: boolean, fileName: string): PixelDescription {
  const isFloat = dataSet.elements[FLOAT_PIXEL_DATA] !== undefined;
  const element = dataSet.elements[isFloat ? FLOAT_PIXEL_DATA : PIXEL_DATA];
  if (element === undefined) {
    if (dataSet.elements[DOUBLE_PIXEL_DATA] !== undefined) {
      throw unsupportedFile(fileName, "Its pixels are 64-bit numbers.", "Export it with 16- or 32-bit pixels.");
    }
    throw unsupportedFile(
      fileName,
      "It is DICOM without pixels, for example a report, a plan or a set of contours.",
      "Import the image files of the examination.",
    );
  }
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
  const bitsStored = isFloat ? bitsAllocated : require("x00280101", "(0028,0101) 'Bits Stored'");
  const highBit = unsigned(dataSet, "x00280102") ?? bitsStored - 1;
  if (bitsAllocated !== 1 && bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    throw unsupportedFile(
      fileName,
      `(0028,0100) 'Bits Allocated' = ${bitsAllocated} is not supported; supported: 1, 8, 16, 32.`,
      "Export it with 8- or 16-bit pixels.",
    );
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit < bitsStored - 1 || highBit >= bitsAllocated) {
    throw corruptFile(fileName, "'Bits Allocated', 'Bits Stored' and 'High Bit' (0028,0100) to (0028,0102) disagree.");
  }
  if ((isFloat && bitsAllocated !== 32) || (bitsAllocated === 1 && channels !== 1)) {
    throw corruptFile(fileName, "(0028,0100) 'Bits Allocated' does not fit the kind of its pixels.");
  }
  const isSigned = !isFloat && bitsAllocated !== 1 && unsigned(dataSet, "x00280103") === 1;
  const frameCount = readFrameCount(dataSet, fileName);
  const bytes = pixelBytes(
    dataSet,
    element,
    { frameCount, pixels: width * height * channels, bitsAllocated },
    fileName,
  );
  const description = {
    width,
    height,
    channels: photometric === "RGB" ? 3 : 1,
    photometric,
    frameCount,
    bitsAllocated,
    bitsStored,
    shift: highBit + 1 - bitsStored,
    isExtracted: !isFloat && bitsAllocated > 1 && mustExtract(dataSet, highBit, bitsStored),
    isSigned,
    isFloat,
    isPlanar: channels === 3 && unsigned(dataSet, "x00280006") === 1,
    sampleType: sampleTypeOf(bitsAllocated, isSigned, isFloat),
  } as const;
  // Cells of up to 8 bits written as OB are bytes and have no order; as OW they come in swapped pairs. PS3.5 A.3.
  const swapWidth = bitsAllocated > 8 ? bitsAllocated / 8 : element.vr === "OB" ? 1 : 2;
  return { ...description, bytes: isBigEndian && swapWidth > 1 ? swapBytes(bytes, swapWidth) : bytes };
}

/** Samples of frame `index`, `[height, width, channels]`; a fresh array. */
export function decodeFrameSamples(description: PixelDescription, index: number): Samples {
  const { width, height, channels, bitsAllocated, isSigned, isPlanar, sampleType, bytes } = description;
  const length = width * height * channels;
  if (bitsAllocated === 1) return unpackBits(bytes, index * length, length);
  const size = bitsAllocated / 8;
  // Copied: the position in the file need not be a multiple of the sample size.
  const cells = bytes.slice(index * length * size, (index + 1) * length * size).buffer as ArrayBuffer;
  let samples: Samples;
  if (bitsAllocated === 8 && isSigned) samples = Int16Array.from(new Int8Array(cells));
  else samples = createSamples(sampleType, length, cells);
  if (description.isExtracted) extractStoredBits(samples, description);
  if (!isPlanar) return samples;
  const interleaved = createSamples(sampleType, length);
  const plane = width * height;
  for (let pixel = 0; pixel < plane; pixel++) {
    for (let channel = 0; channel < 3; channel++) interleaved[3 * pixel + channel] = samples[channel * plane + pixel]!;
  }
  return interleaved;
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
    if (bitPosition > highBit) return true;
  }
  return false;
}

/** The stored bits of each cell, in place; the sign is the highest stored bit. PS3.5 8.1.1. */
function extractStoredBits(samples: Samples, { bitsStored, shift, isSigned }: PixelDescription): void {
  const drop = 32 - bitsStored;
  for (let index = 0; index < samples.length; index++) {
    const cell = samples[index]! << (drop - shift);
    samples[index] = isSigned ? cell >> drop : cell >>> drop;
  }
}

/** 1-bit cells run on across rows and frames, lowest bit first. PS3.5 8.1.1 and annex D. */
function unpackBits(bytes: Uint8Array, start: number, length: number): Uint8Array {
  const samples = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const bit = start + index;
    samples[index] = (bytes[bit >>> 3]! >>> (bit & 7)) & 1;
  }
  return samples;
}

function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = new Uint8Array(bytes.length - (bytes.length % size));
  for (let start = 0; start < swapped.length; start += size) {
    for (let offset = 0; offset < size; offset++) swapped[start + offset] = bytes[start + size - 1 - offset]!;
  }
  return swapped;
}

function sampleTypeOf(bitsAllocated: 1 | 8 | 16 | 32, isSigned: boolean, isFloat: boolean): SampleType {
  if (isFloat) return "float32";
  if (bitsAllocated === 32) return isSigned ? "int32" : "uint32";
  if (isSigned) return "int16";
  return bitsAllocated === 16 ? "uint16" : "uint8";
}

function readPhotometric(dataSet: DataSet, channels: number, fileName: string): Photometric {
  const value = text(dataSet, "x00280004");
  if (value === null) throw corruptFile(fileName, "(0028,0004) 'Photometric Interpretation' is missing.");
  if (value !== "MONOCHROME1" && value !== "MONOCHROME2" && value !== "RGB") {
    throw unsupportedFile(
      fileName,
      laterPhotometrics.has(value)
        ? `Its colors are coded as ${value}, which is not supported yet.`
        : "(0028,0004) 'Photometric Interpretation' is none that is known.",
      "Export it as RGB or grayscale DICOM, or as PNG.",
    );
  }
  if (channels !== (value === "RGB" ? 3 : 1)) {
    throw corruptFile(fileName, `(0028,0002) 'Samples per Pixel' = ${channels} does not fit ${value}.`);
  }
  return value;
}

function readFrameCount(dataSet: DataSet, fileName: string): number {
  if (text(dataSet, "x00280008") === null) return 1;
  const count = decimals(dataSet, "x00280008")?.[0] ?? NaN;
  if (!Number.isInteger(count) || count < 1 || count > MAX_FRAMES) {
    throw corruptFile(fileName, `(0028,0008) 'Number of Frames' is not a whole number from 1 to ${MAX_FRAMES}.`);
  }
  return count;
}

function pixelBytes(
  dataSet: DataSet,
  element: DataSet["elements"][string],
  { frameCount, pixels, bitsAllocated }: { frameCount: number; pixels: number; bitsAllocated: number },
  fileName: string,
): Uint8Array {
  if (element.encapsulatedPixelData === true || element.hadUndefinedLength === true || element.items !== undefined) {
    throw corruptFile(fileName, "Its pixels are packed as if compressed, but the transfer syntax says uncompressed.");
  }
  const expected = Math.ceil((frameCount * pixels * bitsAllocated) / 8);
  const available = Math.min(element.length, dataSet.byteArray.length - element.dataOffset);
  if (available < expected) {
    throw corruptFile(fileName, `It is cut off: its pixels need ${expected} bytes, ${available} are there.`);
  }
  return dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + available);
}
