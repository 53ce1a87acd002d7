/**
 * @file Overlays (PS3.3 C.9.2): where they lie, which frames they lie over, and that they never reach samples or the project of a
 * person who did not ask for them.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { basicProfile, decodeSource, inspectSource } from "../../src-main/imaging/index.ts";
import { overlayMask } from "../../src-main/voxels/index.ts";
import { type Attribute, writeTestDicom } from "./dicom-writer.ts";

const fileName = "made.dcm";
const words = (...values: number[]): Uint8Array => new Uint8Array(Int16Array.from(values).buffer);

/** An overlay of the 4 x 3 test image, row by row from the lowest bit on. */
function plane(group: number, rows: number[], changes: Attribute[] = [], width = 4): Attribute[] {
  const bits = BigInt(
    `0b${rows
      .map((row) => row.toString(2).padStart(width, "0"))
      .toReversed()
      .join("")}`,
  );
  const bytes = Uint8Array.from({ length: 2 * Math.ceil((rows.length * width) / 16) }, (_, index) =>
    Number((bits >> BigInt(8 * index)) & 255n),
  );
  const attributes: Attribute[] = [
    [0x0010, "US", rows.length],
    [0x0011, "US", width],
    [0x0040, "CS", "G"],
    [0x0050, "SS", words(1, 1)],
    [0x0100, "US", 1],
    [0x0102, "US", 0],
    [0x3000, "OW", bytes],
    ...changes,
  ];
  return attributes.map(([element, vr, value]) => [group * 0x10000 + element, vr, value]);
}

async function masksOf(attributes: Attribute[]): Promise<(string[] | null)[]> {
  const { frames } = await decodeSource(writeTestDicom(attributes), { fileName });
  return frames.map((frame) => {
    if (frame.overlays === undefined) return null;
    const mask = overlayMask(frame.overlays, frame);
    return Array.from({ length: frame.height }, (_, y) =>
      mask.subarray(y * frame.width, (y + 1) * frame.width).join(""),
    );
  });
}

describe("stand-alone overlays", () => {
  it("lie where their origin says, outside of the image too", async () => {
    expect(await masksOf(plane(0x6000, [0b0001, 0b0010, 0b1000]))).toEqual([["1000", "0100", "0001"]]);
    const moved = plane(0x6000, [0b11, 0b11], [[0x0050, "SS", words(3, 4)]], 2);
    expect(await masksOf(moved)).toEqual([["0000", "0000", "0001"]]);
    const before = plane(0x6000, [0b11, 0b10], [[0x0050, "SS", words(0, 0)]], 2);
    expect(await masksOf(before)).toEqual([["1000", "0000", "0000"]]);
  });

  it("of several groups are united", async () => {
    const both = [...plane(0x6000, [1, 0, 0]), ...plane(0x601e, [0, 0, 8])];
    const { frames } = await decodeSource(writeTestDicom(both), { fileName });
    expect(frames[0]!.overlays).toHaveLength(2);
    expect(await masksOf(both)).toEqual([["1000", "0000", "0001"]]);
  });

  it("that are cut off, empty or of odd groups are none", async () => {
    expect(await masksOf(plane(0x6000, [1, 0, 0], [[0x0010, "US", 300]]))).toEqual([null]);
    expect(await masksOf(plane(0x6000, [1, 0, 0], [[0x0011, "US", 0]]))).toEqual([null]);
    expect(await masksOf(plane(0x6001, [1, 0, 0]))).toEqual([null]);
  });
});

describe("multi-frame overlays", () => {
  const threeFrames: Attribute[] = [
    [0x00280008, "IS", "3"],
    [0x7fe00010, "OB", new Uint8Array(36)],
  ];

  it("start at their image frame, and run on without padding", async () => {
    const rows = [1, 0, 0, 0, 2, 0];
    const two = plane(0x6000, rows, [
      [0x0010, "US", 3],
      [0x0015, "IS", "2"],
      [0x0051, "US", 2],
    ]);
    expect(await masksOf([...threeFrames, ...two])).toEqual([null, ["1000", "0000", "0000"], ["0000", "0100", "0000"]]);
  });

  it("of one frame lie over all, unless they name theirs", async () => {
    const mark = ["1000", "0000", "0000"];
    expect(await masksOf([...threeFrames, ...plane(0x6000, [1, 0, 0])])).toEqual([mark, mark, mark]);
    const named = plane(0x6000, [1, 0, 0], [[0x0051, "US", 3]]);
    expect(await masksOf([...threeFrames, ...named])).toEqual([null, null, mark]);
  });
});

describe("overlays in unused bits of the pixels", () => {
  const embedded = (position: number): Attribute[] =>
    plane(
      0x6000,
      [0, 0, 0],
      [
        [0x0100, "US", 16],
        [0x0102, "US", position],
      ],
    ).filter(([tag]) => tag !== 0x60003000);
  const values = Array.from({ length: 12 }, (_, index) => 100 * index);
  const cells = (mark: number, shift: number): Attribute[] => [
    [0x00280100, "US", 16],
    [0x00280101, "US", 12],
    [0x00280102, "US", 11 + shift],
    [0x7fe00010, "OW", words(...values.map((value, index) => (value << shift) | (index % 5 === 0 ? mark : 0)))],
  ];

  it.each([
    ["above the stored ones", 15, 0],
    ["below them", 0, 4],
  ])("are read from bits %s, and leave the samples", async (_, position, shift) => {
    const attributes = [...cells(1 << position, shift), ...embedded(position)];
    expect(await masksOf(attributes)).toEqual([["1000", "0100", "0010"]]);
    const { frames } = await decodeSource(writeTestDicom(attributes), { fileName });
    expect([...frames[0]!.data]).toEqual(values);
  });

  it("at a stored bit are none: that is image", async () => {
    expect(await masksOf([...cells(0, 0), ...embedded(3)])).toEqual([null]);
  });
});

describe("what import stores", () => {
  it("has no overlay unless it was asked for, and the report says so", async () => {
    const bytes = writeTestDicom(plane(0x6000, [1, 2, 4]));
    const inspected = await inspectSource(bytes, { fileName });
    expect((await decodeSource(inspected.storedBytes, { fileName })).frames[0]!.overlays).toBeUndefined();
    expect(JSON.stringify(inspected.frames)).not.toContain("overlays");
    expect(inspected.attributes).toContainEqual({ name: "Overlay Data", action: "removed", count: 1 });
  });

  it("has them all when graphics are to stay, also those of the pixels' unused bits", async () => {
    const cells = Array.from({ length: 24 }, (_, index) => 10 * index + (index % 7 === 0 ? 0x4000 : 0));
    const embedded = plane(
      0x6002,
      [0, 0, 0],
      [
        [0x0100, "US", 16],
        [0x0102, "US", 14],
      ],
    ).filter(([tag]) => tag !== 0x60023000);
    const bytes = writeTestDicom([
      [0x00280008, "IS", "2"],
      [0x00280100, "US", 16],
      [0x00280101, "US", 12],
      [0x00280102, "US", 11],
      [0x7fe00010, "OW", words(...cells)],
      ...plane(0x6000, [1, 2, 4]),
      ...embedded,
    ]);
    const deidentify = { ...basicProfile, retainGraphics: true, secret: new Uint8Array(16) };
    const { storedBytes, attributes } = await inspectSource(bytes, { fileName, deidentify });
    const [original, stored] = await Promise.all([bytes, storedBytes].map((file) => decodeSource(file, { fileName })));
    expect(original!.frames.map(({ overlays }) => overlays?.length)).toEqual([2, 2]);
    expect(stored!.frames).toEqual(original!.frames);
    expect(attributes).toContainEqual({ name: "Overlay Data", action: "kept", count: 1 });
  });

  it("shows the same thumbnail with and without overlay", async () => {
    const plain = await inspectSource(writeTestDicom(), { fileName });
    const drawn = await inspectSource(writeTestDicom(plane(0x6000, [15, 15, 15])), { fileName });
    expect(drawn.thumbnail).toEqual(plain.thumbnail);
    expect(drawn.burnedIn).toEqual(plain.burnedIn);
  });
});

it("a real file has the very marks that pydicom finds", async () => {
  const bytes = readFileSync(new URL("../fixtures/dicom/pydicom/examples_overlay.dcm", import.meta.url));
  const { frames } = await decodeSource(bytes, { fileName });
  const mask = overlayMask(frames[0]!.overlays!, frames[0]!);
  // overlay_array(0x6000) of pydicom 2.3.1, as bytes.
  expect(mask.reduce((sum, mark) => sum + mark, 0)).toBe(222);
  expect(createHash("sha1").update(mask).digest("hex")).toBe("8e40da5193d8902e21828c9db16d9831c6bb2feb");
});
