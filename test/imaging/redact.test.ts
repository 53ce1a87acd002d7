/** @file Redaction of every kind of stored file: the rectangle changes, nothing else, and headers say what was done. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDicom } from "../../src-main/imaging/dicom/parse.ts";
import { decodeSource, inspectSource, redactSource } from "../../src-main/imaging/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  type Attribute,
  sequenceItems,
  sequenceOf,
  writePackedDicom,
  writeSwappedDicom,
  writeTestDicom,
} from "./dicom-writer.ts";
import { writePng, writeSamplesPng } from "./png-writer.ts";

const fixtures = join(import.meta.dirname, "../fixtures");
const rectangle = { x: 3, y: 2, width: 7, height: 4 };
const isInside = (x: number, y: number): boolean =>
  x >= rectangle.x && x < rectangle.x + rectangle.width && y >= rectangle.y && y < rectangle.y + rectangle.height;

/** All but the rectangle is as before, and the rectangle is one value. */
function expectRedacted(before: Frame, after: Frame): void {
  const { data: old, ...about } = before;
  const { data, ...aboutAfter } = after;
  expect(aboutAfter).toEqual(about);
  const { width, channels } = before;
  let changed = 0;
  const inside = new Set<string>();
  for (let place = 0; place < old.length / channels; place++) {
    const [x, y] = [place % width, Math.floor(place / width)];
    const pixel = (samples: Frame["data"]): string => samples.subarray(place * channels, (place + 1) * channels).join();
    if (isInside(x, y)) inside.add(pixel(data));
    else if (pixel(old) !== pixel(data)) changed++;
  }
  expect(changed).toBe(0);
  expect(inside.size).toBe(1);
}

/** Of the image as it was, where it is gray: no sample inside is shown darker or brighter than its darkest one. */
function isDarkest({ data: old, channels, photometric }: Frame, { data, width }: Frame): boolean {
  if (channels === 3) return true;
  const filled = data[rectangle.y * width + rectangle.x]!;
  let least = Infinity;
  for (const sample of old) least = Math.min(least, photometric === "MONOCHROME1" ? -sample : sample);
  return (photometric === "MONOCHROME1" ? -filled : filled) === least;
}

const request = {
  fileName: "a",
  frame: 0,
  rectangles: [rectangle],
  fill: "black",
  allFrames: false,
  isReviewed: true,
} as const;

const dicomFiles = ["cornerstone", "dicomparser", "highdicom", "made", "pydicom"].flatMap((folder) =>
  readdirSync(join(fixtures, "dicom", folder)).map((name) => join(fixtures, "dicom", folder, name)),
);

describe("DICOM kept with its header, in whatever transfer syntax", () => {
  it.each(dicomFiles.map((file) => [file.slice(fixtures.length + 7), file]))("%s", async (_, file) => {
    const bytes = readFileSync(file);
    const before = await decodeSource(bytes, { fileName: "a" }).catch(() => null);
    if (before === null || before.frames[0]!.width < 12 || before.frames[0]!.height < 8) return; // no pixels, or too small
    const redacted = await redactSource(bytes, request);
    const { frames } = await decodeSource(redacted.bytes, { fileName: "a" });
    expect(frames.length).toBe(before.frames.length);
    frames.forEach((frame, index) => {
      if (index === 0) {
        expectRedacted(before.frames[0]!, frame);
        expect(isDarkest(before.frames[0]!, frame)).toBe(true);
      } else expect(frame).toEqual(before.frames[index]);
    });
    const [old, { dataSet, syntax }] = [parseDicom(bytes, "a"), parseDicom(redacted.bytes, "a")];
    expect(syntax.uid).toMatch(/^1\.2\.840\.10008\.1\.2(\.[12])?$/);
    expect(dataSet.string("x00280301")).toBe("NO");
    expect(dataSet.string("x00080008")).toMatch(/^DERIVED\\/);
    expect(dataSet.string("x00080018")).toBe(old.dataSet.string("x00080018"));
    const isLossy = /\.4\.(50|51|53|55|81)$/.test(old.syntax.uid) || old.dataSet.string("x00282110") === "01";
    expect(dataSet.string("x00282110") === "01").toBe(isLossy);
    for (const tag of Object.keys(old.dataSet.elements)) {
      if (/^x(7fe0|0088|4ffe|fffa)/.test(tag)) continue;
      expect(dataSet.elements[tag], tag).toBeDefined();
    }
  });

  it("keeps other elements byte by byte: sequences, private ones", async () => {
    const patient: Attribute = [0x00100010, "PN", "Kept^By^Choice"];
    const nested = sequenceItems(0x00081140, [[[0x00081155, "UI", "1.2.3"]], [[0x00081155, "UI", "1.2.4"]]]);
    const secret: Attribute = [0x00091001, "UN", Uint8Array.of(1, 2, 3, 4)];
    const bytes = writeTestDicom([patient, nested, secret]);
    const redacted = await redactSource(bytes, { ...request, rectangles: [{ x: 1, y: 1, width: 2, height: 1 }] });
    const { dataSet } = parseDicom(redacted.bytes, "a");
    expect(dataSet.string("x00100010")).toBe("Kept^By^Choice");
    expect(dataSet.elements.x00081140!.items).toHaveLength(2);
    const { dataOffset } = dataSet.elements.x00091001!;
    expect([...dataSet.byteArray.subarray(dataOffset, dataOffset + 4)]).toEqual([1, 2, 3, 4]);
    // It was never de-identified, so it does not claim to be.
    expect(dataSet.elements.x00120064).toBeUndefined();
  });

  it("keeps elements whose headers are not as they should be", async () => {
    const odd = Buffer.concat([
      Buffer.from("090010105a5a000004000000", "hex"), // a representation to come, of the long form
      Buffer.from("kept"),
      Buffer.from("0900111004000000", "hex"), // an implicit header
      Buffer.from("also"),
      Buffer.from(
        "090040115351" + "0000ffffffff" + "feff00e0ffffffff" + "feff0de000000000" + "feffdde000000000",
        "hex",
      ),
    ]);
    const bytes = writeTestDicom();
    const at = bytes.indexOf(Buffer.from("28000200", "hex"));
    const redacted = await redactSource(Buffer.concat([bytes.subarray(0, at), odd, bytes.subarray(at)]), {
      ...request,
      rectangles: [{ x: 1, y: 1, width: 2, height: 1 }],
    });
    expect(Buffer.from(redacted.bytes).includes(odd)).toBe(true);
    const { frames } = await decodeSource(redacted.bytes, { fileName: "a" });
    expect([...frames[0]!.data]).toEqual([0, 1, 2, 3, 4, 0, 0, 7, 8, 9, 10, 11]);
  });

  it("reaches cells of 12 bits, and those in another order than the data set", async () => {
    const only = { ...request, rectangles: [{ x: 1, y: 1, width: 2, height: 1 }], fill: -3 };
    const filled = [-2048, -1, 0, 1, 2, -3, -3, 5, 6, 7, 8, 2047];
    const values = filled.map((value, index) => (index === 5 || index === 6 ? 2000 : value));
    for (const bytes of [writePackedDicom(values), writeSwappedDicom(values)]) {
      expect([...(await decodeSource(bytes, { fileName: "a" })).frames[0]!.data]).toEqual(values);
      const redacted = await redactSource(bytes, only);
      expect([...(await decodeSource(redacted.bytes, { fileName: "a" })).frames[0]!.data]).toEqual(filled);
    }
  });

  it("removes the icon, and clears overlays within the rectangle", async () => {
    const icon = sequenceOf(0x00880200, [[0x7fe00010, "OB", Uint8Array.of(7, 7, 7, 7)]]);
    const overlay: Attribute[] = [
      [0x60000010, "US", 3],
      [0x60000011, "US", 4],
      [0x60000050, "SS", Uint8Array.of(1, 0, 1, 0)],
      [0x60000100, "US", 1],
      [0x60003000, "OW", Uint8Array.of(255, 15)],
    ];
    const bytes = writeTestDicom([icon, ...overlay]);
    const redacted = await redactSource(bytes, { ...request, rectangles: [{ x: 1, y: 0, width: 2, height: 2 }] });
    const { dataSet } = parseDicom(redacted.bytes, "a");
    expect(dataSet.elements.x00880200).toBeUndefined();
    const { dataOffset } = dataSet.elements.x60003000!;
    // Rows of four bits from the lowest: 1001, 1001, 1111.
    expect([...dataSet.byteArray.subarray(dataOffset, dataOffset + 2)]).toEqual([0b1001_1001, 0b1111]);
  });
});

describe("the header of a de-identified image", () => {
  const stored = async (): Promise<Uint8Array> =>
    (await inspectSource(writeTestDicom([[0x00280301, "CS", "YES"]]), { fileName: "a" })).storedBytes;
  const patch = { ...request, rectangles: [{ x: 0, y: 0, width: 2, height: 2 }] };

  it("says after a review that the pixels were cleaned", async () => {
    const { dataSet } = parseDicom((await redactSource(await stored(), patch)).bytes, "a");
    const codes = dataSet.elements.x00120064!.items!.map((item) => item.dataSet!.string("x00080100"));
    expect(codes).toContain("113100");
    expect(codes.filter((code) => code === "113101")).toHaveLength(1);
    expect(dataSet.string("x00280301")).toBe("NO");
  });

  it("claims nothing while nobody has looked", async () => {
    const { bytes, findings } = await redactSource(await stored(), { ...patch, isReviewed: false });
    const { dataSet } = parseDicom(bytes, "a");
    const codes = dataSet.elements.x00120064!.items!.map((item) => item.dataSet!.string("x00080100"));
    expect(codes).not.toContain("113101");
    expect(dataSet.string("x00280301")).toBe("YES");
    expect(findings[0]!.finding.reasons.join()).toContain("(0028,0301)");
  });
});

const random = new Random("redact", 1);
const noise = (length: number, levels: number): Uint8Array => Uint8Array.from({ length }, () => random.integer(levels));

describe("other stored files", () => {
  it("slices of NIfTI volumes, with their geometry and window", async () => {
    const file = readdirSync(join(fixtures, "nifti")).find(
      (name) => name.endsWith(".nii.gz") || name.endsWith(".nii"),
    )!;
    const bytes = readFileSync(join(fixtures, "nifti", file));
    const { storedFrames } = await inspectSource(bytes, { fileName: "a" });
    const middle = storedFrames![storedFrames!.length >> 1]!;
    const [before] = (await decodeSource(middle, { fileName: "a" })).frames;
    const { bytes: after } = await redactSource(middle, request);
    expectRedacted(before!, (await decodeSource(after, { fileName: "a" })).frames[0]!);
  });

  it.each([1, 2, 4, 8, 16])("gray PNG of %i bits", async (bitDepth) => {
    const [width, height] = [24, 16];
    const rows = Array.from({ length: height }, () => noise((width * bitDepth) / 8, 256));
    const png = writePng({ width, height, bitDepth, colorType: 0, rows });
    const { storedBytes } = await inspectSource(png, { fileName: "a" });
    const [before] = (await decodeSource(storedBytes, { fileName: "a" })).frames;
    const { bytes } = await redactSource(storedBytes, request);
    expectRedacted(before!, (await decodeSource(bytes, { fileName: "a" })).frames[0]!);
  });

  it("fills from the surroundings with a value that is there", async () => {
    const samples = new Uint8Array(320).fill(90);
    samples.fill(200, 3 + 2 * 20, 10 + 2 * 20);
    const png = writeSamplesPng(samples, { width: 20, height: 16 });
    const { bytes } = await redactSource(png, { ...request, fill: "local" });
    const [frame] = (await decodeSource(bytes, { fileName: "a" })).frames;
    expect(new Set(frame!.data)).toEqual(new Set([90]));
    const numbered = await redactSource(png, { ...request, fill: 17 });
    const [other] = (await decodeSource(numbered.bytes, { fileName: "a" })).frames;
    expect(other!.data.filter((value) => value === 17)).toHaveLength(28);
  });
});
