/**
 * @file Bytes in the project file: whole files stored once per content, and small arrays deflated where that helps.
 */
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { ProjectFile } from "./file.ts";

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Stores `bytes` unless they are there; returns their digest. Within an edit. */
export function storeBlob(file: ProjectFile, bytes: Uint8Array): string {
  const digest = sha256(bytes);
  if (file.get("SELECT 1 FROM blob WHERE sha256 = ?", digest) === undefined) {
    file.run("INSERT INTO blob (sha256, bytes) VALUES (?, ?)", digest, bytes);
  }
  return digest;
}

/** SQLite hands out Node buffers; the rest of the app knows plain arrays only. A view, not a copy. */
export function plainBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
}

export interface PackedBytes {
  isDeflated: 0 | 1;
  bytes: Uint8Array;
}

/** Deflated if that is smaller: runs of a simple mask are not, a noisy one is. */
export function pack(bytes: Uint8Array): PackedBytes {
  const deflated = deflateRawSync(bytes);
  return deflated.length < bytes.length ? { isDeflated: 1, bytes: deflated } : { isDeflated: 0, bytes };
}

export function unpack({ isDeflated, bytes }: { isDeflated: number; bytes: Uint8Array }): Uint8Array<ArrayBuffer> {
  return plainBytes(isDeflated === 1 ? inflateRawSync(bytes) : bytes);
}
