/**
 * @file The scan lines of a PNG: how many bytes they have in which order, and where the stream that holds them ends. W3C PNG, third edition,
 * sections 7 to 10.
 */
import { finished } from "node:stream/promises";
import { createInflate } from "node:zlib";
import type { PngHeader } from "./png.ts";

/** First column, first row, step of columns, step of rows of each pass of Adam7. Section 8.1. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const whole = [[0, 0, 1, 1]] as const;

const channels: Record<PngHeader["color"], number> = {
  grayscale: 1,
  rgb: 3,
  palette: 1,
  "grayscale+alpha": 2,
  "rgb+alpha": 4,
};

export interface PngPass {
  left: number;
  top: number;
  across: number;
  down: number;
  columns: number;
  rows: number;
  /** Bytes of a line without its filter byte. */
  length: number;
}

/** Passes that hold pixels. */
export function passesOf({ width, height, bitDepth, color, isInterlaced }: PngHeader): PngPass[] {
  return (isInterlaced ? adam7 : whole)
    .map(([left, top, across, down]) => {
      const columns = Math.ceil((width - left) / across);
      const length = Math.ceil((columns * channels[color] * bitDepth) / 8);
      return { left, top, across, down, columns, rows: Math.ceil((height - top) / down), length };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Bytes of all scan lines with their filter bytes. */
export function scanLineBytes(header: PngHeader): number {
  return passesOf(header).reduce((sum, { rows, length }) => sum + rows * (1 + length), 0);
}

/**
 * Bytes of the zlib stream that `compressed` starts with; null unless it unpacks to exactly the scan lines. Decoders stop after the
 * last line: what lies behind it, within or after the stream, is shown by none of them.
 */
export async function pixelStreamLength(header: PngHeader, compressed: Uint8Array): Promise<number | null> {
  const expected = scanLineBytes(header);
  const inflate = createInflate({ chunkSize: Math.min(Math.max(expected + 1, 64), 2 ** 18) });
  let unpacked = 0;
  inflate.on("data", (piece: Uint8Array) => {
    unpacked += piece.length;
    if (unpacked > expected) inflate.destroy();
  });
  inflate.end(compressed);
  try {
    await finished(inflate);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ERR_STREAM_PREMATURE_CLOSE" || code.startsWith("Z_")) return null;
    throw error;
  }
  return unpacked === expected ? inflate.bytesWritten : null;
}
