/**
 * @file Writes the files of one workload with the peers' own programs: Debian's dcmtk, libgdcm-tools and python3-pydicom.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { DecodeWorkload } from "./decode-workloads.ts";

const writer = resolve(import.meta.dirname, "../peers/dicom_corpus.py");

/** Runs a program to its end. Throws with what it said. */
export function runProgram(command: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0)
    throw new Error(`bench: ${command} failed: ${(error?.message ?? `${stdout}${stderr}`).slice(0, 500)}`);
}

/** Uncompressed files of all kinds under `folder`, `count` frames each. */
export function writeSlices(python: string, folder: string, count: number): void {
  runProgram(python, [writer, "slices", folder, `${count}`]);
}

/**
 * Files of one workload, in a folder of its own under `folder`, where `writeSlices` wrote; returns that folder. It holds one
 * file per frame, and where dcmtk reads the syntax `all.dcm` with all frames and `tiny.dcm` with 8 × 8 pixels. null, with a word about it, where the
 * program that writes them is not installed.
 */
export async function writeCorpus(python: string, folder: string, workload: DecodeWorkload): Promise<string | null> {
  const { name, kind, write, dcmtk } = workload;
  const source = join(folder, kind);
  const place = join(folder, name);
  if (existsSync(place)) return place;
  if (write === null) {
    cpSync(source, place, { recursive: true });
    return place;
  }
  mkdirSync(place);
  const files = readdirSync(source).filter((file) => file.endsWith(".dcm") && (dcmtk !== null || /^\d/.test(file)));
  if (typeof write === "string") {
    await writeHighThroughput(python, source, place, files, write === "openjph");
    return place;
  }
  const [program, ...options] = write;
  if (spawnSync(program, ["--version"]).error !== undefined) {
    console.error(`bench: ${name} is left out: ${program} is not installed (Debian's packages dcmtk, libgdcm-tools).`);
    return null;
  }
  for (const file of files) runProgram(program, [...options, join(source, file), join(place, file)]);
  return place;
}

interface Encoder {
  getDecodedBuffer(frame: object): Uint8Array;
  setQuality(isReversible: boolean, quantization: number): void;
  encode(): void;
  getEncodedBuffer(): Uint8Array;
  delete(): void;
}

/** No program of Debian writes HTJ2K: OpenJPH's own encoder does, in the package that the app decodes with. Only 16-bit gray. */
async function writeHighThroughput(
  python: string,
  source: string,
  place: string,
  files: readonly string[],
  isLossless: boolean,
): Promise<void> {
  const load = createRequire(import.meta.url)("@cornerstonejs/codec-openjph/wasmjs") as () => Promise<{
    HTJ2KEncoder: new () => Encoder;
  }>;
  const { HTJ2KEncoder } = await load();
  runProgram(python, [writer, "cells", ...files.map((file) => join(source, file))]);
  for (const file of files) {
    const encoder = new HTJ2KEncoder();
    const frame = { width: 512, height: 512, bitsPerSample: 12, componentCount: 1, isSigned: false };
    encoder.getDecodedBuffer({ ...frame, isUsingColorTransform: false }).set(readFileSync(join(source, `${file}.raw`)));
    encoder.setQuality(isLossless, isLossless ? 0 : 0.002);
    encoder.encode();
    writeFileSync(join(place, `${file}.j2c`), encoder.getEncodedBuffer());
    encoder.delete();
  }
  const uid = isLossless ? "1.2.840.10008.1.2.4.201" : "1.2.840.10008.1.2.4.203";
  const paths = (folder: string): string[] => files.map((file) => join(folder, file));
  runProgram(python, [writer, "wrap", uid, ...paths(source), ...paths(place)]);
}
