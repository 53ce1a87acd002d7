/** @file Reads what tests have written, and checks on the way that what is stored in its place shows the same. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { decodeSource, inspectSource } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";

export const fileName = "made.dcm";

export function fixture(path: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../fixtures/dicom/${path}`, import.meta.url)));
}

/** The first JPEG codestream of a stored file. */
export function jpegOf(path: string): Buffer {
  const bytes = fixture(path);
  const start = bytes.indexOf(Buffer.from("ffd8ff", "hex"));
  return Buffer.from(bytes.subarray(start, start + bytes.readUInt32LE(start - 4)));
}

/** Frames of a file, and of what is stored in its place: they must be the same. */
export async function framesOf(bytes: Buffer) {
  const { frames } = await decodeSource(bytes, { fileName });
  const { storedBytes } = await inspectSource(bytes, { fileName });
  expect((await decodeSource(storedBytes, { fileName })).frames).toEqual(frames);
  return frames;
}

/** Samples of the first frame. */
export async function samplesOf(bytes: Buffer): Promise<number[]> {
  return [...(await framesOf(bytes))[0]!.data];
}

/** Why a file is not read. */
export async function refusalOf(bytes: Buffer): Promise<Problem> {
  const error: unknown = await decodeSource(bytes, { fileName }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Problem)) throw new Error("a Problem was expected", { cause: error });
  return error;
}
