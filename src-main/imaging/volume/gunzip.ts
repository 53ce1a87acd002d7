/**
 * @file gzip (RFC 1952) with the size known beforehand: a bomb stops at what the header of the volume declares.
 */
import { constants, createGunzip, gunzipSync } from "node:zlib";
import { checkUnpacked, corruptFile } from "../trouble.ts";

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Compressed bytes that are unpacked to see what a file is: at most 1032 times as many come out (deflate's best ratio). */
const PEEK_BYTES = 4096;
const BEST_RATIO = 1032;
/** What may follow the voxels: padding of tools that write whole blocks. */
const MAX_TRAILING_BYTES = 2 ** 20;

/** The first unpacked bytes; empty when the bytes are no gzip. */
export function peekGunzip(bytes: Uint8Array): Uint8Array {
  try {
    // Without the last eight bytes: checksum and length are judged when all is unpacked.
    return gunzipSync(bytes.subarray(0, Math.max(0, Math.min(PEEK_BYTES, bytes.length - 8))), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  } catch {
    return new Uint8Array(0); // broken at its start: then it is no image that is known
  }
}

/** An image compressed further than this is one value nearly everywhere; label maps go further. */
const PLAUSIBLE_RATIO = 128;
const ALWAYS_UNPACKED = 2 ** 26;

/**
 * Throws `Problem` for an image that unpacks to far more than its file holds: each slice is searched and packed again, for which a small file must
 * not take the time of a large one.
 */
export function checkPlausible(fileName: string, expected: number, packed: number): void {
  if (expected > packed * BEST_RATIO) throw tooShort(fileName, expected);
  checkUnpacked(fileName, expected, Math.max(ALWAYS_UNPACKED, PLAUSIBLE_RATIO * packed));
}

/** The first `count` unpacked bytes, fewer where the file ends before. Throws `Problem` for damage among them. */
export async function gunzipStart(bytes: Uint8Array, count: number, fileName: string): Promise<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: 2 ** 16 });
  const chunks: Uint8Array[] = [];
  let length = 0;
  gunzip.end(bytes);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= count) break;
    }
  } catch (error) {
    throw unpackingTrouble(fileName, error, count);
  } finally {
    gunzip.destroy();
  }
  return Buffer.concat(chunks).subarray(0, count);
}

/** Unpacks `expected` bytes into a fresh array. Throws `Problem` when there are fewer, far more, or the checksum is wrong. */
export async function gunzipExactly(bytes: Uint8Array, expected: number, fileName: string): Promise<Uint8Array> {
  if (expected > bytes.length * BEST_RATIO) throw tooShort(fileName, expected);
  const unpacked = new Uint8Array(expected);
  const gunzip = createGunzip({ chunkSize: 2 ** 20 });
  let length = 0;
  gunzip.end(bytes);
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      if (length < expected) unpacked.set(chunk.subarray(0, expected - length), length);
      length += chunk.length;
      if (length > expected + MAX_TRAILING_BYTES) {
        throw corruptFile(fileName, `It unpacks to more than the ${expected} bytes that its header declares.`);
      }
    }
  } catch (error) {
    throw unpackingTrouble(fileName, error, expected);
  } finally {
    gunzip.destroy();
  }
  if (length < expected) throw tooShort(fileName, expected);
  return unpacked;
}

function unpackingTrouble(fileName: string, error: unknown, expected: number): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "Z_BUF_ERROR") return tooShort(fileName, expected);
  if (typeof code !== "string" || !code.startsWith("Z_")) return error;
  return corruptFile(fileName, `Its compressed bytes are damaged (${code}).`, error);
}

function tooShort(fileName: string, expected: number): Error {
  return corruptFile(fileName, `It is cut off: its header declares ${expected} bytes, fewer come out.`);
}
