/**
 * @file Files that are broken on purpose, made by code: what import must survive. Each says what its message must contain.
 */
import { deflateRawSync } from "node:zlib";
import { Random } from "../../src-main/random/index.ts";
import { writeTestDicom } from "./dicom-writer.ts";
import { pngChunk, writePng, writeSamplesPng } from "./png-writer.ts";

export interface HostileFile {
  fileName: string;
  bytes: Buffer;
  code: "corrupt-file" | "unsupported-file" | "image-too-large";
  /** Part of the message. */
  says: string;
}

/** 24 x 16 gray noise: large enough for the cuts below to hit pixels. */
export function noisePng(seed = 1): Buffer {
  const random = new Random("noise-png", seed);
  const samples = Uint8Array.from({ length: 24 * 16 }, () => random.integer(256));
  return writeSamplesPng(samples, { width: 24, height: 16 });
}

/** Header of a baseline JPEG of the given size, without pixels. */
export function jpegHeader(width: number, height: number): Buffer {
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  return Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, ...size, 1, 1, 0x11, 0, 0xff, 0xd9]);
}

/** A deflated DICOM whose few bytes unpack to 600 MB of zeros. */
function deflateBomb(): Buffer {
  const start = writeTestDicom([], { isDeflated: true });
  const zeros = deflateRawSync(Buffer.alloc(600 * 2 ** 20));
  const body = start.indexOf(Buffer.from("1.2.840.10008.1.2.1.99")) + 22;
  return Buffer.concat([start.subarray(0, body), zeros]);
}

/** Sequences within sequences, far deeper than any real file. */
function nestedDicom(depth: number): Buffer {
  const opening = 20; // element header and item header
  const content = Buffer.alloc(depth * opening - 12);
  for (let level = 0; level < depth; level++) {
    const item = level * opening;
    const inner = content.length - item - 8;
    content.writeUInt16LE(0xfffe, item);
    content.writeUInt16LE(0xe000, item + 2);
    content.writeUInt32LE(inner, item + 4);
    if (level === depth - 1) break;
    content.writeUInt16LE(0x0008, item + 8);
    content.writeUInt16LE(0x1140, item + 10);
    content.write("SQ", item + 12, "latin1");
    content.writeUInt32LE(inner - 12, item + 16);
  }
  return writeTestDicom([[0x00081140, "SQ", content]]);
}

function lengthOverEnd(): Buffer {
  const bytes = writeTestDicom();
  const pixelData = bytes.indexOf(Buffer.from([0xe0, 0x7f, 0x10, 0x00]));
  bytes.writeUInt32LE(0x7fffffff, pixelData + 8);
  return bytes;
}

export function hostileFiles(): HostileFile[] {
  const png = noisePng();
  const header = (width: number, height: number): Buffer =>
    writePng({ width, height, bitDepth: 8, colorType: 0, rows: [Uint8Array.of(0)] });
  const badChecksum = Buffer.from(png);
  badChecksum[60]! ^= 1;
  const cuts = [4, 8, 20, 33, 45, 100, png.length - 12, png.length - 1];
  return [
    { fileName: "empty.png", bytes: Buffer.alloc(0), code: "corrupt-file", says: "0 bytes" },
    { fileName: "letter.png", bytes: Buffer.from("Dear colleague, …"), code: "unsupported-file", says: "not an image" },
    {
      fileName: "disc.zip",
      bytes: Buffer.from("PK\x03\x04…"),
      code: "unsupported-file",
      says: "It is a ZIP file; PNG, JPEG, TIFF, BMP, WebP, DICOM, NIfTI and NRRD are read. Unpack it and import the folder.",
    },
    { fileName: "scan.png", bytes: Buffer.from("II*\0…"), code: "corrupt-file", says: "TIFF" },
    ...cuts.map((length): HostileFile => {
      const isKnown = length >= 8;
      return {
        fileName: `cut-at-${length}.png`,
        bytes: png.subarray(0, length),
        code: isKnown ? "corrupt-file" : "unsupported-file",
        says: isKnown ? "cut off" : "not an image",
      };
    }),
    { fileName: "checksum.png", bytes: badChecksum, code: "corrupt-file", says: "checksum" },
    {
      fileName: "short.png",
      bytes: writePng({ width: 8, height: 8, bitDepth: 8, colorType: 0, rows: [new Uint8Array(8)] }),
      code: "corrupt-file",
      says: "cannot be decoded",
    },
    {
      fileName: "no-pixels.png",
      bytes: Buffer.concat([png.subarray(0, 33), pngChunk("IEND", new Uint8Array(0))]),
      code: "corrupt-file",
      says: "no pixels",
    },
    { fileName: "huge.png", bytes: header(20_000, 20_000), code: "image-too-large", says: "20000 x 20000" },
    { fileName: "wide.png", bytes: header(2 ** 31 - 1, 1), code: "image-too-large", says: "2147483647 x 1" },
    { fileName: "none.png", bytes: header(0, 5), code: "corrupt-file", says: "0 x 5" },
    { fileName: "huge.jpg", bytes: jpegHeader(20_000, 20_000), code: "image-too-large", says: "20000 x 20000" },
    { fileName: "bare.jpg", bytes: jpegHeader(8, 8), code: "corrupt-file", says: "damaged" },
    { fileName: "cut.jpg", bytes: jpegHeader(8, 8).subarray(0, 9), code: "corrupt-file", says: "cut off" },
    {
      fileName: "huge.dcm",
      bytes: writeTestDicom([
        [0x00280010, "US", 20_000],
        [0x00280011, "US", 20_000],
      ]),
      code: "image-too-large",
      says: "20000 x 20000",
    },
    {
      fileName: "frames.dcm",
      bytes: writeTestDicom([[0x00280008, "IS", "99999"]]),
      code: "corrupt-file",
      says: "cut off",
    },
    { fileName: "length.dcm", bytes: lengthOverEnd(), code: "corrupt-file", says: "damaged" },
    { fileName: "cut.dcm", bytes: writeTestDicom().subarray(0, -4), code: "corrupt-file", says: "cut off" },
    { fileName: "no-rows.dcm", bytes: writeTestDicom([[0x00280010, null]]), code: "corrupt-file", says: "'Rows'" },
    { fileName: "bomb.dcm", bytes: deflateBomb(), code: "corrupt-file", says: "larger than 64 MiB" },
    { fileName: "nested.dcm", bytes: nestedDicom(50_000), code: "corrupt-file", says: "damaged" },
  ];
}

/** `count` damaged variants of a file: bytes changed, cut out, doubled, or the end cut off. Same seed, same variants. */
export function mutations(original: Buffer, count: number, seed: string): Buffer[] {
  const random = new Random("mutations", seed);
  return Array.from({ length: count }, () => {
    const bytes = Buffer.from(original);
    const at = random.integer(bytes.length);
    switch (random.integer(4)) {
      case 0:
        for (let change = 0; change <= random.integer(8); change++) {
          bytes[random.integer(bytes.length)] = random.integer(256);
        }
        return bytes;
      case 1: {
        // Extreme numbers in a length or size field.
        const extreme = [0x00, 0x7f, 0x80, 0xff][random.integer(4)]!;
        return bytes.fill(extreme, at, Math.min(bytes.length, at + 1 + random.integer(4)));
      }
      case 2:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.integer(16))]);
      default:
        return bytes.subarray(0, at);
    }
  });
}
