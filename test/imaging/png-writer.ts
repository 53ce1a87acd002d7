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
  /** The rows are those of the seven passes of Adam7, one after the other. */
  isInterlaced?: boolean;
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

export function writePng({
  width,
  height,
  bitDepth,
  colorType,
  rows,
  extra = [],
  isInterlaced = false,
}: PngParts): Buffer {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, bitDepth);
  header.setUint8(9, colorType);
  header.setUint8(12, isInterlaced ? 1 : 0);
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

/** First column, first row, step of columns, step of rows of each pass. W3C PNG, section 8.2. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Samples `[height, width, channels]` of any depth as packed scan lines: all rows, or those of the seven passes. */
export function packRows(
  samples: ArrayLike<number>,
  {
    width,
    height,
    channels,
    bitDepth,
    isInterlaced,
  }: Record<"width" | "height" | "channels" | "bitDepth", number> & { isInterlaced: boolean },
): Uint8Array[] {
  const rows: Uint8Array[] = [];
  for (const [left, top, across, down] of isInterlaced ? passes : ([[0, 0, 1, 1]] as const)) {
    if (left >= width) continue;
    for (let y = top; y < height; y += down) {
      const count = Math.ceil((width - left) / across) * channels;
      const row = new Uint8Array(Math.ceil((count * bitDepth) / 8));
      for (let index = 0; index < count; index++) {
        const x = left + Math.floor(index / channels) * across;
        const sample = samples[(y * width + x) * channels + (index % channels)]!;
        const bit = index * bitDepth;
        if (bitDepth === 16) row.set([sample >> 8, sample & 255], 2 * index);
        else row[bit >> 3]! |= sample << (8 - bitDepth - (bit & 7));
      }
      rows.push(row);
    }
  }
  return rows;
}
