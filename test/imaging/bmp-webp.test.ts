import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { decodeSource, identifyFormat, inspectSource } from "../../src-main/imaging/index.ts";
import { Problem } from "../../src-main/problem/index.ts";
import type { Frame } from "../../src-main/voxels/index.ts";

const source = { fileName: "picture" };
const decode = async (bytes: Uint8Array): Promise<Frame> => (await decodeSource(bytes, source)).frames[0]!;
const refusal = async (bytes: Uint8Array): Promise<Problem> => {
  const error: unknown = await inspectSource(bytes, source).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
};

interface BitmapParts {
  width: number;
  height: number;
  bits: number;
  /** Rows as stored, padded to four bytes here. */
  rows: number[][];
  compression?: number;
  palette?: number[];
  masks?: number[];
  headerSize?: number;
}

function bmp({
  width,
  height,
  bits,
  rows,
  compression = 0,
  palette = [],
  masks = [],
  headerSize = 40,
}: BitmapParts): Buffer {
  const info = Buffer.alloc(Math.max(headerSize, 40 + 4 * masks.length));
  info.writeUInt32LE(headerSize, 0);
  if (headerSize === 12) {
    info.writeUInt16LE(width, 4);
    info.writeUInt16LE(height, 6);
    info.writeUInt16LE(bits, 10);
  } else {
    info.writeInt32LE(width, 4);
    info.writeInt32LE(height, 8);
    info.writeUInt16LE(bits, 14);
    info.writeUInt32LE(compression, 16);
    info.writeUInt32LE(palette.length / 4, 32);
  }
  masks.forEach((mask, index) => info.writeUInt32LE(mask, 40 + 4 * index));
  const header = headerSize === 12 ? info.subarray(0, 12) : info;
  const start = 14 + header.length + palette.length;
  const body = Buffer.concat(
    rows.map((row) => Buffer.concat([Buffer.from(row), Buffer.alloc((4 - (row.length % 4)) % 4)])),
  );
  const file = Buffer.alloc(14);
  file.write("BM", "latin1");
  file.writeUInt32LE(start + body.length, 2);
  file.writeUInt32LE(start, 10);
  return Buffer.concat([file, header, Buffer.from(palette), body]);
}

describe("BMP", () => {
  const two = {
    width: 2,
    height: 2,
    bits: 24,
    rows: [
      [3, 2, 1, 6, 5, 4],
      [9, 8, 7, 12, 11, 10],
    ],
  };
  it("24 bits, bottom up and top down, also with the oldest header", async () => {
    expect(identifyFormat(bmp(two))).toBe("bmp");
    const up = [7, 8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6];
    expect([...(await decode(bmp(two))).data]).toEqual(up);
    expect([...(await decode(bmp({ ...two, headerSize: 12 }))).data]).toEqual(up);
    expect([...(await decode(bmp({ ...two, height: -2 }))).data]).toEqual([...up.slice(6), ...up.slice(0, 6)]);
  });

  it.each([
    [1, [[0b10100000]], [1, 0, 1]],
    [4, [[0x10, 0x20]], [1, 0, 2]],
    [8, [[2, 0, 1]], [2, 0, 1]],
  ])("%i bits by palette, in color or gray", async (bits, rows, indices) => {
    const gray = [10, 10, 10, 0, 20, 20, 20, 0, ...(bits === 1 ? [] : [30, 30, 30, 0])];
    const frame = await decode(bmp({ width: 3, height: 1, bits, rows, palette: gray }));
    expect(frame.channels).toBe(1);
    expect([...frame.data]).toEqual(indices.map((index) => 10 * (index + 1)));
    const color = [3, 2, 1, 0, 6, 5, 4, 0, ...(bits === 1 ? [] : [9, 8, 7, 0])];
    const colored = await decode(bmp({ width: 3, height: 1, bits, rows, palette: color }));
    expect([...colored.data]).toEqual(indices.flatMap((index) => [1, 2, 3].map((channel) => channel + 3 * index)));
  });

  const gray16 = Array.from({ length: 16 }, (_, index) => [index, index, index, 0]).flat();
  const coded = { width: 5, height: 2, palette: gray16 };
  // The lower row first: a run and a literal of three with its padding; then the upper one.
  const runs8 = [2, 7, 0, 3, 1, 2, 3, 0, 0, 0, /**/ 5, 9, 0, 1];
  const runs4 = [3, 0x7a, 2, 0x12, 0, 0, /**/ 0, 5, 0x34, 0x56, 0x70, 0, 0, 1];

  it("runs of 8 and of 4 bits, literals among them", async () => {
    const eight = await decode(bmp({ ...coded, bits: 8, compression: 1, rows: [runs8] }));
    expect([...eight.data]).toEqual([9, 9, 9, 9, 9, /**/ 7, 7, 1, 2, 3]);
    const four = await decode(bmp({ ...coded, bits: 4, compression: 2, rows: [runs4] }));
    expect([...four.data]).toEqual([3, 4, 5, 6, 7, /**/ 7, 10, 7, 1, 2]);
  });

  it.each([
    ["leave out 2 pixels", [2, 7, 0, 2, 2, 0, 1, 3, 0, 0, /**/ 5, 9, 0, 1]],
    ["leave out 5 pixels", [5, 7, 0, 0, 0, 1]],
    ["over the edge", [6, 7, 0, 0, 5, 9, 0, 1]],
    ["over the edge", [5, 7, 0, 0, 5, 9, 0, 0, 1, 1]],
    ["do not come to an end", [5, 7, 0, 0, 5, 9, 0, 8]],
  ])("refused: runs %s", async (words, runs) => {
    expect((await refusal(bmp({ ...coded, bits: 8, compression: 1, rows: [runs] }))).message).toContain(words);
  });

  it("a few runs do not ask for many pixels", async () => {
    const file = bmp({ width: 9000, height: 9000, palette: gray16, bits: 8, compression: 1, rows: [[255, 7, 0, 1]] });
    expect((await refusal(file)).message).toContain("need more runs");
  });

  it("16 and 32 bits, with and without masks", async () => {
    const five = bmp({ width: 1, height: 1, bits: 16, rows: [[0xff, 0x03]] }); // 0 11111 11111 of green and blue
    expect([...(await decode(five)).data]).toEqual([0, 255, 255]);
    const six = { width: 1, height: 1, bits: 16, compression: 3, masks: [0xf800, 0x07e0, 0x001f] };
    expect([...(await decode(bmp({ ...six, rows: [[0x20, 0x84]] }))).data]).toEqual([
      Math.round((16 * 255) / 31),
      Math.round((33 * 255) / 63),
      0,
    ]);
    const plain = bmp({ width: 1, height: 1, bits: 32, rows: [[3, 2, 1, 0]] });
    expect([...(await decode(plain)).data]).toEqual([1, 2, 3]);
    const masks = [0xff, 0xff00, 0xff0000, 0xff000000];
    const alpha = { width: 1, height: 1, bits: 32, compression: 3, masks, headerSize: 56 };
    expect([...(await decode(bmp({ ...alpha, rows: [[1, 2, 3, 255]] }))).data]).toEqual([1, 2, 3]);
    expect((await refusal(bmp({ ...alpha, rows: [[1, 2, 3, 254]] }))).message).toContain("transparent");
  });

  it("is kept as PNG with the same pixels", async () => {
    const { storedBytes } = await inspectSource(bmp(two), source);
    expect(identifyFormat(storedBytes)).toBe("png");
    expect((await decode(storedBytes)).data).toEqual((await decode(bmp(two))).data);
  });

  it.each([
    ["a JPEG within", { ...two, compression: 4 }, "compression is of type 4"],
    ["cut", { ...two, rows: [[1]] }, "cut off"],
    ["65535 wide", { ...two, width: 65_535 }, "65535 x 2"],
    ["negative width", { ...two, width: -2 }, "-2 x 2"],
    ["5 bits", { ...two, bits: 5 }, "does not exist"],
    ["palette too large", { ...two, bits: 1, palette: new Array<number>(12).fill(0) }, "palette"],
    ["number without color", { ...two, bits: 8, palette: [0, 0, 0, 0] }, "does not have"],
  ])("%s is refused", async (_, parts, says) => {
    expect((await refusal(bmp(parts))).message).toContain(says);
  });
});

describe("WebP", () => {
  const halves = Uint8Array.from({ length: 24 * 16 * 3 }, (_, index) => ((index / 3) % 24 < 12 ? 30 : 220));
  const picture = sharp(halves, { raw: { width: 24, height: 16, channels: 3 } });

  it("lossless is exact, lossy is near", async () => {
    const lossless = await picture.clone().webp({ lossless: true }).toBuffer();
    expect(identifyFormat(lossless)).toBe("webp");
    expect(await decode(lossless)).toMatchObject({
      width: 24,
      height: 16,
      channels: 3,
      photometric: "RGB",
      data: halves,
    });
    const lossy = await decode(await picture.clone().webp({ quality: 90 }).toBuffer());
    expect(lossy.data[0]).toBeLessThan(50);
    expect(lossy.data[23 * 3]).toBeGreaterThan(200);
  });

  it("is turned as its Exif orientation says, also from the stored bytes, which hold nothing else", async () => {
    for (const orientation of [1, 6]) {
      const tagged = await picture
        .clone()
        .withExif({ IFD0: { Artist: "DOE^JANE" } })
        .withMetadata({ orientation })
        .webp({ lossless: true })
        .toBuffer();
      const marked = Buffer.concat([tagged, Buffer.from("DOE^JANE")]);
      const frame = await decode(marked);
      expect([frame.width, frame.height]).toEqual(orientation === 6 ? [16, 24] : [24, 16]);
      expect([frame.data[0], frame.data.at(-1)]).toEqual([30, 220]);
      const { storedBytes } = await inspectSource(marked, source);
      expect(Buffer.from(storedBytes).includes("DOE")).toBe(false);
      expect((await decode(storedBytes)).data).toEqual(frame.data);
    }
  });

  it("opaque alpha is dropped, any other puts the pixels on black; refused are animations, cut files and huge ones", async () => {
    const alpha = (value: number): Promise<Buffer> =>
      sharp(Uint8Array.of(1, 2, 3, value, 4, 5, 6, 255), { raw: { width: 2, height: 1, channels: 4 } })
        .webp({ lossless: true, exact: true })
        .toBuffer();
    expect([...(await decode(await alpha(255))).data]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await decode(await alpha(128))).data]).toEqual([1, 1, 2, 4, 5, 6]);
    expect([...(await decode(await alpha(0))).data]).toEqual([0, 0, 0, 4, 5, 6]);
    const page = await picture.clone().png().toBuffer();
    const other = await picture.clone().negate().png().toBuffer();
    const animated = await sharp([page, other], { join: { animated: true } })
      .webp()
      .toBuffer();
    expect((await refusal(animated)).message).toContain("animated");
    const whole = await picture.clone().webp({ lossless: true }).toBuffer();
    for (const length of [12, 18, 30, whole.length - 2]) {
      expect((await refusal(whole.subarray(0, length))).message).toContain("cut off");
    }
    const huge = Buffer.from(whole);
    huge.writeUInt32LE((0x3fff | (0x3fff << 14)) >>> 0, 21);
    expect((await refusal(huge)).code).toBe("image-too-large");
  });
});
