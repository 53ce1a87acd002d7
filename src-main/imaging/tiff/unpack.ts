/**
 * @file Compressed strips and tiles of a TIFF to bytes: LZW (TIFF 6.0 section 13), PackBits (section 9), Deflate (zlib, RFC 1950).
 * Each unpacks exactly `expected` bytes or says why not, so that a bomb stops at the size of the strip.
 */
import { inflateSync } from "node:zlib";
import { corruptFile } from "../trouble.ts";

export function unpackBits(packed: Uint8Array, expected: number, fileName: string): Uint8Array {
  const out = new Uint8Array(expected);
  let target = 0;
  let at = 0;
  while (target < expected) {
    if (at >= packed.length) throw cutOff(fileName, expected, target);
    const control = packed[at++]!;
    if (control === 128) continue;
    const count = control < 128 ? control + 1 : 257 - control;
    const end = Math.min(target + count, expected);
    if (control < 128) {
      if (at + (end - target) > packed.length) throw cutOff(fileName, expected, target);
      out.set(packed.subarray(at, at + (end - target)), target);
      at += count;
    } else {
      if (at >= packed.length) throw cutOff(fileName, expected, target);
      out.fill(packed[at++]!, target, end);
    }
    target = end;
  }
  return out;
}

const CLEAR = 256;
const END = 257;
const MAX_CODES = 4096;

/** Codes of 9 to 12 bits, highest bit first, one longer as soon as the table would need it ("early change"). */
export function unpackLzw(packed: Uint8Array, expected: number, fileName: string): Uint8Array {
  const out = new Uint8Array(expected);
  // A string is its predecessor and one byte: no string is copied until it is written.
  const previousCode = new Uint16Array(MAX_CODES);
  const lastByte = new Uint8Array(MAX_CODES);
  const firstByte = new Uint8Array(MAX_CODES);
  const lengths = new Uint16Array(MAX_CODES).fill(1, 0, 256);
  for (let byte = 0; byte < 256; byte++) lastByte[byte] = firstByte[byte] = byte;
  let next = 258;
  let width = 9;
  let last = -1;
  let target = 0;
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  while (target < expected) {
    while (bitCount < width) {
      if (at >= packed.length) throw cutOff(fileName, expected, target);
      bits = ((bits << 8) | packed[at++]!) & 0xffffff;
      bitCount += 8;
    }
    bitCount -= width;
    const code = (bits >>> bitCount) & ((1 << width) - 1);
    if (code === END) throw cutOff(fileName, expected, target);
    if (code === CLEAR) {
      next = 258;
      width = 9;
      last = -1;
      continue;
    }
    if (last === -1 ? code > 255 : code > next) throw corruptFile(fileName, "Its LZW codes are damaged.");
    if (last !== -1 && next < MAX_CODES) {
      // The new string: the last one and the first byte of this one, which may be the new string itself.
      previousCode[next] = last;
      firstByte[next] = firstByte[last]!;
      lastByte[next] = code === next ? firstByte[last]! : firstByte[code]!;
      lengths[next] = lengths[last]! + 1;
      next++;
    } else if (code >= next) throw corruptFile(fileName, "Its LZW codes are damaged.");
    const length = lengths[code]!;
    let walk = code;
    for (let position = target + length - 1; position >= target; position--) {
      if (position < expected) out[position] = lastByte[walk]!;
      walk = previousCode[walk]!;
    }
    target += length;
    last = code;
    if (next >= (1 << width) - 1 && width < 12) width++;
  }
  return out;
}

/** Of deflate. */
const BEST_RATIO = 1032;

/** `most`: bytes of a whole strip; some writers fill the last one up. */
export function unpackDeflate(
  packed: Uint8Array,
  { expected, most }: { expected: number; most: number },
  fileName: string,
): Uint8Array {
  try {
    // In one piece, and room for one more byte: else zlib collects pieces and joins them, which takes the memory twice.
    const out = inflateSync(packed, {
      maxOutputLength: most,
      chunkSize: Math.max(64, Math.min(most, BEST_RATIO * packed.length) + 1),
    });
    if (out.length >= expected) return new Uint8Array(out.buffer, out.byteOffset, expected);
    throw cutOff(fileName, expected, out.length);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw corruptFile(fileName, `A part of it unpacks to more than the ${most} bytes of its pixels.`);
    }
    if (typeof code !== "string" || !code.startsWith("Z_")) throw error;
    throw corruptFile(fileName, `Its compressed bytes are damaged (${code}).`, error);
  }
}

function cutOff(fileName: string, expected: number, found: number): Error {
  return corruptFile(fileName, `It is cut off: a part of its pixels has ${found} bytes; expected ${expected}.`);
}
