/**
 * @file The palette indices of a PNG, which sharp does not give: its palettes become colors. W3C PNG, third edition, sections 7 to 10.
 */
import { inflateSync } from "node:zlib";
import type { PngHeader } from "./png.ts";
import { passesOf, scanLineBytes } from "./png-scan-lines.ts";
import { corruptFile } from "./trouble.ts";

/**
 * Index of every pixel, `[height, width]`, of a palette PNG of 1, 2, 4 or 8 bits; `compressed` is the content of its IDAT chunks.
 * Unpacks no more than the size in the header asks for. Throws `Problem`.
 */
export function readPngIndices(header: PngHeader, compressed: Uint8Array, fileName: string): Uint8Array {
  const { width, height, bitDepth } = header;
  const lines = inflate(compressed, scanLineBytes(header), fileName);
  const indices = new Uint8Array(width * height);
  const mask = 2 ** bitDepth - 1;
  let at = 0;
  for (const { left, top, across, down, columns, rows, length } of passesOf(header)) {
    let above = new Uint8Array(length);
    for (let row = 0; row < rows; row++) {
      const filter = lines[at]!;
      const line = lines.subarray(at + 1, at + 1 + length);
      if (!undoFilter(filter, line, above)) {
        throw corruptFile(fileName, `A scan line has filter ${filter}, which does not exist.`);
      }
      const start = (top + row * down) * width + left;
      for (let column = 0; column < columns; column++) {
        const bit = column * bitDepth;
        indices[start + column * across] = (line[bit >> 3]! >> (8 - bitDepth - (bit & 7))) & mask;
      }
      above = line;
      at += 1 + length;
    }
  }
  return indices;
}

function inflate(compressed: Uint8Array, expected: number, fileName: string): Uint8Array<ArrayBuffer> {
  try {
    const lines = inflateSync(compressed, { maxOutputLength: expected });
    if (lines.length === expected) return new Uint8Array(lines.buffer, lines.byteOffset, lines.length);
    throw corruptFile(fileName, `It is cut off: its pixels need ${expected} bytes, ${lines.length} are there.`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw corruptFile(fileName, `It holds more than the ${expected} bytes that its size asks for.`, error);
    }
    if (code.startsWith("Z_")) throw corruptFile(fileName, "Its pixels cannot be unpacked.", error);
    throw error;
  }
}

/** In place, for pixels of at most one byte; false for a filter that does not exist. Section 9. */
function undoFilter(filter: number, line: Uint8Array, above: Uint8Array): boolean {
  if (filter > 4) return false;
  if (filter === 0) return true;
  for (let index = 0; index < line.length; index++) {
    const left = index === 0 ? 0 : line[index - 1]!;
    const up = above[index]!;
    const upLeft = index === 0 ? 0 : above[index - 1]!;
    const guess = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, upLeft) : 0][filter]!;
    line[index] = line[index]! + guess; // a byte: the sum counts modulo 256
  }
  return true;
}

/** Whichever of the three is closest to left + up - upLeft. Section 9.4. */
function paeth(left: number, up: number, upLeft: number): number {
  const [byLeft, byUp, byBoth] = [Math.abs(up - upLeft), Math.abs(left - upLeft), Math.abs(left + up - 2 * upLeft)];
  if (byLeft <= byUp && byLeft <= byBoth) return left;
  return byUp <= byBoth ? up : upLeft;
}
