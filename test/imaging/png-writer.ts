/**
 * @file Writes PNG files of every color type and depth, chunk by chunk, for tests: not by the library under test.
 */
import { crc32, deflateSync } from "node:zlib";

export interface PngParts {
  width: number;
  height: number;
  bitDepth: number;
  /** 0 gray, 2 RGB, 3 palette, 4 gray + alpha, 6 RGB + alpha. */
  colorType: number;
  /** Packed scan lines, without filter bytes. */
  rows: Uint8Array[];
  /** Chunks between IHDR and IDAT, such as PLTE. */
  extra?: Uint8Array[];
}

export function pngChunk(type: string, content: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + content.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, content.length);
  chunk.set(new TextEncoder().encode(type), 4);
  chunk.set(content, 8);
  view.setUint32(8 + content.length, crc32(chunk.subarray(4, 8 + content.length)));
  return chunk;
}

export function writePng({ width, height, bitDepth, colorType, rows, extra = [] }: PngParts): Buffer {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, bitDepth);
  header.setUint8(9, colorType);
  const lines = Buffer.concat(rows.flatMap((row) => [Uint8Array.of(0), row]));
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    pngChunk("IHDR", new Uint8Array(header.buffer)),
    ...extra,
    pngChunk("IDAT", deflateSync(lines)),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
}

/** 8- or 16-bit samples `[height, width, channels]` as PNG without palette. */
export function writeSamplesPng(
  samples: Uint8Array | Uint16Array,
  { width, height, colorType = 0, extra }: { width: number; height: number; colorType?: number; extra?: Uint8Array[] },
): Buffer {
  const perRow = samples.length / height;
  const rows = Array.from({ length: height }, (_, row) => {
    const line = samples.subarray(row * perRow, (row + 1) * perRow);
    if (line instanceof Uint8Array) return line;
    return Uint8Array.from(
      { length: 2 * perRow },
      (_, index) => (line[index >> 1]! >> (index % 2 === 0 ? 8 : 0)) & 255,
    );
  });
  const bitDepth = 8 * samples.BYTES_PER_ELEMENT;
  return writePng({ width, height, bitDepth, colorType, rows, ...(extra === undefined ? {} : { extra }) });
}
