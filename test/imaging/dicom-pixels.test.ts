/** @file Native DICOM pixels, colors, look-up tables: kinds that stored files do not cover, made here with values that are known. */
import { describe, expect, it } from "vitest";
import { framesOf, samplesOf } from "./dicom-reader.ts";
import {
  type Attribute,
  bitsOf,
  sequenceOf,
  words,
  writePackedDicom,
  writeSwappedDicom,
  writeTestDicom,
} from "./dicom-writer.ts";

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

  it("12 bits allocated, two samples in three bytes", async () => {
    const signed = [-2048, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 2047];
    expect(await samplesOf(writePackedDicom(signed))).toEqual(signed);
    const unsigned = signed.map((value) => value & 0xfff);
    expect(await samplesOf(writePackedDicom(signed, bitsOf(12, 12, 0)))).toEqual(unsigned);
    // Frames of an odd number of pixels: the second begins within a byte.
    const odd: Attribute[] = [0x00280010, 0x00280011].map((tag) => [tag, "US", 3]);
    const many = Array.from({ length: 18 }, (_, index) => index * 113 - 1000);
    const frames = await framesOf(writePackedDicom(many, [...odd, [0x00280008, "IS", "2"]]));
    expect(frames.flatMap(({ data }) => [...data])).toEqual(many);
  });

  it("16 bits, big-endian in a little-endian data set", async () => {
    const values = [-2048, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 2047];
    expect(await samplesOf(writeSwappedDicom(values))).toEqual(values);
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
