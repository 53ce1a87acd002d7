/**
 * @file Stored values of each frame: out of native cells or decoded codestreams, before color conversion and look-up tables.
 * DICOM PS3.5 section 8 and annex A.
 */
import type { DataSet } from "dicom-parser";
import { bytesPerSample, createSamples, type Samples } from "../../voxels/index.ts";
import { checkUnpacked, corruptFile, MAX_UNPACKED_REWRITTEN, unsupportedFile } from "../trouble.ts";
import { codingOf, type DecodedCodestream, type DecodeFrame, loadDecoders } from "./codecs/index.ts";
import { expand422 } from "./color.ts";
import { assignFragments, type FrameOf, readFragments } from "./encapsulated.ts";
import type { ImagePixel } from "./image-pixel.ts";
import { isKnown, isNative, type TransferSyntax } from "./transfer-syntaxes.ts";

export interface StoredFrame {
  /** `[height, width, channels]`, fresh; Float64Array for 64-bit numbers. */
  samples: Samples | Float64Array;
  /** What the three channels are; null where Photometric Interpretation says it. */
  colors: "RGB" | "YBR" | null;
  /** Set when samples are two's complement of fewer bits than their type has, because their coding knows no signs. */
  signedBits?: number;
}

export type ReadStoredFrame = (index: number) => StoredFrame;

/** Cine loops compress well, but not better than this; many small frames of nearly no bytes are no pictures. */
const MAX_RATIO = 64;
/** Of all frames together: more does not fit a decoder, nor what it writes. */
const MAX_UNPACKED_FRAMES = 2 ** 29;

/** Of one frame in color, which is copied once more on its way: 5792 x 5792 of 8 bits. */
const MAX_UNPACKED_COLOR = 3 * 2 ** 25;

/** Throws `Problem` for frames, out of `packed` bytes, that unpack to more than a decoder shall hold; `bytes` of samples for each. */
function checkFrames(
  { frameCount, channels }: Pick<ImagePixel, "frameCount" | "channels">,
  bytes: number,
  packed: number,
  fileName: string,
): void {
  checkUnpacked(fileName, bytes, channels === 3 ? MAX_UNPACKED_COLOR : MAX_UNPACKED_REWRITTEN);
  const plausible = Math.max(MAX_UNPACKED_REWRITTEN, MAX_RATIO * packed);
  checkUnpacked(fileName, frameCount * bytes, Math.min(plausible, MAX_UNPACKED_FRAMES));
}

/** Prepares the frames of a file; decoders are loaded when they are needed. Throws `Problem`. */
export async function openStoredFrames(
  dataSet: DataSet,
  syntax: TransferSyntax,
  pixels: ImagePixel,
  fileName: string,
): Promise<ReadStoredFrame> {
  const { element, frameCount } = pixels;
  // Compressed frames of a defined length exist, against A.4.
  const isEncapsulated = element.hadUndefinedLength === true || (!isNative(syntax) && startsWithItem(dataSet, element));
  if (!isEncapsulated && (isNative(syntax) || nativeLength(pixels) <= element.length)) {
    return nativeFrames(dataSet, syntax, pixels, fileName);
  }
  const { width, height, channels, sampleType, photometric } = pixels;
  // Palettes make three samples of one.
  const samples = width * height * (photometric === "PALETTE COLOR" ? 3 : channels);
  const packed = dataSet.byteArray.length - element.dataOffset;
  checkFrames(pixels, samples * bytesPerSample(sampleType), packed, fileName);
  const bare = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length) as Uint8Array;
  const fragments = isEncapsulated ? readFragments(dataSet, element, fileName) : null;
  const uid = codingOf(syntax.uid, fragments?.first ?? bare) ?? refuse(syntax, fileName);
  const frameOf =
    fragments === null ? single(bare, frameCount, fileName) : assignFragments(dataSet, fragments, frameCount, fileName);
  // Codestreams fill whole bytes.
  const wholeBytes = pixels.bitsAllocated === 12 ? { ...pixels, bitsAllocated: 16 as const } : pixels;
  const decode = await loadDecoders(uid);
  return encapsulatedFrames({ pixels: wholeBytes, frameOf, decode, name: syntax.name, fileName });
}

function startsWithItem({ byteArray }: DataSet, { dataOffset, length }: ImagePixel["element"]): boolean {
  const [a, b, c, d] = byteArray.subarray(dataOffset, dataOffset + 4);
  return length >= 8 && a === 0xfe && b === 0xff && c === 0x00 && d === 0xe0;
}

/** A codestream without any frame around it. */
function single(codestream: Uint8Array, frameCount: number, fileName: string): FrameOf {
  if (frameCount === 1) return () => codestream;
  throw corruptFile(
    fileName,
    `Its ${frameCount} compressed frames are not encapsulated, so they cannot be told apart.`,
  );
}

const uncompressedHint = "Export it as uncompressed DICOM (Explicit VR Little Endian) and import that.";

function refuse(syntax: TransferSyntax, fileName: string): never {
  if (isNative(syntax)) {
    throw corruptFile(fileName, "Its pixels are packed as if compressed, but the transfer syntax says uncompressed.");
  }
  throw unsupportedFile(
    fileName,
    isKnown(syntax)
      ? `It is DICOM compressed as ${syntax.name} (${syntax.uid}), which is not supported.`
      : "It is DICOM with an unknown transfer syntax.",
    uncompressedHint,
  );
}

function encapsulatedFrames({
  pixels,
  frameOf,
  decode,
  name,
  fileName,
}: {
  pixels: ImagePixel;
  frameOf: FrameOf;
  decode: DecodeFrame;
  name: string;
  fileName: string;
}): ReadStoredFrame {
  return (index) => {
    const outcome = decode(frameOf(index), pixels);
    if ("reasons" in outcome) {
      const place = pixels.frameCount === 1 ? "Its pixels" : `Frame ${index + 1}`;
      const detail = `${place}, compressed as ${name}, cannot be decoded. ${outcome.reasons.join("; ")}.`;
      throw outcome.isUnsupported ? unsupportedFile(fileName, detail, uncompressedHint) : corruptFile(fileName, detail);
    }
    const { precision, isSigned, isPlanar, colors } = outcome;
    const { bitsAllocated, bitsStored, shift } = pixels;
    // Decoders of pictures give a byte for a bit; RLE and the bare ones keep eight in a byte.
    if (bitsAllocated === 1 && outcome.cells.length === pixels.width * pixels.height) {
      return { samples: new Uint8Array(outcome.cells), colors };
    }
    const cells = fitCells(outcome, pixels, fileName);
    const samples = toSamples(cells, {
      ...pixels,
      isPlanar: isPlanar ?? pixels.isPlanar,
      // Where the codestream has no bits above or below the stored ones, they lie at its bottom.
      isExtracted: pixels.isExtracted && precision >= shift + bitsStored,
    });
    const isCut = pixels.isSigned && isSigned === null && precision < bitsAllocated;
    return { samples, colors, ...(isCut ? { signedBits: precision } : {}) };
  };
}

/** Gives samples their signs that were coded without: then they are what the camera meant. */
export function withSigns(readStored: ReadStoredFrame): ReadStoredFrame {
  return (index) => {
    const { samples, colors, signedBits } = readStored(index);
    if (signedBits !== undefined) {
      const drop = 32 - signedBits;
      for (let at = 0; at < samples.length; at++) samples[at] = (samples[at]! << drop) >> drop;
    }
    return { samples, colors };
  };
}

/** Cells of Bits Allocated, little-endian, out of those of the codestream, which may be narrower. */
function fitCells({ cells, precision, isSigned }: DecodedCodestream, pixels: ImagePixel, fileName: string): Uint8Array {
  const { bitsAllocated } = pixels;
  const found = 8 * cells.BYTES_PER_ELEMENT;
  if (bitsAllocated !== 1 && found > bitsAllocated) {
    throw corruptFile(fileName, `Its codestream has ${precision} bits, more than (0028,0100) 'Bits Allocated' says.`);
  }
  // JPEG 2000 tells whether samples are signed: unsigned ones of a signed image are two's complement of `precision` bits.
  const mustExtend = pixels.isSigned && precision < bitsAllocated && (isSigned === false || found < bitsAllocated);
  let fitted: Uint8Array | Uint16Array | Uint32Array = cells;
  if (bitsAllocated > found) fitted = bitsAllocated === 16 ? new Uint16Array(cells) : new Uint32Array(cells);
  if (mustExtend) {
    const drop = 32 - precision;
    for (let index = 0; index < fitted.length; index++) fitted[index] = (fitted[index]! << drop) >> drop;
  }
  return new Uint8Array(fitted.buffer, fitted.byteOffset, fitted.byteLength);
}

/** Bytes of all frames in native pixel data. */
function nativeLength({ width, height, channels, frameCount, bitsAllocated }: ImagePixel): number {
  return Math.ceil((width * height * channels * frameCount * bitsAllocated) / 8);
}

function nativeFrames(
  dataSet: DataSet,
  { isBigEndian, hasSwappedPixels }: TransferSyntax,
  pixels: ImagePixel,
  fileName: string,
): ReadStoredFrame {
  const { width, height, channels, frameCount, bitsAllocated, element, photometric } = pixels;
  const available = Math.max(0, Math.min(element.length, dataSet.byteArray.length - element.dataOffset));
  if (available < element.length) {
    throw corruptFile(fileName, `It is cut off: its pixels need ${element.length} bytes, ${available} are there.`);
  }
  const full = nativeLength(pixels);
  const isHalved = photometric === "YBR_FULL_422" || photometric === "YBR_PARTIAL_422";
  // Two chrominance samples for two pixels; files that keep one for each pixel nevertheless are told by their length.
  const frameHalved = (Math.ceil((width * height) / 2) * 4 * bitsAllocated) / 8;
  const isPacked = isHalved && available < full;
  const expected = isPacked ? frameHalved * frameCount : full;
  if (available < expected) {
    throw corruptFile(fileName, `It is cut off: its pixels need ${expected} bytes, ${available} are there.`);
  }
  const content = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + available);
  // Cells of up to 8 bits written as OB are bytes and have no order; as OW they come in swapped pairs. PS3.5 A.3.
  const swapWidth = bitsAllocated >= 16 ? bitsAllocated / 8 : element.vr === "OB" ? 1 : 2;
  const isSwapped = (isBigEndian && swapWidth > 1) || (hasSwappedPixels && bitsAllocated > 8);
  const bytes = isSwapped ? swapBytes(content, swapWidth) : content;
  const length = width * height * channels;
  return (index) => {
    if (bitsAllocated === 12) {
      const cells = unpackPairs(bytes, index * length, length);
      return { samples: toSamples(cells, { ...pixels, bitsAllocated: 16 }), colors: null };
    }
    if (bitsAllocated === 1) return { samples: unpackBits(bytes, index * length, length), colors: null };
    const frameBytes = isPacked ? frameHalved : (length * bitsAllocated) / 8;
    // Copied: the position in the file need not be a multiple of the sample size.
    const cells = bytes.slice(index * frameBytes, (index + 1) * frameBytes);
    if (!isPacked) return { samples: toSamples(cells, pixels), colors: null };
    const packed = bitsAllocated === 8 ? cells : new Uint16Array(cells.buffer);
    return { samples: expand422(packed, width * height), colors: null };
  };
}

/** One frame's cells, little-endian and from the start of their memory, to samples, interleaved. */
function toSamples(cells: Uint8Array, pixels: ImagePixel): Samples | Float64Array {
  const { width, height, channels, bitsAllocated, isSigned, isPlanar, sampleType } = pixels;
  const length = width * height * channels;
  if (bitsAllocated === 1) return unpackBits(cells, 0, length);
  const buffer = cells.buffer as ArrayBuffer;
  if (bitsAllocated === 64) return new Float64Array(buffer, 0, length);
  const samples =
    bitsAllocated === 8 && isSigned
      ? new Int16Array(new Int8Array(buffer, 0, length))
      : createSamples(sampleType, length, buffer);
  if (pixels.isExtracted) extractStoredBits(samples, pixels);
  if (!isPlanar || channels === 1) return samples;
  const interleaved = createSamples(sampleType, length);
  const plane = width * height;
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0, at = channel; pixel < plane; pixel++, at += 3)
      interleaved[at] = samples[channel * plane + pixel]!;
  }
  return interleaved;
}

/** The stored bits of each cell, in place; the sign is the highest stored bit. PS3.5 8.1.1. */
function extractStoredBits(samples: Samples, { bitsStored, shift, isSigned }: ImagePixel): void {
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

/** Cells of 12 bits, two in three bytes, to cells of 16. PS3.5 (2004) annex D. */
function unpackPairs(bytes: Uint8Array, start: number, length: number): Uint8Array {
  const cells = new Uint8Array(2 * length);
  for (let index = 0; index < length; index++) {
    const bit = 12 * (start + index);
    const word = (bytes[bit >>> 3]! | ((bytes[(bit >>> 3) + 1] ?? 0) << 8)) >> (bit & 4);
    cells[2 * index] = word & 0xff;
    cells[2 * index + 1] = (word >> 8) & 0x0f;
  }
  return cells;
}

/** A copy in the other byte order, of whole cells of 2, 4 or 8 bytes. */
function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = bytes.slice(0, bytes.length - (bytes.length % size));
  const view = Buffer.from(swapped.buffer); // whose methods swap natively, in place
  if (size === 2) view.swap16();
  else if (size === 4) view.swap32();
  else view.swap64();
  return swapped;
}
