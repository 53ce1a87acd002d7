/**
 * @file Every DICOM file of a folder against its expected.json. `compare` there: exact = SHA-1 of the stored values; tolerance =
 * range of the values within 3 %; none = anything sensible or a Problem, never a crash. Kinds that are not read yet must
 * give a Problem; they are listed. ALIQUOT_DICOM_DIR names another folder.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { decodeSource, type DecodedSource, inspectSource } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";

interface ExpectedFile {
  file: string;
  transferSyntax: string | null;
  photometricInterpretation: string | null;
  bitsAllocated: number | null;
  pixelRepresentation: number | null;
  hasPixels: boolean;
  shape: number[] | null;
  compare: "exact" | "tolerance" | "none";
  storedMin?: number | null;
  storedMax?: number | null;
  storedSha1?: string | null;
}

const folder = process.env["ALIQUOT_DICOM_DIR"] ?? fileURLToPath(new URL("../fixtures/dicom", import.meta.url));
const { files } = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as { files: ExpectedFile[] };

const nativeSyntaxes = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"];
const photometrics = ["MONOCHROME1", "MONOCHROME2", "RGB"];

/** Kinds that this version promises to read. */
function isSupported({ transferSyntax, photometricInterpretation, hasPixels, compare }: ExpectedFile): boolean {
  return (
    compare !== "none" &&
    hasPixels &&
    nativeSyntaxes.includes(transferSyntax ?? "") &&
    photometrics.includes(photometricInterpretation ?? "")
  );
}

/** Bytes of the stored values in the type that Bits Allocated and Pixel Representation tell; int8 was widened by us. */
function storedBytes({ data }: Frame, { bitsAllocated, pixelRepresentation }: ExpectedFile): Uint8Array {
  const samples = bitsAllocated === 8 && pixelRepresentation === 1 ? Int8Array.from(data) : data;
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function sha1Of(source: DecodedSource, expected: ExpectedFile): string {
  const hash = createHash("sha1");
  for (const frame of source.frames) hash.update(storedBytes(frame, expected));
  return hash.digest("hex");
}

function shapeOf({ frames }: DecodedSource, { shape }: ExpectedFile): number[] {
  const { height, width, channels } = frames[0]!;
  const one = channels === 3 ? [height, width, 3] : [height, width];
  return shape!.length > one.length ? [frames.length, ...one] : one;
}

function rangeOf({ frames }: DecodedSource): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const { data } of frames) {
    for (const sample of data) {
      if (sample < low) low = sample;
      if (sample > high) high = sample;
    }
  }
  return [low, high];
}

function check(source: DecodedSource, expected: ExpectedFile): void {
  expect(source.frames.length).toBeGreaterThan(0);
  if (expected.compare === "none") return;
  if (expected.shape !== null) expect(shapeOf(source, expected)).toEqual(expected.shape);
  if (expected.compare === "exact") {
    expect(sha1Of(source, expected)).toBe(expected.storedSha1);
    return;
  }
  const [low, high] = rangeOf(source);
  const tolerance = 0.03 * (expected.storedMax! - expected.storedMin!);
  expect(Math.abs(low - expected.storedMin!)).toBeLessThanOrEqual(tolerance);
  expect(Math.abs(high - expected.storedMax!)).toBeLessThanOrEqual(tolerance);
}

describe(`DICOM files of ${files.length} kinds`, () => {
  const refused: string[] = [];
  let decoded = 0;
  afterAll(() => {
    console.log(
      `dicom: ${decoded} files decoded, ${refused.length} refused with a Problem:\n  ${refused.join("\n  ")}`,
    );
  });

  it.each(files)("$file", async (expected) => {
    const bytes = readFileSync(join(folder, expected.file));
    const fileName = expected.file.split("/").at(-1)!;
    let source: DecodedSource;
    try {
      source = await decodeSource(bytes, { fileName });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      expect(error.message).toContain(fileName);
      expect(isSupported(expected), error.message).toBe(false);
      refused.push(`${expected.file} (${expected.compare}): ${error.detail}`);
      return;
    }
    check(source, expected);
    decoded++;

    // What the project stores instead of the file must show the very same frames.
    const inspected = await inspectSource(bytes, { fileName });
    const restored = await decodeSource(inspected.storedBytes, { fileName });
    expect(restored).toEqual({ ...source, patientKey: null });
    expect(inspected.frames).toHaveLength(source.frames.length);
  });
});
