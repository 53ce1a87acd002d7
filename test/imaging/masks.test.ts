import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeMask, encodeMaskPng, encodeThumbnail } from "../../src-main/imaging/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { createLabelMap, stampDisc } from "../../src-main/voxels/index.ts";
import { packRows, pngChunk, writePng, writeSamplesPng } from "./png-writer.ts";

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
  expect(await decodeMask(png, request)).toEqual({ ...map, reading: "binary" });
  const { data, info } = await sharp(png).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBe(1);
  expect([...new Set(data)].sort((a, b) => a - b)).toEqual([0, 255]);
  stampDisc(map, { x: 40, y: 30 }, 9, 7);
  expect(await decodeMask(await encodeMaskPng(map, several), { ...request, classes: several })).toEqual({
    ...map,
    reading: "values",
  });
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

describe("palette masks", () => {
  const voc = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128, 128, 0, 128, 0, 128, 128, 128, 128, 128];
  const palette = (
    indices: readonly number[],
    colors: readonly number[],
    { width = indices.length, bitDepth = 8, isInterlaced = false } = {},
  ): Buffer => {
    const size = { width, height: indices.length / width };
    return writePng({
      ...size,
      bitDepth,
      colorType: 3,
      rows: packRows(indices, { ...size, channels: 1, bitDepth, isInterlaced }),
      isInterlaced,
      extra: [pngChunk("PLTE", Uint8Array.from(colors))],
    });
  };
  const reading = async (bytes: Uint8Array, classes: readonly { value: number; color?: string }[], width: number) =>
    (await decodeMask(bytes, { fileName: "m.png", classes, expected: { width, height: 1 } })).reading;

  it("of Pascal VOC are read by index, whatever its colors are", async () => {
    const mask = palette([0, 1, 2, 7], voc);
    expect(await read(mask, several)).toEqual([0, 1, 2, 7]);
    expect(await reading(mask, several, 4)).toBe("indices");
    expect(await read(palette([0, 1, 1, 0], voc))).toEqual([0, 1, 1, 0]);
    await expect(read(palette([0, 1, 3, 5], voc), several)).rejects.toThrow("palette indices that are no class");
    await expect(read(palette([0, 1, 3, 5], voc), several)).rejects.toThrow("Undefined: 3, 5;");
  });

  it("in exactly the colors of the classes are read by color, also where their indices name others", async () => {
    const colored = [
      { value: 1, color: "#800000" },
      { value: 2, color: "#008000" },
    ];
    const mask = palette([0, 2, 1, 0], [0, 0, 0, 0, 128, 0, 128, 0, 0]);
    expect(await read(mask, colored)).toEqual([0, 1, 2, 0]);
    expect(await reading(mask, colored, 4)).toBe("colors");
  });

  it("whose gray values and indices contradict each other are refused", async () => {
    const mask = palette([0, 1, 2, 0], [0, 0, 0, 2, 2, 2, 1, 1, 1]);
    await expect(read(mask, several)).rejects.toThrow("not the same ones");
    // Gray values that are no classes leave the indices, and the other way round.
    expect(await read(palette([0, 1, 2, 0], [0, 0, 0, 90, 90, 90, 180, 180, 180]), several)).toEqual([0, 1, 2, 0]);
    expect(await read(palette([0, 3, 4, 0], [0, 0, 0, 1, 1, 1, 2, 2, 2, 7, 7, 7, 2, 2, 2]), several)).toEqual([
      0, 7, 2, 0,
    ]);
  });

  it("of every depth, interlaced or not, give their indices; sizes without pixels in a pass as well", async () => {
    const random = new Random(5, "indices");
    for (const bitDepth of [1, 2, 4, 8]) {
      for (const [width, height] of [
        [1, 1],
        [3, 2],
        [5, 9],
        [17, 11],
      ] as const) {
        const count = 2 ** bitDepth;
        const indices = Array.from({ length: width * height }, () => random.integer(count));
        const classes = Array.from({ length: count - 1 }, (_, index) => ({ value: index + 1 }));
        const colors = Array.from({ length: count }, (_, index) => [index, 255 - index, 7]).flat();
        for (const isInterlaced of [false, true]) {
          const bytes = palette(indices, colors, { width, bitDepth, isInterlaced });
          const request = { fileName: "m.png", classes, expected: { width, height } };
          expect([...(await decodeMask(bytes, request)).data]).toEqual(indices);
        }
      }
    }
  });

  it("give the indices that libpng's filters and libvips' palettes hide", async () => {
    // sharp writes palettes with all filters; the colors of its file tell the truth.
    const { width, height } = { width: 64, height: 48 };
    const map = createLabelMap(width, height);
    stampDisc(map, { x: 20, y: 20 }, 12, 1);
    stampDisc(map, { x: 40, y: 30 }, 9, 2);
    const colors = [
      [0, 0, 0],
      [200, 30, 40],
      [10, 220, 90],
    ];
    const rgb = Uint8Array.from([...map.data].flatMap((value) => colors[value]!));
    const png = await sharp(rgb, { raw: { width, height, channels: 3 } })
      .png({ palette: true, colors: 4, dither: 0, adaptiveFiltering: true })
      .toBuffer();
    const classes = [
      { value: 1, color: "#c81e28" },
      { value: 2, color: "#0adc5a" },
    ];
    const mask = await decodeMask(png, { fileName: "m.png", classes, expected: { width, height } });
    expect(mask.reading).toBe("colors");
    expect(mask.data).toEqual(map.data);
  });

  it("that hold more or less than their size says are damaged, and are not unpacked further", async () => {
    const bytes = (lines: Uint8Array): Buffer => {
      const header = new DataView(new ArrayBuffer(13));
      header.setUint32(0, 4);
      header.setUint32(4, 1);
      header.setUint8(8, 8);
      header.setUint8(9, 3);
      return Buffer.concat([
        Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
        pngChunk("IHDR", new Uint8Array(header.buffer)),
        pngChunk("PLTE", Uint8Array.from(voc)),
        pngChunk("IDAT", deflateSync(lines)),
        pngChunk("IEND", new Uint8Array(0)),
      ]);
    };
    expect(await read(bytes(Uint8Array.of(0, 0, 1, 1, 0)))).toEqual([0, 1, 1, 0]);
    await expect(read(bytes(Uint8Array.of(0, 0, 1)))).rejects.toThrow("cut off");
    await expect(read(bytes(new Uint8Array(50_000_000)))).rejects.toThrow("more than the 5 bytes");
    await expect(read(bytes(Uint8Array.of(7, 0, 1, 1, 0)))).rejects.toThrow("filter 7");
    await expect(read(bytes(Uint8Array.of(0, 0, 99, 1, 0)))).rejects.toThrow("8 colors");
  });
});

it("a mask of 16 bits is read by value, and values over 255 are named", async () => {
  const deep = (...values: number[]) => writeSamplesPng(Uint16Array.from(values), { width: 4, height: 1 });
  expect(await read(deep(0, 1, 2, 7), several)).toEqual([0, 1, 2, 7]);
  await expect(read(deep(0, 1, 300, 65_535), several)).rejects.toThrow("Undefined: 300, 65535;");
});

it("colors that are listed mean classes, several for one and one for the background too", async () => {
  const pixels = Uint8Array.of(255, 255, 255, 255, 0, 0, 200, 0, 0, 0, 0, 255);
  const png = writeSamplesPng(pixels, { width: 4, height: 1, colorType: 2 });
  const classes = [
    { value: 1, color: "#ff0000" },
    { value: 1, color: "#c80000" },
    { value: 2, color: "#0000ff" },
    { value: 0, color: "#ffffff" },
  ];
  expect(await read(png, classes)).toEqual([0, 1, 1, 2]);
});

it("a mask with transparent pixels is refused: on black they would be background that nobody drew", async () => {
  const veiled = writeSamplesPng(Uint8Array.of(1, 255, 1, 0, 0, 255, 0, 255), { width: 4, height: 1, colorType: 4 });
  await expect(read(veiled)).rejects.toThrow("transparent");
});
