/**
 * @file The chunks of a PNG: checked, and written anew from those that make pixels. Decompression is sharp's (raster.ts).
 * W3C PNG Specification, third edition, sections 5 and 11.
 */
import { crc32 } from "node:zlib";
import type { AttributeCount } from "./deidentify-options.ts";
import { AttributeCounts, BESIDE_PIXELS, nameOfPngChunk } from "./raster-metadata.ts";
import {
  checkSize,
  checkUnpacked,
  corruptFile,
  MAX_UNPACKED_KEPT,
  MAX_UNPACKED_REWRITTEN,
  unsupportedFile,
} from "./trouble.ts";

export interface PngHeader {
  width: number;
  height: number;
  bitDepth: 1 | 2 | 4 | 8 | 16;
  color: "grayscale" | "rgb" | "palette" | "grayscale+alpha" | "rgb+alpha";
  /** Rows come in the seven passes of Adam7. */
  isInterlaced: boolean;
  /** Red, green and blue of each index; null without a palette. */
  palette: Uint8Array | null;
  /** True when every palette entry is gray. */
  isGrayPalette: boolean;
  hasTransparency: boolean;
}

/** Depths that each color type may have. Section 11.2.1. */
const colorTypes: Record<number, { color: PngHeader["color"]; depths: number[] } | undefined> = {
  0: { color: "grayscale", depths: [1, 2, 4, 8, 16] },
  2: { color: "rgb", depths: [8, 16] },
  3: { color: "palette", depths: [1, 2, 4, 8] },
  4: { color: "grayscale+alpha", depths: [8, 16] },
  6: { color: "rgb+alpha", depths: [8, 16] },
};

const SIGNATURE_BYTES = 8;

export interface PngParts {
  header: PngHeader;
  /** Chunks before the pixels that tell how to read them: IHDR, PLTE of palette pictures, tRNS of those without an alpha channel. */
  before: Uint8Array;
  /** Contents of its IDAT chunks, one after the other. */
  compressed: Uint8Array;
  /** What lies beside these, and is left out of what is written from them. */
  attributes: AttributeCount[];
}

/**
 * Checks order, lengths and checksums of all chunks and the claimed size. Text, times, color profile, gamma, animation and private chunks are
 * left out: samples are kept as stored, and no identity remains. Throws `Problem`.
 */
export function readPng(bytes: Uint8Array, fileName: string): PngParts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [bytes.subarray(0, SIGNATURE_BYTES)];
  let header: PngHeader | null = null;
  const compressed: Uint8Array[] = [];
  const leftOut = new AttributeCounts();
  for (let offset = SIGNATURE_BYTES; ;) {
    if (offset + 12 > bytes.length) throw truncated(fileName, offset);
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    const end = offset + 12 + length;
    if (end > bytes.length) throw truncated(fileName, offset);
    if (view.getUint32(end - 4) !== crc32(bytes.subarray(offset + 4, end - 4))) {
      throw corruptFile(fileName, `The checksum of the PNG chunk at byte ${offset} is wrong.`);
    }
    const content = bytes.subarray(offset + 8, end - 4);
    if ((header === null) !== (type === "IHDR")) {
      throw corruptFile(fileName, "A PNG must start with exactly one IHDR chunk; this one does not.");
    }
    if (type === "IHDR") header = readHeader(content, fileName);
    const { color } = header!;
    const isUsed =
      type === "IHDR" || (type === "PLTE" && color === "palette") || (type === "tRNS" && !color.endsWith("+alpha"));
    if (type === "PLTE" && isUsed) Object.assign(header!, describePalette(content));
    if (type === "tRNS") header!.hasTransparency = true;
    if (type === "acTL") {
      throw unsupportedFile(fileName, "It is an animated PNG.", "Export each picture as its own PNG and import those.");
    }
    if (type === "IDAT") compressed.push(content);
    else if (isUsed) parts.push(bytes.subarray(offset, end));
    else if (type !== "IEND") leftOut.add(nameOfPngChunk(type));
    else {
      if (length > 0) leftOut.add(BESIDE_PIXELS);
      if (end < bytes.length) leftOut.add("bytes after the end");
      break;
    }
    offset = end;
  }
  if (compressed.length === 0) throw corruptFile(fileName, "The PNG holds no pixels: it has no IDAT chunk.");
  const { width, height, color, bitDepth, hasTransparency, isInterlaced } = header!;
  const channels = hasTransparency ? 4 : color === "grayscale" ? 1 : 3; // as they come out of the decoder
  // The passes of Adam7 are gathered in memory of their own.
  const most = isInterlaced ? MAX_UNPACKED_REWRITTEN : MAX_UNPACKED_KEPT;
  checkUnpacked(fileName, width * height * channels * Math.ceil(bitDepth / 8), most);
  return {
    header: header!,
    before: concatenate(parts),
    compressed: concatenate(compressed),
    attributes: leftOut.list(),
  };
}

/** A PNG of the parts of another one. */
export function writePng({ before, compressed }: Pick<PngParts, "before" | "compressed">): Uint8Array<ArrayBuffer> {
  return concatenate([before, ...chunk("IDAT", compressed), ...chunk("IEND", new Uint8Array(0))]);
}

/** Length and type, content, checksum. Section 5.3. */
function chunk(type: string, content: Uint8Array): Uint8Array[] {
  const [start, end] = [Buffer.alloc(8), Buffer.alloc(4)];
  start.writeUInt32BE(content.length);
  start.write(type, 4, "latin1");
  end.writeUInt32BE(crc32(content, crc32(start.subarray(4))));
  return [start, content, end];
}

function readHeader(content: Uint8Array, fileName: string): PngHeader {
  if (content.length !== 13) throw corruptFile(fileName, `The PNG header has ${content.length} bytes; expected 13.`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const bitDepth = content[8]!;
  const colorType = colorTypes[content[9]!];
  if (colorType === undefined || !colorType.depths.includes(bitDepth)) {
    throw corruptFile(fileName, `PNG color type ${content[9]} with ${bitDepth} bits does not exist.`);
  }
  const { color } = colorType;
  checkSize(fileName, width, height, color.startsWith("grayscale") ? 1 : 3);
  return {
    width,
    height,
    bitDepth: bitDepth as PngHeader["bitDepth"],
    color,
    isInterlaced: content[12] === 1,
    palette: null,
    isGrayPalette: false,
    hasTransparency: color.endsWith("+alpha"),
  };
}

function describePalette(palette: Uint8Array): Pick<PngHeader, "palette" | "isGrayPalette"> {
  const isGray = (at: number): boolean => palette[at] === palette[at + 1] && palette[at] === palette[at + 2];
  let isGrayPalette = true;
  for (let at = 0; at + 2 < palette.length; at += 3) if (!isGray(at)) isGrayPalette = false;
  return { palette, isGrayPalette };
}

export function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function truncated(fileName: string, offset: number): Error {
  return corruptFile(fileName, `The PNG is cut off: the chunk at byte ${offset} runs past the end of the file.`);
}
