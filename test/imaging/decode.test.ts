import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeFrame, decodeSource, identifyFormat, inspectSource } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";
import { type Attribute, writeTestDicom } from "./dicom-writer.ts";
import { hostileFiles } from "./hostile.ts";
import { pngChunk, writePng, writeSamplesPng } from "./png-writer.ts";

async function frameOf(bytes: Uint8Array): Promise<Frame> {
  const { frames } = await decodeSource(bytes, { fileName: "image" });
  expect(frames).toHaveLength(1);
  return frames[0]!;
}

const random = new Random("decode-test", 1);
const noise8 = Uint8Array.from({ length: 7 * 5 * 3 }, () => random.integer(256));
const noise16 = Uint16Array.from({ length: 7 * 5 * 3 }, () => random.integer(65_536));
const gamma = pngChunk("gAMA", Uint8Array.of(0, 1, 0x86, 0xa0)); // linear light: a viewer would brighten

describe("PNG samples are exactly those of the file", () => {
  it.each([
    ["8-bit gray", noise8, 0, undefined],
    ["8-bit gray with gamma", noise8, 0, [gamma]],
    ["16-bit gray", noise16, 0, undefined],
    ["16-bit gray with gamma", noise16, 0, [gamma]],
    ["8-bit RGB", noise8, 2, undefined],
    ["16-bit RGB", noise16, 2, [gamma]],
  ] as const)("%s", async (_, samples, colorType, extra) => {
    const width = colorType === 0 ? 21 : 7;
    const bytes = writeSamplesPng(samples, { width, height: 5, colorType, ...(extra && { extra: [...extra] }) });
    const frame = await frameOf(bytes);
    expect(frame).toMatchObject({ width, height: 5, channels: colorType === 0 ? 1 : 3 });
    expect(frame.data).toEqual(samples);
  });

  it("every 16-bit gray value survives", async () => {
    const samples = Uint16Array.from({ length: 65_536 }, (_, value) => value);
    const frame = await frameOf(writeSamplesPng(samples, { width: 256, height: 256 }));
    expect(frame.sampleType).toBe("uint16");
    expect(frame.data).toEqual(samples);
  });

  it("16-bit images with an embedded profile keep their samples", async () => {
    const plain = writeSamplesPng(noise16, { width: 7, height: 5, colorType: 2 });
    const profiled = await sharp(plain).toColourspace("rgb16").withIccProfile("p3").png().toBuffer();
    const raw = await sharp(profiled, { ignoreIcc: true }).toColourspace("rgb16").raw({ depth: "ushort" }).toBuffer();
    const expected = new Uint16Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
    expect((await frameOf(profiled)).data).toEqual(expected);
  });

  it.each([
    [1, [0b10110000], [1, 0, 1, 1]],
    [2, [0b00011011], [0, 1, 2, 3]],
    [4, [0x0f, 0x7a], [0, 15, 7, 10]],
  ])("%i-bit gray gives small numbers, and a window that shows them", async (bitDepth, row, expected) => {
    const bytes = writePng({ width: 4, height: 1, bitDepth, colorType: 0, rows: [Uint8Array.from(row)] });
    const frame = await frameOf(bytes);
    expect([...frame.data]).toEqual(expected);
    expect(frame.window).toEqual({ center: 2 ** (bitDepth - 1), width: 2 ** bitDepth });
  });

  it("a palette becomes its colors, or gray when all are gray", async () => {
    const palette = (...colors: number[]) =>
      writePng({
        width: 3,
        height: 1,
        bitDepth: 8,
        colorType: 3,
        rows: [Uint8Array.of(1, 0, 1)],
        extra: [pngChunk("PLTE", Uint8Array.from(colors))],
      });
    const color = await frameOf(palette(1, 2, 3, 40, 50, 60));
    expect([...color.data]).toEqual([40, 50, 60, 1, 2, 3, 40, 50, 60]);
    const gray = await frameOf(palette(7, 7, 7, 200, 200, 200));
    expect(gray.channels).toBe(1);
    expect([...gray.data]).toEqual([200, 7, 200]);
  });

  it("an alpha channel that hides nothing is dropped, any other puts the pixels on black", async () => {
    const gray = await frameOf(writeSamplesPng(Uint8Array.of(10, 255, 20, 255), { width: 2, height: 1, colorType: 4 }));
    expect(gray.channels).toBe(1);
    expect([...gray.data]).toEqual([10, 20]);
    const deep = await frameOf(writeSamplesPng(Uint16Array.of(1, 2, 3, 65_535), { width: 1, height: 1, colorType: 6 }));
    expect([...deep.data]).toEqual([1, 2, 3]);
    const clear = writeSamplesPng(Uint8Array.of(10, 255, 20, 254), { width: 2, height: 1, colorType: 4 });
    expect([...(await frameOf(clear)).data]).toEqual([10, 20]);
    const veiled = writeSamplesPng(Uint8Array.of(10, 200, 30, 128, 99, 99, 99, 0), {
      width: 2,
      height: 1,
      colorType: 6,
    });
    expect([...(await frameOf(veiled)).data]).toEqual([5, 100, 15, 0, 0, 0]);
    const deepVeiled = Uint16Array.of(60_000, 16_384, 65_535, 1, 5, 65_535);
    expect([...(await frameOf(writeSamplesPng(deepVeiled, { width: 3, height: 1, colorType: 4 }))).data]).toEqual([
      15_000, 1, 5,
    ]);
    const deepGray = writeSamplesPng(Uint16Array.of(258, 65_535, 7, 65_535), { width: 2, height: 1, colorType: 4 });
    expect((await frameOf(deepGray)).data).toEqual(Uint16Array.of(258, 7));
    const colorKey = pngChunk("tRNS", Uint8Array.of(0, 20));
    const keyed = writeSamplesPng(Uint8Array.of(10, 20), { width: 2, height: 1, extra: [colorKey] });
    expect([...(await frameOf(keyed)).data]).toEqual([10, 0]);
    const unusedKey = writeSamplesPng(Uint8Array.of(10, 30), { width: 2, height: 1, extra: [colorKey] });
    expect([...(await frameOf(unusedKey)).data]).toEqual([10, 30]);
  });

  it("what lies under transparent pixels is not stored, and the import is told", async () => {
    const hiding = writeSamplesPng(Uint8Array.of(10, 255, 77, 0), { width: 2, height: 1, colorType: 4 });
    const { storedBytes, isOnBlack } = await inspectSource(hiding, { fileName: "a.png" });
    expect(isOnBlack).toBe(true);
    const plain = await sharp(storedBytes).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
    expect([plain.info.channels, ...plain.data]).toEqual([1, 10, 0]);
    const opaque = writeSamplesPng(Uint8Array.of(10, 255), { width: 1, height: 1, colorType: 4 });
    expect((await inspectSource(opaque, { fileName: "a.png" })).isOnBlack).toBe(false);
  });

  it("interlaced files give the same pixels", async () => {
    const plain = writeSamplesPng(noise8, { width: 7, height: 5, colorType: 2 });
    const interlaced = await sharp(plain).png({ progressive: true }).toBuffer();
    expect((await frameOf(interlaced)).data).toEqual(noise8);
  });
});

describe("JPEG", () => {
  const picture = { raw: { width: 24, height: 16, channels: 3 as const } };
  // Left half dark, right half bright: survives compression, and shows a turn.
  const halves = Uint8Array.from({ length: 24 * 16 * 3 }, (_, index) => ((index / 3) % 24 < 12 ? 30 : 220));

  it("decodes gray and color as their own kind", async () => {
    const color = await frameOf(await sharp(halves, picture).jpeg().toBuffer());
    expect(color).toMatchObject({ width: 24, height: 16, channels: 3, sampleType: "uint8", photometric: "RGB" });
    const gray = await frameOf(
      await sharp(halves, picture).toColourspace("b-w").jpeg({ progressive: true }).toBuffer(),
    );
    expect(gray).toMatchObject({ channels: 1, photometric: "MONOCHROME2" });
    expect(gray.data[0]).toBeLessThan(50);
    expect(gray.data[23]).toBeGreaterThan(200);
  });

  it("is turned as its Exif orientation says, also from the stored bytes, which hold nothing else", async () => {
    const turned = await sharp(halves, picture)
      .withExif({ IFD0: { Artist: "DOE^JANE", Orientation: "6" } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const commented = Buffer.concat([
      turned.subarray(0, 2),
      Buffer.from([0xff, 0xfe, 0, 10]),
      Buffer.from("DOE^JANE"),
      turned.subarray(2),
      Buffer.from("DOE^JANE"),
    ]);
    const frame = await frameOf(commented);
    expect(frame).toMatchObject({ width: 16, height: 24 });
    expect(frame.data[0]).toBeLessThan(50);
    expect(frame.data.at(-1)).toBeGreaterThan(200);
    const { storedBytes } = await inspectSource(commented, { fileName: "photo.jpg" });
    expect(Buffer.from(storedBytes).includes("DOE")).toBe(false);
    expect(await frameOf(storedBytes)).toEqual(frame);
  });

  it("refuses four channels and names them", async () => {
    const cmyk = await sharp(halves, picture).toColourspace("cmyk").jpeg().toBuffer();
    await expect(frameOf(cmyk)).rejects.toThrow("4 color channels");
  });
});

describe("DICOM", () => {
  it("decodes what was written, with rescale, window and spacing", async () => {
    const { frames, modality, patientKey } = await decodeSource(
      writeTestDicom([
        [0x00080060, "CS", "MR"],
        [0x00100020, "LO", "4711"],
        [0x00280030, "DS", "0.5\\0.25"],
        [0x00281050, "DS", "6\\1"],
        [0x00281051, "DS", "12\\1"],
        [0x00281052, "DS", "-10"],
        [0x00281053, "DS", "2"],
      ]),
      { fileName: "a.dcm" },
    );
    expect(modality).toBe("MR");
    expect(patientKey).toMatch(/^[0-9a-f]{32}$/);
    expect(frames).toEqual([
      {
        width: 4,
        height: 3,
        channels: 1,
        sampleType: "uint8",
        data: Uint8Array.from({ length: 12 }, (_, index) => index),
        photometric: "MONOCHROME2",
        rescaleSlope: 2,
        rescaleIntercept: -10,
        window: { center: 6, width: 12 },
        windows: [
          { center: 6, width: 12 },
          { center: 1, width: 1 },
        ],
        spacing: { x: 0.25, y: 0.5 },
      },
    ]);
  });

  it("old overlays above the stored bits do not reach the samples; signs are those of the stored bits", async () => {
    // 12 bits at bit 0, an overlay in bit 15: PS3.5 8.1.2 of 2004.
    const cells = Uint16Array.of(0x8001, 0x8fff, 0x0800, 0x07ff);
    const bytes = writeTestDicom([
      [0x00280010, "US", 1],
      [0x00280100, "US", 16],
      [0x00280101, "US", 12],
      [0x00280102, "US", 11],
      [0x00280103, "US", 1],
      [0x60000100, "US", 16],
      [0x60000102, "US", 15],
      [0x7fe00010, "OW", new Uint8Array(cells.buffer)],
    ]);
    expect([...(await frameOf(bytes)).data]).toEqual([1, -1, -2048, 2047]);
  });

  it("samples that start above bit 0 are shifted down", async () => {
    const bytes = writeTestDicom([
      [0x00280010, "US", 1],
      [0x00280100, "US", 16],
      [0x00280101, "US", 12],
      [0x00280102, "US", 15],
      [0x7fe00010, "OW", new Uint8Array(Uint16Array.of(0x0010, 0xfff0, 0x8000, 0x000f).buffer)],
    ]);
    expect([...(await frameOf(bytes)).data]).toEqual([1, 4095, 2048, 0]);
  });

  it("planar color is interleaved", async () => {
    const bytes = writeTestDicom([
      [0x00280002, "US", 3],
      [0x00280004, "CS", "RGB"],
      [0x00280006, "US", 1],
      [0x00280010, "US", 1],
      [0x7fe00010, "OB", Uint8Array.of(1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24)],
    ]);
    expect([...(await frameOf(bytes)).data]).toEqual([1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24]);
  });

  it("frames are counted from 0; another one is not found", async () => {
    const bytes = writeTestDicom([
      [0x00280008, "IS", "3"],
      [0x00280010, "US", 1],
    ]);
    expect([...(await decodeFrame(bytes, { fileName: "a.dcm", frame: 2 })).data]).toEqual([8, 9, 10, 11]);
    await expect(decodeFrame(bytes, { fileName: "a.dcm", frame: 3 })).rejects.toMatchObject({ code: "not-found" });
  });

  it("the same patient has the same key, another issuer another one", async () => {
    const keyOf = async (id: string, issuer?: string) => {
      const issued: Attribute[] = issuer === undefined ? [] : [[0x00100021, "LO", issuer]];
      const bytes = writeTestDicom([[0x00100020, "LO", id], ...issued]);
      return (await decodeSource(bytes, { fileName: "a.dcm" })).patientKey;
    };
    expect(await keyOf("4711")).toBe(await keyOf("4711 "));
    expect(await keyOf("4711")).not.toBe(await keyOf("4712"));
    expect(await keyOf("4711", "A")).not.toBe(await keyOf("4711", "B"));
    expect(await keyOf("")).toBeNull();
  });
});

describe("broken files give a Problem that names the file and what is wrong", () => {
  it.each(hostileFiles().map((file) => [file.fileName, file] as const))(
    "%s",
    async (fileName, { bytes, code, says }) => {
      const error: unknown = await inspectSource(bytes, { fileName }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Problem);
      const problem = error as Problem;
      expect(problem.code).toBe(code);
      expect(problem.title.startsWith(`${fileName}: `)).toBe(true);
      expect(problem.message).toContain(says);
      expect(problem.hint).toBeTruthy();
    },
  );
});

it("formats are told by content, not by name", () => {
  expect(identifyFormat(writeTestDicom())).toBe("dicom");
  expect(identifyFormat(writeSamplesPng(Uint8Array.of(1), { width: 1, height: 1 }))).toBe("png");
  expect(identifyFormat(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe("jpeg");
  expect(identifyFormat(new Uint8Array(0))).toBeNull();
});
