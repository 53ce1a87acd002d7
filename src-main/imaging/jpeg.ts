/**
 * @file The segments of a JPEG: checked, and reduced to those that make pixels. Decompression is sharp's (raster.ts).
 * ITU-T T.81 annex B; Exif 2.3 section 4.6 for the orientation.
 */
import { concatenate } from "./png.ts";
import { checkSize, corruptFile, unsupportedFile } from "./trouble.ts";

export interface JpegHeader {
  width: number;
  height: number;
  channels: 1 | 3;
  /** Exif orientation 1 to 8; 1 = upright, also when not given. */
  orientation: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const APP1 = 0xe1;
const APP15 = 0xef;
const APP14 = 0xee;
const APP0 = 0xe0;
const COM = 0xfe;

/** Frame headers that libjpeg decodes: baseline, extended, progressive, with Huffman coding. T.81 table B.1. */
const readableFrames = [0xc0, 0xc1, 0xc2];
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

/**
 * Walks all segments to the end-of-image mark. `bare` is the same picture without Exif, comments, color profile, previews
 * and trailing bytes; only the orientation is written anew. Throws `Problem`.
 */
export function readJpeg(bytes: Uint8Array, fileName: string): { header: JpegHeader; bare: Uint8Array } {
  const parts: Uint8Array[] = [];
  let size: { width: number; height: number; channels: 1 | 3 } | null = null;
  let orientation = 1;
  let offset = 2;
  for (;;) {
    if (offset + 2 > bytes.length) throw truncated(fileName);
    if (bytes[offset] !== 0xff)
      throw corruptFile(fileName, `The JPEG has no segment where one must be, at byte ${offset}.`);
    const marker = bytes[offset + 1]!;
    if (marker === 0xff) {
      offset++; // fill byte. T.81 B.1.1.2
      continue;
    }
    if (marker === EOI) break;
    if (marker === SOI || marker === 0x00 || marker === 0x01 || isRestart(marker)) {
      throw corruptFile(fileName, `The JPEG has a misplaced mark at byte ${offset}.`);
    }
    if (offset + 4 > bytes.length) throw truncated(fileName);
    const length = bytes[offset + 2]! * 256 + bytes[offset + 3]!;
    let end = offset + 2 + length;
    if (length < 2 || end > bytes.length) throw truncated(fileName);
    const content = bytes.subarray(offset + 4, end);
    if (isFrameHeader(marker)) size = readFrameHeader(marker, content, fileName);
    if (marker === APP1) orientation = readOrientation(content) ?? orientation;
    if (marker === SOS) {
      if (size === null) throw corruptFile(fileName, "The JPEG has pixels before their size.");
      end = endOfScan(bytes, end);
    }
    // APP0 (JFIF) and APP14 (Adobe) say how colors are coded; the rest of APPn describes people, places and devices.
    const isMetadata = (marker >= APP0 && marker <= APP15 && marker !== APP0 && marker !== APP14) || marker === COM;
    if (!isMetadata) parts.push(bytes.subarray(offset, end));
    offset = end;
  }
  if (size === null) throw corruptFile(fileName, "The JPEG holds no pixels.");
  const start: Uint8Array[] = [Uint8Array.of(0xff, SOI)];
  if (orientation !== 1) start.push(orientationSegment(orientation));
  return {
    header: { ...size, orientation },
    bare: concatenate([...start, ...parts, Uint8Array.of(0xff, EOI)]),
  };
}

function readFrameHeader(
  marker: number,
  content: Uint8Array,
  fileName: string,
): { width: number; height: number; channels: 1 | 3 } {
  if (content.length < 6) throw truncated(fileName);
  const [precision, highRows, lowRows, highColumns, lowColumns, channels] = content as unknown as number[];
  if (!readableFrames.includes(marker) || precision !== 8) {
    throw unsupportedFile(
      fileName,
      `It is a JPEG of a rare kind (frame type ${marker - 0xc0}, ${precision} bits); 8-bit baseline and progressive are read.`,
      "Export the image as PNG and import that.",
    );
  }
  if (channels !== 1 && channels !== 3) {
    throw unsupportedFile(
      fileName,
      `It is a JPEG with ${channels} color channels; 1 (gray) and 3 (color) are read.`,
      "Export the image as RGB PNG and import that.",
    );
  }
  const width = highColumns! * 256 + lowColumns!;
  const height = highRows! * 256 + lowRows!;
  checkSize(fileName, width, height, channels);
  return { width, height, channels };
}

/** First byte after the entropy-coded data that starts at `offset`: the next mark that is no restart. T.81 B.1.1.5. */
function endOfScan(bytes: Uint8Array, offset: number): number {
  let end = offset;
  while (end + 1 < bytes.length) {
    if (bytes[end] === 0xff && bytes[end + 1] !== 0x00 && !isRestart(bytes[end + 1]!)) return end;
    end++;
  }
  return bytes.length;
}

function readOrientation(content: Uint8Array): number | null {
  const mark = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif"
  if (mark.some((byte, index) => content[index] !== byte)) return null;
  return exifOrientation(content.subarray(6));
}

/** Tag 0x0112 of the first image file directory of Exif data; null when there is none that can be read. */
export function exifOrientation(exif: Uint8Array): number | null {
  if (exif.length < 8) return null;
  const tiff = new DataView(exif.buffer, exif.byteOffset, exif.length);
  const isLittle = tiff.getUint16(0) === 0x4949;
  const directory = tiff.getUint32(4, isLittle);
  if (directory + 2 > tiff.byteLength) return null;
  const entries = tiff.getUint16(directory, isLittle);
  for (let index = 0; index < entries; index++) {
    const entry = directory + 2 + 12 * index;
    if (entry + 12 > tiff.byteLength) return null;
    if (tiff.getUint16(entry, isLittle) !== 0x0112) continue;
    const orientation = tiff.getUint16(entry + 8, isLittle);
    return orientation >= 1 && orientation <= 8 ? orientation : null;
  }
  return null;
}

/** An Exif segment that says nothing but the orientation: big-endian TIFF header, one directory of one entry. */
function orientationSegment(orientation: number): Uint8Array {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const content = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return Uint8Array.of(0xff, APP1, 0, content.length + 2, ...content);
}

function truncated(fileName: string): Error {
  return corruptFile(fileName, "The JPEG is cut off: it ends before its end-of-image mark.");
}
