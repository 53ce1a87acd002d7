/**
 * @file The segments of a JPEG: checked, and written anew from those that make pixels. Decompression is sharp's (raster.ts).
 * ITU-T T.81 annex B; JFIF (T.871) section 10 and Adobe's technical note 5116 for how colors are coded; Exif 2.3 section 4.6 for the orientation.
 */
import type { AttributeCount } from "./deidentify-options.ts";
import { JpegTables } from "./jpeg-tables.ts";
import { concatenate } from "./png.ts";
import { AttributeCounts, nameOfJpegSegment } from "./raster-metadata.ts";
import { checkSize, checkUnpacked, corruptFile, MAX_UNPACKED_KEPT, unsupportedFile } from "./trouble.ts";

export interface JpegHeader {
  width: number;
  height: number;
  channels: 1 | 3;
  isProgressive: boolean;
  /** Exif orientation 1 to 8; 1 = upright, also when not given. */
  orientation: number;
}

const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const DHT = 0xc4;
const DQT = 0xdb;
const DRI = 0xdd;
const APP0 = 0xe0;
const APP1 = 0xe1;
const APP14 = 0xee;

/** Frame headers that libjpeg decodes: baseline, extended, progressive, with Huffman coding. T.81 table B.1. */
const readableFrames = [0xc0, 0xc1, 0xc2];
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7;

export interface JpegParts {
  header: JpegHeader;
  /**
   * The same picture of segments that decoders use: frame, scans, tables that a scan names, the restart interval, and those of JFIF, Adobe and
   * Exif reduced to what tells colors and orientation.
   */
  bare: Uint8Array;
  /** What was left out of `bare`. */
  attributes: AttributeCount[];
}

/** Walks all segments to the end-of-image mark. Throws `Problem`. */
export function readJpeg(bytes: Uint8Array, fileName: string): JpegParts {
  const parts: Uint8Array[] = [];
  const leftOut = new AttributeCounts();
  const tables = new JpegTables(() => corruptFile(fileName, "A table of the JPEG is damaged."));
  let frame: { header: Omit<JpegHeader, "orientation">; content: Uint8Array } | null = null;
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
    if (isFrameHeader(marker)) {
      frame = { header: readFrameHeader(marker, content, fileName), content };
      parts.push(bytes.subarray(offset, end));
    } else if (marker === DQT) tables.readQuantization(content);
    else if (marker === DHT) tables.readHuffman(content);
    else if (marker === DRI) {
      if (content.length !== 2) throw corruptFile(fileName, "The restart interval of the JPEG is damaged.");
      parts.push(bytes.subarray(offset, end));
    } else if (marker === SOS) {
      if (frame === null) throw corruptFile(fileName, "The JPEG has pixels before their size.");
      end = endOfScan(bytes, end);
      const { isProgressive } = frame.header;
      parts.push(...tables.neededBy(content, { frame: frame.content, isProgressive }), bytes.subarray(offset, end));
    } else {
      const colors = colorSegment(marker, content);
      if (colors !== null) parts.push(colors);
      if (marker === APP1) orientation = readOrientation(content) ?? orientation;
      if (colors === null || Buffer.compare(colors, bytes.subarray(offset, end)) !== 0) {
        leftOut.add(nameOfJpegSegment(marker, content));
      }
    }
    offset = end;
  }
  if (frame === null) throw corruptFile(fileName, "The JPEG holds no pixels.");
  if (tables.unused > 0) leftOut.add("JPEG tables without use", tables.unused);
  if (offset + 2 < bytes.length) leftOut.add("bytes after the end");
  const start: Uint8Array[] = [Uint8Array.of(0xff, SOI)];
  if (orientation !== 1) start.push(orientationSegment(orientation));
  return {
    header: { ...frame.header, orientation },
    bare: concatenate([...start, ...parts, Uint8Array.of(0xff, EOI)]),
    attributes: leftOut.list(),
  };
}

/**
 * The segment of JFIF or Adobe with nothing but how colors are coded: no resolution, no preview, no flags; null for all other segments,
 * extensions of JFIF among them.
 */
function colorSegment(marker: number, content: Uint8Array): Uint8Array | null {
  const starts = (mark: string): boolean => [...mark].every((letter, index) => content[index] === letter.charCodeAt(0));
  if (marker === APP0 && content.length >= 14 && starts("JFIF\0")) {
    return Uint8Array.of(0xff, APP0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0);
  }
  if (marker === APP14 && content.length >= 12 && starts("Adobe")) {
    return Uint8Array.of(0xff, APP14, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, content[11]!);
  }
  return null;
}

function readFrameHeader(marker: number, content: Uint8Array, fileName: string): Omit<JpegHeader, "orientation"> {
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
  if (content.length !== 6 + 3 * channels) throw corruptFile(fileName, "The frame header of the JPEG is damaged.");
  checkUnpacked(fileName, width * height * channels, MAX_UNPACKED_KEPT);
  return { width, height, channels, isProgressive: marker === 0xc2 };
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
