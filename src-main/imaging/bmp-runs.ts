/**
 * @file Run-length coding of bitmaps with palettes, BI_RLE8 and BI_RLE4. Microsoft, "Bitmap Compression".
 */
import { corruptFile, unsupportedFile } from "./trouble.ts";

/** After a zero. */
const END_OF_LINE = 0;
const END_OF_BITMAP = 1;
const DELTA = 2;

interface Runs {
  width: number;
  height: number;
  bits: 4 | 8;
  /** Offset of the first run. */
  start: number;
}

/** Palette numbers `[height, width]`, the lowest row first. Throws `Problem`, also where runs leave pixels out: their color would be a guess. */
export function unpackRuns(bytes: Uint8Array, { width, height, bits, start }: Runs, fileName: string): Uint8Array {
  // A run of two bytes is of 255 pixels at most.
  if (255 * Math.ceil((bytes.length - start) / 2) < width * height) {
    throw corruptFile(fileName, `It is cut off: ${width} x ${height} pixels need more runs than are there.`);
  }
  const numbers = new Uint8Array(width * height);
  let [offset, x, y, written] = [start, 0, 0, 0];
  const next = (): number => {
    if (offset >= bytes.length) throw corruptFile(fileName, "It is cut off: its runs do not come to an end.");
    return bytes[offset++]!;
  };
  const put = (number: number): void => {
    if (x >= width || y >= height) throw corruptFile(fileName, "A run of its pixels goes over the edge.");
    numbers[y * width + x++] = number;
    written++;
  };
  /** The `index`th of two pixels in turn, or the one of a whole byte. */
  const part = (byte: number, index: number): number => (bits === 8 ? byte : index % 2 === 0 ? byte >> 4 : byte & 15);
  for (;;) {
    const count = next();
    const second = next();
    if (count > 0) {
      for (let index = 0; index < count; index++) put(part(second, index));
    } else if (second === END_OF_BITMAP) break;
    else if (second === END_OF_LINE) [x, y] = [0, y + 1];
    else if (second === DELTA) [x, y] = [x + next(), y + next()];
    else {
      const first = offset;
      for (let index = 0, byte = 0; index < second; index++) {
        if (bits === 8 || index % 2 === 0) byte = next();
        put(part(byte, index));
      }
      // To a whole number of words.
      if ((offset - first) % 2 === 1) offset++;
    }
  }
  if (written < width * height) {
    throw unsupportedFile(
      fileName,
      `Its runs leave out ${width * height - written} pixels.`,
      "Save it as uncompressed bitmap or as PNG, then import it.",
    );
  }
  return numbers;
}
