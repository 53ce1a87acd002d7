/**
 * @file Pictures with a mark where only pixels belong, or in what tells how to read them: bytes that no decoder shows.
 */
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { pngChunk } from "../imaging/png-writer.ts";
import { text } from "./marks.ts";

export interface HidingPicture {
  place: string;
  extension: "png" | "jpg" | "webp";
  bytes: Buffer;
  isColor: boolean;
}

const mark = Buffer.from(text); // ten letters
const size = { width: 16, height: 12 };

const segment = (marker: number, ...content: (Uint8Array | string | number[])[]): Buffer => {
  const body = Buffer.concat(content.map((each) => Buffer.from(each as Uint8Array)));
  return Buffer.concat([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255), body]);
};

/** Each with the mark in one place; `level` tells the pictures of one place from those of another call. */
export async function hidingJpegs(level: number): Promise<HidingPicture[]> {
  const plain = async (index: number): Promise<Buffer> =>
    sharp({ create: { ...size, channels: 3, background: { r: level, g: 10 * index, b: 77 } } })
      .jpeg()
      .toBuffer();
  const codes = new Uint8Array(16);
  codes[7] = mark.length;
  const scanHeader = [3, 1, 0, 2, 0x11, 3, 0x11, 0, 63, 0];
  const first: Record<string, Buffer> = {
    "a preview in JFIF's segment": segment(0xe0, "JFIF\0", [1, 1, 0, 0, 1, 0, 1, 1, 4], mark, [0, 0]),
    "an extension of JFIF": segment(0xe0, "JFXX\0", [0x13], mark),
    "another segment of the kind of JFIF": segment(0xe0, "AVI1", mark),
    "the tail of Adobe's segment": segment(0xee, "Adobe", [0, 100, 0, 0, 0, 0, 1], mark),
    "a segment without meaning": segment(0xf0, mark),
    "a quantization table without use": segment(0xdb, [3], mark, new Uint8Array(54).fill(1)),
    "a Huffman table without use": segment(0xc4, [0x13], codes, mark),
  };
  const last: Record<string, Buffer> = {
    "a number of lines": segment(0xdc, mark),
    "the bytes after the last block": mark,
    "a second scan": Buffer.concat([segment(0xda, scanHeader), mark]),
    "what follows a restart mark": Buffer.concat([Uint8Array.of(0xff, 0xd0), mark]),
  };
  const pictures: HidingPicture[] = [];
  for (const [place, bytes] of [...Object.entries(first), ...Object.entries(last)]) {
    const file = await plain(pictures.length + 1);
    const at = place in first ? 2 : file.length - 2;
    const hiding = Buffer.concat([file.subarray(0, at), bytes, file.subarray(at)]);
    pictures.push({ place: `JPEG: ${place}`, extension: "jpg", bytes: hiding, isColor: true });
  }
  return pictures;
}

export function hidingPngs(level: number): HidingPicture[] {
  const header = (colorType: number): Uint8Array => {
    const content = Buffer.alloc(13);
    content.writeUInt32BE(size.width);
    content.writeUInt32BE(size.height, 4);
    content[8] = 8;
    content[9] = colorType;
    return pngChunk("IHDR", content);
  };
  const lines = (value: number): Buffer =>
    Buffer.concat(
      Array.from({ length: size.height }, () => [0, ...new Array<number>(size.width).fill(value)]).map((line) =>
        Buffer.from(line),
      ),
    );
  const pixels = (value: number): Buffer => deflateSync(lines(value));
  const end = pngChunk("IEND", new Uint8Array(0));
  const file = (...chunks: Uint8Array[]): Buffer => Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), ...chunks]);
  const gray = header(0);
  const idat = (...content: Uint8Array[]): Uint8Array => pngChunk("IDAT", Buffer.concat(content));
  const places: Record<string, Buffer> = {
    "the bytes after the compressed pixels": file(gray, idat(pixels(level), mark), end),
    "a chunk of pixels too many": file(gray, idat(pixels(level + 1)), idat(mark), end),
    "lines below the last": file(gray, idat(deflateSync(Buffer.concat([lines(level + 2), mark]), { level: 0 })), end),
    "a palette of a gray picture": file(
      gray,
      pngChunk("PLTE", Buffer.concat([mark, Buffer.alloc(2)])),
      idat(pixels(level + 3)),
      end,
    ),
    "the chunk that ends it": file(gray, idat(pixels(level + 4)), pngChunk("IEND", mark)),
  };
  const palette = pngChunk("PLTE", Buffer.concat([Buffer.from([level, level, 9]), mark, Buffer.alloc(2)]));
  return [
    ...Object.entries(places).map(([place, bytes]) => ({ place, bytes, isColor: false })),
    { place: "colors that no pixel has", bytes: file(header(3), palette, idat(pixels(0)), end), isColor: true },
  ].map(({ place, ...picture }) => ({ ...picture, place: `PNG: ${place}`, extension: "png" }));
}

/** Both kinds of WebP, with a mark at the end of the chunk of the pixels. RFC 9649, section 2. */
export async function hidingWebps(level: number): Promise<HidingPicture[]> {
  const pictures: HidingPicture[] = [];
  for (const lossless of [true, false]) {
    const file = await sharp({ create: { ...size, channels: 3, background: { r: level, g: 90, b: Number(lossless) } } })
      .webp({ lossless })
      .toBuffer();
    const length = file.readUInt32LE(16);
    const content = Buffer.concat([file.subarray(20, 20 + length), mark, Buffer.alloc(length & 1)]);
    const hiding = Buffer.concat([file.subarray(0, 20), content]);
    hiding.writeUInt32LE(length + mark.length, 16);
    hiding.writeUInt32LE(hiding.length - 8, 4);
    const place = `WebP, ${lossless ? "lossless" : "lossy"}: the bytes after the coded pixels`;
    pictures.push({ place, extension: "webp", bytes: hiding, isColor: true });
  }
  return pictures;
}
