/** @file Kinds of DICOM that stored files do not cover: made here, with values that are known beforehand. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { describe, expect, it, test } from "vitest";
import { jpegExtended } from "../../src-main/imaging/dicom/codecs/jpeg-extended.ts";
import { libjpegTurbo } from "../../src-main/imaging/dicom/codecs/libjpeg-turbo.ts";
import { openDicom, readDirectory } from "../../src-main/imaging/dicom/index.ts";
import { decodeSource, inspectSource } from "../../src-main/imaging/index.ts";
import type { Problem } from "../../src-main/problem/index.ts";
import { type FrameGeometry, sortSeries } from "../../src-main/voxels/index.ts";
import { type Attribute, sequenceOf, writeAttribute, writeTestDicom } from "./dicom-writer.ts";

const fileName = "made.dcm";
const BASELINE = "1.2.840.10008.1.2.4.50";
const DEFLATED_FRAME = "1.2.840.10008.1.2.8.1\0";

function fixture(path: string): Buffer {
  return readFileSync(fileURLToPath(new URL(`../fixtures/dicom/${path}`, import.meta.url)));
}

/** Frames of a file, and of what is stored in its place: they must be the same. */
async function framesOf(bytes: Buffer) {
  const { frames } = await decodeSource(bytes, { fileName });
  const { storedBytes } = await inspectSource(bytes, { fileName });
  expect((await decodeSource(storedBytes, { fileName })).frames).toEqual(frames);
  return frames;
}

async function samplesOf(bytes: Buffer): Promise<number[]> {
  return [...(await framesOf(bytes))[0]!.data];
}

function words(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

describe("native pixels of every size, sign and planar configuration", () => {
  const kinds = [8, 16, 32].flatMap((bits) =>
    [0, 1].flatMap((sign) => [null, 0, 1].map((planar) => ({ bits, sign, planar }))),
  );
  it.each(kinds)("$bits bits, sign $sign, planar $planar", async ({ bits, sign, planar }) => {
    const channels = planar === null ? 1 : 3;
    const length = 12 * channels;
    const values = Array.from({ length }, (_, index) => (sign === 1 ? index - 7 : index * 2));
    const cells = { 8: new Int8Array(length), 16: new Int16Array(length), 32: new Int32Array(length) }[bits]!;
    values.forEach((value, index) => {
      const pixel = Math.floor(index / channels);
      cells[planar === 1 ? (index % channels) * 12 + pixel : index] = value;
    });
    const changes: Attribute[] = [
      [0x00280002, "US", channels],
      [0x00280004, "CS", channels === 3 ? "RGB" : "MONOCHROME1"],
      [0x00280100, "US", bits],
      [0x00280101, "US", bits],
      [0x00280102, "US", bits - 1],
      [0x00280103, "US", sign],
      [0x7fe00010, bits === 8 ? "OB" : "OW", new Uint8Array(cells.buffer)],
    ];
    if (planar !== null) changes.push([0x00280006, "US", planar]);
    expect(await samplesOf(writeTestDicom(changes))).toEqual(values);
  });

  it("64-bit floating point, rounded to 32 bits", async () => {
    const numbers = Float64Array.from({ length: 12 }, (_, index) => index / 4);
    const bytes = writeTestDicom([
      [0x00280100, "US", 64],
      [0x7fe00010, null],
      [0x7fe00009, "OW", new Uint8Array(numbers.buffer)],
    ]);
    expect(await samplesOf(bytes)).toEqual([...numbers]);
  });
});

describe("colors", () => {
  const palette = (bits: number, entries: number[][]): Attribute[] => [
    [0x00280004, "CS", "PALETTE COLOR"],
    ...entries.flatMap((values, channel): Attribute[] => [
      [0x00281101 + channel, "US", words(values.length, 2, bits)],
      [0x00281201 + channel, "OW", words(...values)],
    ]),
  ];

  it("a palette: values outside get its first or last entry; 16 bits of 8 become 8", async () => {
    const tables = [0, 1, 2].map((channel) => [10, 20, 30, 40].map((value) => 257 * (value + channel)));
    const pixels = await samplesOf(writeTestDicom(palette(16, tables)));
    expect(pixels.slice(0, 3)).toEqual([10, 11, 12]);
    expect(pixels.slice(9, 15)).toEqual([20, 21, 22, 30, 31, 32]);
    expect(pixels.slice(33)).toEqual([40, 41, 42]);
  });

  it("a segmented palette: discrete, linear and indirect segments", async () => {
    // 0, 100; then linear to 300 in two steps; then the first segment again.
    const segments = words(0, 2, 0, 100, 1, 2, 300, 2, 1, 0, 0);
    const changes = [0, 1, 2].flatMap((channel): Attribute[] => [
      [0x00281101 + channel, "US", words(6, 0, 16)],
      [0x00281221 + channel, "OW", segments],
    ]);
    const pixels = await samplesOf(writeTestDicom([[0x00280004, "CS", "PALETTE COLOR"], ...changes]));
    expect([0, 1, 2, 3, 4, 5].map((index) => pixels[3 * index])).toEqual([0, 100, 200, 300, 0, 100]);
  });

  it("YBR_FULL and YBR_FULL_422 become RGB", async () => {
    const color = (photometric: string, content: number[]): Buffer =>
      writeTestDicom([
        [0x00280002, "US", 3],
        [0x00280004, "CS", photometric],
        [0x00280006, "US", 0],
        [0x7fe00010, "OB", Uint8Array.from(content)],
      ]);
    const full = await samplesOf(color("YBR_FULL", Array.from({ length: 12 }, () => [76, 85, 255]).flat()));
    const half = await samplesOf(color("YBR_FULL_422", Array.from({ length: 6 }, () => [76, 76, 85, 255]).flat()));
    expect(half).toEqual(full);
    expect(full.slice(0, 3)).toEqual([254, 0, 0]); // red, as near as 8 bits come
  });

  it("YBR_PARTIAL_422 becomes RGB: 16 is black, 235 white", async () => {
    // Pairs of one chrominance: black and white, gray twice, red twice (luminance 81, Cb 90, Cr 240).
    const pairs = [
      [16, 235, 128, 128],
      [126, 126, 128, 128],
      [81, 81, 90, 240],
      ...Array.from({ length: 3 }, () => [16, 16, 128, 128]),
    ];
    const pixels = await samplesOf(
      writeTestDicom([
        [0x00280002, "US", 3],
        [0x00280004, "CS", "YBR_PARTIAL_422"],
        [0x00280006, "US", 0],
        [0x7fe00010, "OB", Uint8Array.from(pairs.flat())],
      ]),
    );
    expect(pixels.slice(0, 9)).toEqual([0, 0, 0, 255, 255, 255, 128, 128, 128]);
    const [red, green, blue] = pixels.slice(12, 15);
    expect(red).toBeGreaterThanOrEqual(253);
    expect(Math.max(green!, blue!)).toBeLessThanOrEqual(1);
    expect(pixels.slice(18)).toEqual(Array.from({ length: 18 }, () => 0));
  });
});

describe("look-up tables and windows", () => {
  it("a modality LUT is in the samples, and takes the place of the rescale", async () => {
    const lut = sequenceOf(0x00283000, [
      [0x00283002, "US", words(4, 3, 16)],
      [0x00283004, "LO", "US"],
      [0x00283006, "OW", words(1000, 2000, 3000, 500)],
    ]);
    const [frame] = await framesOf(writeTestDicom([lut, [0x00281052, "DS", "-5"], [0x00281053, "DS", "2"]]));
    expect([...frame!.data].slice(2, 8)).toEqual([1000, 1000, 2000, 3000, 500, 500]);
    expect(frame).toMatchObject({ sampleType: "uint16", rescaleSlope: 1, rescaleIntercept: 0 });
  });

  it("all windows are told, the first is used", async () => {
    const [frame] = await framesOf(
      writeTestDicom([
        [0x00281050, "DS", "40\\-600\\300"],
        [0x00281051, "DS", "400\\1500\\2000"],
      ]),
    );
    expect(frame!.window).toEqual({ center: 40, width: 400 });
    expect(frame!.windows).toEqual([
      { center: 40, width: 400 },
      { center: -600, width: 1500 },
      { center: 300, width: 2000 },
    ]);
  });
});

describe("pixel spacing", () => {
  const spacingOf = async (changes: Attribute[]) => (await framesOf(writeTestDicom(changes)))[0]!.spacing;

  it("between rows comes first", async () => {
    expect(await spacingOf([[0x00280030, "DS", "0.5\\0.25"]])).toEqual({ x: 0.25, y: 0.5 });
  });

  it("of the detector, divided by the magnification, where the patient's is not told", async () => {
    const detector: Attribute = [0x00181164, "DS", "0.2\\0.1"];
    expect(await spacingOf([detector])).toEqual({ x: 0.1, y: 0.2 });
    expect(await spacingOf([detector, [0x00181114, "DS", "2"]])).toEqual({ x: 0.05, y: 0.1 });
    expect(await spacingOf([detector, [0x00280030, "DS", "1\\1"]])).toEqual({ x: 1, y: 1 });
  });
});

/** Pixel data of undefined length: offset table, fragments, delimiter. PS3.5 A.4. */
function encapsulate(offsets: number[], fragments: Uint8Array[], hasDelimiter = true): Uint8Array {
  const item = (content: Uint8Array): Uint8Array => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(0xe000fffe, 0);
    header.writeUInt32LE(content.length, 4);
    return Buffer.concat([header, content]);
  };
  const table = new Uint8Array(Uint32Array.from(offsets).buffer);
  const delimiter = hasDelimiter ? [Buffer.from("feffdde000000000", "hex")] : [];
  return Buffer.concat([item(table), ...fragments.map(item), ...delimiter]);
}

function writeEncapsulated(changes: Attribute[], content: Uint8Array, transferSyntax = BASELINE): Buffer {
  const bytes = writeTestDicom([...changes, [0x7fe00010, "OB", content]], { transferSyntax });
  const at = bytes.lastIndexOf(Buffer.from("e07f1000", "hex"));
  bytes.writeUInt32LE(0xffffffff, at + 8);
  return bytes;
}

/** Fragments have even lengths. PS3.5 A.4. */
function evenly(content: Uint8Array): Uint8Array {
  return content.length % 2 === 0 ? content : Buffer.concat([content, Uint8Array.of(0)]);
}

describe("fragments", () => {
  /** The codestream of a stored file with one fragment. */
  async function codestream(): Promise<Buffer> {
    const bytes = fixture("pydicom/SC_rgb_dcmtk_+eb+cr.dcm");
    const start = bytes.indexOf(Buffer.from("ffd8ff", "hex"));
    return Buffer.from(bytes.subarray(start, start + bytes.readUInt32LE(start - 4)));
  }
  const picture: Attribute[] = [
    [0x00280002, "US", 3],
    [0x00280004, "CS", "RGB"],
    [0x00280006, "US", 0],
    [0x00280010, "US", 100],
    [0x00280011, "US", 100],
  ];
  const twoFrames: Attribute[] = [...picture, [0x00280008, "IS", "2"]];
  const cut = (bytes: Buffer): Buffer[] => [bytes.subarray(0, 700), bytes.subarray(700, 1500), bytes.subarray(1500)];
  const reference = async (): Promise<number[]> => [
    ...(await decodeSource(fixture("pydicom/SC_rgb_dcmtk_+eb+cr.dcm"), { fileName })).frames[0]!.data,
  ];

  it("of one frame are joined, with and without a delimiter at the end", async () => {
    const parts = cut(await codestream());
    for (const hasDelimiter of [true, false]) {
      expect(await samplesOf(writeEncapsulated(picture, encapsulate([], parts, hasDelimiter)))).toEqual(
        await reference(),
      );
    }
  });

  it("of two frames are told apart by basic and extended offset tables, and by their markers", async () => {
    const one = await codestream();
    const parts = [...cut(one), ...cut(one)];
    const second = one.length + 3 * 8;
    const extended: Attribute = [0x7fe00001, "OV", new Uint8Array(BigUint64Array.of(0n, BigInt(second)).buffer)];
    const files = [
      writeEncapsulated(twoFrames, encapsulate([0, second], parts)),
      writeEncapsulated(twoFrames, encapsulate([], parts)),
      writeEncapsulated(twoFrames, encapsulate([0, 13], parts)), // a table that leads nowhere
    ];
    for (const bytes of files) {
      const frames = await framesOf(bytes);
      expect(frames).toHaveLength(2);
      for (const { data } of frames) expect([...data]).toEqual(await reference());
    }
    const { frames } = await decodeSource(writeEncapsulated([...twoFrames, extended], encapsulate([], parts)), {
      fileName,
    });
    expect([...frames[1]!.data]).toEqual(await reference());
  });

  it("end where the extended offset table says, before their padding", async () => {
    const values = Uint8Array.from({ length: 12 }, (_, index) => index * 9);
    const one = deflateRawSync(values);
    // Eight bytes too many: no padding of an even length, so that only the lengths tell where the frame ends.
    const padded = Buffer.concat([one, Buffer.alloc(8 + (one.length % 2), 0xff)]);
    const longs = (...numbers: number[]): Uint8Array => new Uint8Array(BigUint64Array.from(numbers.map(BigInt)).buffer);
    const file = writeEncapsulated(
      [
        [0x00280008, "IS", "2"],
        [0x7fe00001, "OV", longs(0, padded.length + 8)],
        [0x7fe00002, "OV", longs(one.length, one.length)],
      ],
      encapsulate([], [padded, padded]),
      DEFLATED_FRAME,
    );
    const frames = await framesOf(file);
    expect(frames.map(({ data }) => [...data])).toEqual([[...values], [...values]]);
  });

  it("that are missing give a Problem", async () => {
    const one = await codestream();
    const error = (await decodeSource(writeEncapsulated(twoFrames, encapsulate([], cut(one))), { fileName }).catch(
      (thrown: unknown) => thrown,
    )) as Problem;
    expect(error.code).toBe("corrupt-file");
    expect(error.detail).toContain("2 frames");
  });

  it("are decoded by what they are when the transfer syntax says uncompressed or another JPEG process", async () => {
    for (const syntax of ["1.2.840.10008.1.2.1\0", "1.2.840.10008.1.2.4.70"]) {
      const bytes = writeEncapsulated(picture, encapsulate([], [await codestream()]), syntax);
      expect(await samplesOf(bytes)).toEqual(await reference());
    }
  });

  it("that no decoder can read give the reason of each", async () => {
    const broken = await codestream();
    broken[broken.indexOf(Buffer.from("ffc0", "hex")) + 1] = 0xc9; // arithmetic coding
    const error = (await decodeSource(writeEncapsulated(picture, encapsulate([], [broken])), { fileName }).catch(
      (thrown: unknown) => thrown,
    )) as Problem;
    for (const name of ["libjpeg-turbo:", "JPEG DCT:", "JPEG lossless:"]) expect(error.detail).toContain(name);
  });
});

describe("deflated frames", () => {
  const write = (frames: Uint8Array[], changes: Attribute[] = []): Buffer =>
    writeEncapsulated(changes, encapsulate([], frames.map(evenly)), DEFLATED_FRAME);

  it("of 8 and 16 bits, each by itself", async () => {
    const first = Uint8Array.from({ length: 12 }, (_, index) => index * 20);
    const second = first.toReversed();
    const frames = await framesOf(write([deflateRawSync(first), deflateRawSync(second)], [[0x00280008, "IS", "2"]]));
    expect(frames.map(({ data }) => [...data])).toEqual([[...first], [...second]]);
    const wide = Uint16Array.from({ length: 12 }, (_, index) => index * 5000);
    const bits: Attribute[] = [0x00280100, 0x00280101, 0x00280102].map((tag, index) => [
      tag,
      "US",
      index < 2 ? 16 : 15,
    ]);
    expect(await samplesOf(write([deflateRawSync(new Uint8Array(wide.buffer))], bits))).toEqual([...wide]);
  });

  it("that hold too much, too little or nonsense give a Problem", async () => {
    for (const frame of [
      deflateRawSync(new Uint8Array(1_000_000)),
      deflateRawSync(new Uint8Array(5)),
      Buffer.alloc(8, 0xff),
    ]) {
      await expect(decodeSource(write([frame]), { fileName })).rejects.toMatchObject({ code: "corrupt-file" });
    }
  });
});

test("1-bit pixels in RLE: eight a byte, lowest bit first, across rows", async () => {
  // 4 x 3 pixels: 1010 1100 0111 as they are seen, in two bytes from the lowest bit on.
  const packed = Uint8Array.of(0b0011_0101, 0b0000_1110);
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(64, 4);
  const frame = Buffer.concat([header, Uint8Array.of(packed.length - 1), packed, Uint8Array.of(128)]);
  const bytes = writeEncapsulated(
    [0x00280100, 0x00280101, 0x00280102].map((tag, index): Attribute => [tag, "US", index < 2 ? 1 : 0]),
    encapsulate([], [evenly(frame)]),
    "1.2.840.10008.1.2.5\0",
  );
  expect(await samplesOf(bytes)).toEqual([1, 0, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1]);
});

describe("our own JPEG decoder", () => {
  const codestreamOf = (path: string): Buffer => {
    const bytes = fixture(path);
    return bytes.subarray(bytes.indexOf(Buffer.from("ffd8ff", "hex")));
  };

  it.each([
    ["cornerstone/CTImage.dcm_JPEGProcess1TransferSyntax_1.2.840.10008.1.2.4.50.dcm", 512, 512, 1],
    ["pydicom/SC_rgb_dcmtk_+eb+cr.dcm", 100, 100, 3],
  ])("gives what libjpeg-turbo gives, within one level: %s", async (path, width, height, channels) => {
    const expected = { width, height, channels, bitsAllocated: 8 };
    const ours = (await jpegExtended.load())(codestreamOf(path), expected).cells;
    const theirs = (await libjpegTurbo.load())(codestreamOf(path), expected).cells;
    let worst = 0;
    ours.forEach((sample, index) => (worst = Math.max(worst, Math.abs(sample - theirs[index]!))));
    expect(worst).toBeLessThanOrEqual(1);
  });

  it("reads the 12-bit image the same from sequential and progressive scans", async () => {
    const names = [
      "JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51",
      "JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55",
    ];
    const [sequential, progressive] = await Promise.all(
      names.map(
        async (name) => (await openDicom(fixture(`cornerstone/CTImage.dcm_${name}.dcm`), fileName)).stored(0).samples,
      ),
    );
    expect(progressive).toEqual(sequential);
    let top = 0;
    for (const sample of sequential!) top = Math.max(top, sample);
    expect(top).toBe(2708); // as DCMTK decodes it
  });
});

test("files without preamble, and without meta information, are read in every encoding", async () => {
  const explicit = writeTestDicom();
  expect(await samplesOf(explicit.subarray(128 + 4))).toEqual(await samplesOf(explicit));
  const start = explicit.indexOf(Buffer.from("08001600", "hex"));
  expect(await samplesOf(explicit.subarray(start))).toEqual(await samplesOf(explicit));
});

test("a DICOMDIR is named as such, and its files are listed", async () => {
  const record = sequenceOf(0x00041220, [
    [0x00041430, "CS", "IMAGE"],
    [0x00041500, "CS", "DICOM\\A01\\IMG1"],
    [0x00041512, "UI", "1.2.840.10008.1.2.1"],
  ]);
  const way = sequenceOf(0x00041220, [[0x00041500, "CS", "..\\..\\SECRET"]]);
  const write = (sequence: Attribute): Buffer =>
    Buffer.concat([
      Buffer.alloc(128),
      Buffer.from("DICM"),
      writeAttribute([0x00020010, "UI", "1.2.840.10008.1.2.1\0"]),
      writeAttribute(sequence),
    ]);
  expect(readDirectory(write(record), fileName)).toEqual([
    { path: ["DICOM", "A01", "IMG1"], kind: "IMAGE", transferSyntax: "1.2.840.10008.1.2.1" },
  ]);
  expect(readDirectory(write(way), fileName)).toEqual([]);
  await expect(decodeSource(write(record), { fileName })).rejects.toMatchObject({
    detail: expect.stringContaining("DICOMDIR") as string,
  });
});

test("a series is sorted along the normal of its slices, else by number", () => {
  const at = (z: number, number: number, tilt = 0): { geometry: FrameGeometry; number: number } => ({
    number,
    geometry: {
      origin: { x: 5, y: 7, z },
      columnDirection: { x: 1, y: 0, z: 0 },
      rowDirection: { x: 0, y: Math.cos(tilt), z: Math.sin(tilt) },
      sliceStep: null,
    },
  });
  const numbers = (members: { number: number | null }[]) => sortSeries(members).map(({ number }) => number);
  expect(numbers([at(10, 1), at(-5, 2), at(2.5, 3), at(-5, 1)])).toEqual([1, 2, 3, 1]);
  expect(numbers([at(10, 3), at(-5, 2), at(2.5, 1, 0.5)])).toEqual([1, 2, 3]); // not parallel
  expect(numbers([{ number: 2 }, { number: null }, { number: 1 }])).toEqual([1, 2, null]);
});
