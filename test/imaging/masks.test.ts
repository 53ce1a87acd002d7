import sharp from "sharp";
import { expect, it } from "vitest";
import { decodeMask, encodeMaskPng, encodeThumbnail } from "../../src-main/imaging/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, stampDisc } from "../../src-main/voxels/index.ts";
import { pngChunk, writePng, writeSamplesPng } from "./png-writer.ts";

const one = [{ value: 1 }];
const several = [{ value: 1 }, { value: 2 }, { value: 7 }];
const row = (...values: number[]): Buffer =>
  writeSamplesPng(Uint8Array.from(values), { width: values.length, height: 1 });

async function read(bytes: Uint8Array, classes = one, width = 4): Promise<number[]> {
  const expected = { width, height: 1 };
  return [...(await decodeMask(bytes, { fileName: "m.png", classes, expected })).data];
}

it("with one class, 0 and any one other value are that class", async () => {
  expect(await read(row(0, 255, 255, 0))).toEqual([0, 1, 1, 0]);
  expect(await read(row(0, 1, 1, 0))).toEqual([0, 1, 1, 0]);
  expect(await read(row(0, 128, 0, 0), [{ value: 5 }])).toEqual([0, 5, 0, 0]);
  expect(await read(row(0, 0, 0, 0))).toEqual([0, 0, 0, 0]);
  const deep = writeSamplesPng(Uint16Array.of(0, 65_535, 0, 0), { width: 4, height: 1 });
  expect(await read(deep)).toEqual([0, 1, 0, 0]);
});

it("with several classes, values are class values", async () => {
  expect(await read(row(0, 1, 2, 7), several)).toEqual([0, 1, 2, 7]);
  await expect(read(row(0, 1, 255, 3), several)).rejects.toThrow(
    "Undefined: 3, 255; defined: 0 (background), 1, 2, 7.",
  );
  await expect(read(row(0, 255, 255, 0), several)).rejects.toMatchObject({ code: "mask-mismatch" });
  await expect(read(row(0, 1, 2, 0), one)).rejects.toThrow("Undefined: 2;");
});

it("reads 1-bit masks, color with equal channels and binary palettes; not colors", async () => {
  const bits = writePng({ width: 4, height: 1, bitDepth: 1, colorType: 0, rows: [Uint8Array.of(0b01100000)] });
  expect(await read(bits)).toEqual([0, 1, 1, 0]);
  const gray = writeSamplesPng(Uint8Array.of(0, 0, 0, 255, 255, 255), { width: 2, height: 1, colorType: 2 });
  expect(await read(gray, one, 2)).toEqual([0, 1]);
  const red = writeSamplesPng(Uint8Array.of(0, 0, 0, 255, 0, 0), { width: 2, height: 1, colorType: 2 });
  await expect(read(red, one, 2)).rejects.toThrow("colored");
  const palette = (...colors: number[]) =>
    writePng({
      width: 4,
      height: 1,
      bitDepth: 8,
      colorType: 3,
      rows: [Uint8Array.of(0, 1, colors.length / 3 - 1, 0)],
      extra: [pngChunk("PLTE", Uint8Array.from(colors))],
    });
  expect(await read(palette(0, 0, 0, 255, 255, 255))).toEqual([0, 1, 1, 0]);
  await expect(read(palette(0, 0, 0, 9, 9, 9, 7, 7, 7), several)).rejects.toThrow("palette");
  expect(await read(palette(0, 0, 0, 1, 1, 1, 2, 2, 2), several)).toEqual([0, 1, 2, 0]);
});

it("a mask of another size is refused, naming both sizes and the file", async () => {
  const error = read(row(0, 1, 0, 0, 0), one, 4);
  await expect(error).rejects.toMatchObject({ code: "mask-mismatch" });
  await expect(error).rejects.toThrow(
    "m.png: the mask does not fit its image. The mask has 5 x 1 pixels, the image 4 x 1.",
  );
});

it("a mask must be a PNG", async () => {
  const jpeg = await sharp(new Uint8Array(16), { raw: { width: 4, height: 4, channels: 1 } })
    .jpeg()
    .toBuffer();
  await expect(read(jpeg)).rejects.toThrow("must be a PNG");
  await expect(read(Buffer.from("no image"))).rejects.toMatchObject({ code: "unsupported-file" });
  await expect(read(Buffer.alloc(0))).rejects.toMatchObject({ code: "corrupt-file" });
});

it("what is exported reads back as the same label map", async () => {
  const map = createLabelMap(61, 47);
  stampDisc(map, { x: 20, y: 20 }, 12, 1);
  const png = await encodeMaskPng(map, one);
  const request = { fileName: "m.png", classes: one, expected: map };
  expect(await decodeMask(png, request)).toEqual(map);
  const { data, info } = await sharp(png).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(1);
  expect([...new Set(data)].sort((a, b) => a - b)).toEqual([0, 255]);
  stampDisc(map, { x: 40, y: 30 }, 9, 7);
  expect(await decodeMask(await encodeMaskPng(map, several), { ...request, classes: several })).toEqual(map);
});

it("thumbnails fit their square and keep small images as they are", async () => {
  const random = new Random("thumbnail", 1);
  const frame = {
    width: 300,
    height: 100,
    channels: 1 as const,
    sampleType: "int16" as const,
    data: Int16Array.from({ length: 30_000 }, () => random.integer(4000) - 1000),
    photometric: "MONOCHROME2" as const,
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing: null,
  };
  expect(await sharp(await encodeThumbnail(frame)).metadata()).toMatchObject({ width: 128, height: 43, channels: 1 });
  const small = { ...frame, width: 30, height: 10, data: frame.data.subarray(0, 300) };
  expect(await sharp(await encodeThumbnail(small)).metadata()).toMatchObject({ width: 30, height: 10 });
});

it("a mask in the colors of the classes, on black, is those classes; any other color refuses it", async () => {
  const classes = [
    { value: 1, color: "#56b4e9" },
    { value: 2, color: "#e69f00" },
  ];
  const pixels = [0, 0, 0, 0x56, 0xb4, 0xe9, 0xe6, 0x9f, 0, 0, 0, 0];
  const request = { fileName: "m.png", classes, expected: { width: 2, height: 2 } };
  const png = (samples: number[]) => writeSamplesPng(Uint8Array.from(samples), { width: 2, height: 2, colorType: 2 });
  expect([...(await decodeMask(png(pixels), request)).data]).toEqual([0, 1, 2, 0]);
  const off = pixels.with(5, 0xe8);
  await expect(decodeMask(png(off), request)).rejects.toMatchObject({ code: "unsupported-file" });
});
