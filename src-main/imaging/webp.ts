/**
 * @file The chunks of a WebP: checked, and reduced to those that make pixels. Decompression is sharp's (raster.ts).
 * RFC 9649, section 2.
 */
import type { AttributeCount } from "./deidentify-options.ts";
import { concatenate } from "./png.ts";
import { AttributeCounts, nameOfWebpChunk } from "./raster-metadata.ts";
import { checkSize, checkUnpacked, corruptFile, MAX_UNPACKED_KEPT, unsupportedFile } from "./trouble.ts";

export interface WebpHeader {
  width: number;
  height: number;
  hasAlpha: boolean;
}

/** Chunks that make pixels; color profile, Exif, XMP and unknown ones are left out. */
const kept = new Set(["VP8 ", "VP8L", "VP8X", "ALPH"]);
const ALPHA_FLAG = 0x10;
const ANIMATION_FLAG = 0x02;

/**
 * Checks lengths and order of all chunks and the claimed size. `bare` is the same picture without metadata; `exif` is what the
 * orientation can be read from. Throws `Problem`.
 */
export function readWebp(
  bytes: Uint8Array,
  fileName: string,
): { header: WebpHeader; bare: Uint8Array; exif: Uint8Array | null; attributes: AttributeCount[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length < 20 ? Infinity : 8 + view.getUint32(4, true);
  if (end > bytes.length) throw truncated(fileName);
  const parts: Uint8Array[] = [];
  let header: WebpHeader | null = null;
  let hasPixels = false;
  let exif: Uint8Array | null = null;
  const leftOut = new AttributeCounts();
  for (let offset = 12; offset + 8 <= end;) {
    const type = String.fromCharCode(...bytes.subarray(offset, offset + 4));
    const length = view.getUint32(offset + 4, true);
    const next = offset + 8 + length + (length & 1);
    if (offset + 8 + length > end) throw truncated(fileName);
    const content = bytes.subarray(offset + 8, offset + 8 + length);
    if (type === "ANIM" || type === "ANMF" || (type === "VP8X" && (content[0]! & ANIMATION_FLAG) !== 0)) {
      throw unsupportedFile(
        fileName,
        "It is an animated WebP.",
        "Export each picture as its own PNG and import those.",
      );
    }
    header ??= readHeader(type, content, fileName);
    if (type === "VP8 " || type === "VP8L") {
      if (hasPixels) throw corruptFile(fileName, "The WebP holds more than one picture.");
      hasPixels = true;
    }
    if (type === "EXIF") exif = content;
    if (kept.has(type)) {
      const chunk = bytes.slice(offset, Math.min(next, end));
      // What is left out is not announced either.
      if (type === "VP8X") chunk[8]! &= ALPHA_FLAG;
      parts.push(chunk.length % 2 === 0 ? chunk : concatenate([chunk, new Uint8Array(1)]));
    } else leftOut.add(nameOfWebpChunk(type));
    offset = next;
  }
  if (header === null || !hasPixels) throw corruptFile(fileName, "The WebP holds no pixels.");
  if (end < bytes.length) leftOut.add("bytes after the end");
  const body = concatenate(parts);
  const riff = new Uint8Array(12);
  riff.set(new TextEncoder().encode("RIFF____WEBP"));
  new DataView(riff.buffer).setUint32(4, 4 + body.length, true);
  return { header, bare: concatenate([riff, body]), exif, attributes: leftOut.list() };
}

/** Size as the first chunk claims it; the decoder checks it against the pixels. */
function readHeader(type: string, content: Uint8Array, fileName: string): WebpHeader {
  const at = (offset: number): number => {
    const byte = content[offset];
    if (byte === undefined) throw truncated(fileName);
    return byte;
  };
  let header: WebpHeader;
  if (type === "VP8X") {
    const size = (offset: number): number => 1 + at(offset) + 256 * at(offset + 1) + 65_536 * at(offset + 2);
    header = { width: size(4), height: size(7), hasAlpha: (at(0) & ALPHA_FLAG) !== 0 };
  } else if (type === "VP8L") {
    const bits = (at(1) | (at(2) << 8) | (at(3) << 16) | (at(4) << 24)) >>> 0;
    header = { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff), hasAlpha: (bits & (1 << 28)) !== 0 };
  } else if (type === "VP8 ") {
    const size = (offset: number): number => (at(offset) + 256 * at(offset + 1)) & 0x3fff;
    header = { width: size(6), height: size(8), hasAlpha: false };
  } else throw corruptFile(fileName, "The WebP does not start with a picture.");
  checkSize(fileName, header.width, header.height, 3);
  checkUnpacked(fileName, header.width * header.height * 3, MAX_UNPACKED_KEPT);
  return header;
}

function truncated(fileName: string): Error {
  return corruptFile(fileName, "The WebP is cut off: a chunk runs past the end of the file.");
}
