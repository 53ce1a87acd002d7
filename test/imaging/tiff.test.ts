import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeFrame, decodeSource, identifyFormat, inspectSource } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";
import { type TiffPageParts, writeTiff } from "./tiff-writer.ts";

const source = { fileName: "scan.tif" };
const decode = async (bytes: Uint8Array): Promise<Frame[]> => (await decodeSource(bytes, source)).frames;
const bytesOf = (array: ArrayBufferView, isBigEndian = false): Uint8Array => {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength).slice();
  const size = (array as Uint8Array).BYTES_PER_ELEMENT;
  if (isBigEndian) for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
};
const random = new Random("tiff-test", 1);
const noise8 = Uint8Array.from({ length: 40 * 30 * 3 }, () => random.integer(256));
const noise16 = Uint16Array.from({ length: 40 * 30 * 3 }, () => random.integer(65_536));
/** Runs and slopes, so that codes grow to their full length and runs occur. */
const smooth8 = Uint8Array.from({ length: 200 * 150 }, (_, index) => ((index % 200) >> 3) + random.integer(2));

describe("number types", () => {
  it.each([
    ["uint8", Uint8Array.of(0, 1, 127, 128, 254, 255), 1, "uint8"],
    ["int8", Int8Array.of(0, 1, 127, -128, -2, -1), 2, "int16"],
    ["uint16", Uint16Array.of(0, 1, 300, 32_768, 65_534, 65_535), 1, "uint16"],
    ["int16", Int16Array.of(0, 1, 300, -32_768, -2, -1), 2, "int16"],
    ["uint32", Uint32Array.of(0, 1, 300, 2 ** 31, 4e9, 2 ** 32 - 1), 1, "uint32"],
    ["int32", Int32Array.of(0, 1, 300, -(2 ** 31), 2e9, -1), 2, "int32"],
    ["float32", Float32Array.of(0, -1.5, NaN, Infinity, 1e30, 0.1), 3, "float32"],
    ["float64", Float64Array.of(0, -1.5, NaN, Infinity, 1e30, 0.25), 3, "float32"],
  ] as const)("%s in both byte orders, TIFF and BigTIFF", async (_, array, format, sampleType) => {
    const expected = Array.from(array, (value) => (sampleType === "float32" ? Math.fround(value) : value));
    for (const isBigEndian of [false, true]) {
      for (const isBigTiff of [false, true]) {
        const tags = { 258: [8 * array.BYTES_PER_ELEMENT], 339: [format] };
        const page = { width: 3, height: 2, data: bytesOf(array, isBigEndian), tags };
        const bytes = writeTiff([page], { isBigEndian, isBigTiff });
        expect(identifyFormat(bytes)).toBe("tiff");
        const [frame] = await decode(bytes);
        expect(frame).toMatchObject({ width: 3, height: 2, channels: 1, sampleType, photometric: "MONOCHROME2" });
        expect([...frame!.data]).toEqual(expected);
        const { storedFrames } = await inspectSource(bytes, source);
        expect(await decodeFrame(storedFrames![0]!, { ...source, frame: 0 })).toEqual(frame);
      }
    }
  });

  it.each([
    [1, [0b10110000, 0b01000000], [1, 0, 1, 1, 0, 1, 0, 0]],
    [2, [0b00011011, 0b11100100], [0, 1, 2, 3, 3, 2, 1, 0]],
    [4, [0x0f, 0x7a, 0x12, 0x34], [0, 15, 7, 10, 1, 2, 3, 4]],
  ])("%i bits give small numbers and a window that shows them", async (bits, data, expected) => {
    const page = { width: 4, height: 2, data: Uint8Array.from(data), tags: { 258: [bits] } };
    const [frame] = await decode(writeTiff([page]));
    expect([...frame!.data]).toEqual(expected);
    expect(frame!.window).toEqual({ center: 2 ** (bits - 1), width: 2 ** bits });
    const white = writeTiff([{ ...page, tags: { 258: [bits], 262: [0] } }]);
    expect([...(await decode(white))[0]!.data]).toEqual(expected.map((value) => 2 ** bits - 1 - value));
    const reversed = page.data.map((byte) =>
      parseInt(byte.toString(2).padStart(8, "0").split("").reverse().join(""), 2),
    );
    const swapped = writeTiff([{ ...page, data: reversed, tags: { 258: [bits], 266: [2] } }]);
    expect([...(await decode(swapped))[0]!.data]).toEqual(expected);
    const { storedFrames } = await inspectSource(writeTiff([page]), source);
    const again = await decodeFrame(storedFrames![0]!, { ...source, frame: 0 });
    expect(again).toEqual(frame);
  });
});

describe("colors", () => {
  const rgb16 = Uint16Array.of(1, 2, 3, 400, 500, 600);
  it("RGB interleaved and planar, 8 and 16 bits", async () => {
    const tags = { 258: [16, 16, 16], 262: [2], 277: [3] };
    const interleaved = writeTiff([{ width: 2, height: 1, data: bytesOf(rgb16), tags }]);
    expect((await decode(interleaved))[0]).toMatchObject({ channels: 3, photometric: "RGB", data: rgb16 });
    const planes = [Uint16Array.of(1, 400), Uint16Array.of(2, 500), Uint16Array.of(3, 600)].map((one) => bytesOf(one));
    const planar = { width: 2, height: 1, data: new Uint8Array(0), pieces: planes, tags: { ...tags, 284: [2] } };
    expect((await decode(writeTiff([planar])))[0]!.data).toEqual(rgb16);
  });

  it("a palette becomes its colors: of 8 bits where it can, gray when all are gray", async () => {
    const palette = (entries: [number, number, number][]): number[] =>
      [0, 1, 2].flatMap((channel) => Array.from({ length: 16 }, (_, index) => entries[index]?.[channel] ?? 0));
    const page = (entries: [number, number, number][]): Buffer =>
      writeTiff([
        { width: 2, height: 1, data: Uint8Array.of(0x10), tags: { 258: [4], 262: [3], 320: palette(entries) } },
      ]);
    const [wide] = await decode(
      page([
        [257, 514, 771],
        [65_535, 0, 257],
      ]),
    );
    expect([wide!.sampleType, ...wide!.data]).toEqual(["uint8", 255, 0, 1, 1, 2, 3]);
    const [narrow] = await decode(
      page([
        [1, 2, 3],
        [250, 0, 9],
      ]),
    );
    expect([...narrow!.data]).toEqual([250, 0, 9, 1, 2, 3]);
    const [deep] = await decode(
      page([
        [1000, 2000, 3001],
        [4, 5, 6],
      ]),
    );
    expect([deep!.sampleType, ...deep!.data]).toEqual(["uint16", 4, 5, 6, 1000, 2000, 3001]);
    const [gray] = await decode(
      page([
        [257, 257, 257],
        [514, 514, 514],
      ]),
    );
    expect([gray!.channels, ...gray!.data]).toEqual([1, 2, 1]);
  });

  it("alpha that hides nothing is dropped, any other puts the pixels on black; other channels are refused", async () => {
    const tags = { 258: [8, 8], 277: [2], 338: [2] };
    const opaque = writeTiff([{ width: 2, height: 1, data: Uint8Array.of(7, 255, 9, 255), tags }]);
    expect([...(await decode(opaque))[0]!.data]).toEqual([7, 9]);
    const clear = writeTiff([{ width: 2, height: 1, data: Uint8Array.of(7, 255, 9, 0), tags }]);
    expect([...(await decode(clear))[0]!.data]).toEqual([7, 0]);
    const half = { width: 2, height: 1, data: Uint8Array.of(200, 128, 9, 255) };
    expect([...(await decode(writeTiff([{ ...half, tags }])))[0]!.data]).toEqual([100, 9]);
    const darkened = { ...tags, 338: [1] };
    expect([...(await decode(writeTiff([{ ...half, tags: darkened }])))[0]!.data]).toEqual([200, 9]);
    const deep = new Uint8Array(Uint16Array.of(60_000, 16_384).buffer);
    const deepTags = { ...tags, 258: [16, 16] };
    expect([...(await decode(writeTiff([{ width: 1, height: 1, data: deep, tags: deepTags }])))[0]!.data]).toEqual([
      15_000,
    ]);
    await expect(decode(writeTiff([{ ...half, tags: { ...tags, 338: [0] } }]))).rejects.toThrow("beside its colors");
  });
});

describe("compression, as libtiff writes it", () => {
  const raw8 = { raw: { width: 40, height: 30, channels: 3 as const } };
  const raw16 = { raw: { width: 120, height: 30, channels: 1 as const } };
  const kinds = [
    { compression: "none" },
    { compression: "lzw", predictor: "none" },
    { compression: "lzw", predictor: "horizontal" },
    { compression: "deflate", predictor: "none" },
    { compression: "deflate", predictor: "horizontal" },
    { compression: "packbits" },
  ] as const;
  it.each(kinds)("$compression $predictor, in strips and tiles, color and 16 bits", async (kind) => {
    for (const tile of [{}, { tile: true, tileWidth: 16, tileHeight: 16 }, { bigtiff: true }]) {
      const color = await sharp(noise8, raw8)
        .tiff({ ...kind, ...tile })
        .toBuffer();
      expect((await decode(color))[0]).toMatchObject({ width: 40, height: 30, channels: 3, data: noise8 });
      const deep = await sharp(noise16, raw16)
        .toColourspace("grey16")
        .tiff({ ...kind, ...tile })
        .toBuffer();
      expect((await decode(deep))[0]).toMatchObject({ width: 120, channels: 1, data: noise16 });
      const flat = sharp(smooth8, { raw: { width: 200, height: 150, channels: 1 } }).toColourspace("b-w");
      expect((await decode(await flat.tiff({ ...kind, ...tile }).toBuffer()))[0]!.data).toEqual(smooth8);
    }
  });

  it("floats with the predictor for floats", async () => {
    const values = Float32Array.from({ length: 12 }, (_, index) => index * 1.25 - 3);
    const rows = [0, 1, 2].map((row) => {
      const cells = values.subarray(4 * row, 4 * row + 4);
      const big = bytesOf(cells, true);
      // Bytes by significance, then differences.
      const planes = Array.from({ length: 16 }, (_, at) => big[(at % 4) * 4 + Math.floor(at / 4)]!);
      return Uint8Array.from(planes, (byte, at) => byte - (planes[at - 1] ?? 0));
    });
    const tags = { 258: [32], 339: [3], 259: [8], 317: [3] };
    for (const isBigEndian of [false, true]) {
      const page = { width: 4, height: 3, data: deflateSync(Buffer.concat(rows)), tags };
      expect((await decode(writeTiff([page], { isBigEndian })))[0]!.data).toEqual(values);
    }
  });

  it("JPEG in TIFF is near, fax is exact", async () => {
    const gray = sharp(smooth8, { raw: { width: 200, height: 150, channels: 1 } }).toColourspace("b-w");
    const [jpeg] = await decode(await gray.clone().tiff({ compression: "jpeg", quality: 100 }).toBuffer());
    // Quality 100 still rounds coefficients: a level or two.
    expect(Math.max(...jpeg!.data.map((value, index) => Math.abs(value - smooth8[index]!)))).toBeLessThanOrEqual(2);
    const bits = smooth8.map((value) => (value % 2 === 0 ? 0 : 255));
    const black = sharp(bits, { raw: { width: 200, height: 150, channels: 1 } }).toColourspace("b-w");
    const [fax] = await decode(await black.tiff({ compression: "ccittfax4", bitdepth: 1 }).toBuffer());
    expect(fax!.data).toEqual(bits.map((value) => value / 255));
  });
});

it("every page is a frame; previews and masks are none", async () => {
  const page = (value: number, tags: TiffPageParts["tags"] = {}): TiffPageParts => ({
    width: 2,
    height: 1 + value,
    data: new Uint8Array(2 * (1 + value)).fill(value),
    tags,
  });
  const bytes = writeTiff([page(1), page(2, { 254: [1] }), page(3, { 254: [2] }), page(4, { 254: [4] })]);
  const frames = await decode(bytes);
  expect(frames.map(({ height, data }) => [height, data[0]])).toEqual([
    [2, 1],
    [4, 3],
  ]);
  const { storedFrames, frames: summaries } = await inspectSource(bytes, source);
  expect(summaries).toHaveLength(2);
  expect((await decode(storedFrames![1]!))[0]!.data).toEqual(frames[1]!.data);
});

it("orientation is applied as libvips applies it", async () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
  for (let orientation = 1; orientation <= 8; orientation++) {
    const bytes = writeTiff([{ width: 3, height: 2, data, tags: { 274: [orientation] } }]);
    const { data: expected, info } = await sharp(bytes)
      .autoOrient()
      .toColourspace("b-w")
      .raw()
      .toBuffer({ resolveWithObject: true });
    const [frame] = await decode(bytes);
    expect([frame!.width, frame!.height, ...frame!.data]).toEqual([info.width, info.height, ...expected]);
  }
});

it("nothing but pixels is stored", async () => {
  // Artist (315) as pairs of letters.
  const artist = Array.from({ length: 4 }, (_, index) => Buffer.from("DOE^JANE").readUInt16LE(2 * index));
  const page = { width: 40, height: 30, data: noise8, tags: { 258: [8, 8, 8], 262: [2], 277: [3], 315: artist } };
  const tagged = Buffer.concat([writeTiff([page]), Buffer.from("DOE^JANE")]);
  expect(tagged.includes("DOE")).toBe(true);
  const { storedFrames } = await inspectSource(tagged, source);
  expect(Buffer.from(storedFrames![0]!).includes("DOE")).toBe(false);
});

describe("broken and hostile files", () => {
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const page = (tags: TiffPageParts["tags"], pixels: Uint8Array = data): Buffer =>
    writeTiff([{ width: 3, height: 2, data: pixels, tags }]);
  const circle = page({});
  circle.writeUInt32LE(
    circle.readUInt32LE(4),
    circle.readUInt32LE(4) + 2 + 12 * circle.readUInt16LE(circle.readUInt32LE(4)),
  );
  const far = page({});
  far.writeUInt32LE(1_000_000, 4);
  it.each<[string, Buffer, Problem["code"], string]>([
    ["header only", page({}).subarray(0, 10), "corrupt-file", "cut off"],
    ["directory over the end", far, "corrupt-file", "cut off"],
    ["circle", circle, "corrupt-file", "circle"],
    ["no width", page({ 256: null }), "corrupt-file", "ImageWidth"],
    ["65535 x 65535", page({ 256: [65_535], 257: [65_535] }), "image-too-large", "65535 x 65535"],
    ["pixels over the end", page({ 279: [4000] }), "corrupt-file", "past the end"],
    ["too few pixels", page({ 279: [4] }), "corrupt-file", "cut off"],
    ["too few strips", page({ 278: [1] }), "corrupt-file", "needs 2"],
    ["bomb", page({ 259: [8] }, deflateSync(Buffer.alloc(2 ** 24))), "corrupt-file", "more than"],
    ["short Deflate", page({ 259: [8] }, deflateSync(data.subarray(1))), "corrupt-file", "expected 6"],
    ["noise as Deflate", page({ 259: [8] }), "corrupt-file", "damaged"],
    ["noise as LZW", page({ 259: [5] }, Uint8Array.of(0x80, 0x3f, 0xff, 0xff, 0xff)), "corrupt-file", "LZW"],
    ["short PackBits", page({ 259: [32_773] }, Uint8Array.of(5, 1, 2)), "corrupt-file", "cut off"],
    ["short palette", page({ 262: [3], 320: [1, 2, 3] }), "corrupt-file", "ColorMap"],
    ["CMYK", page({ 262: [5], 258: [8, 8, 8, 8], 277: [4] }), "unsupported-file", "CMYK"],
    ["Zstandard", page({ 259: [50_000] }), "unsupported-file", "Zstandard"],
    ["12 bits", page({ 258: [12] }), "unsupported-file", "12-bit"],
    ["mixed depths", page({ 258: [8, 16, 8], 262: [2], 277: [3] }), "unsupported-file", "different"],
    ["noise as JPEG", page({ 259: [7] }), "corrupt-file", "cannot be decoded"],
    ["tiles without size", page({ 322: [0], 323: [0], 273: null, 279: null }), "corrupt-file", "without a size"],
  ])("%s", async (_, bytes, code, says) => {
    const error: unknown = await inspectSource(bytes, source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Problem);
    expect((error as Problem).message).toContain(says);
    expect(error).toMatchObject({ code });
  });
});
