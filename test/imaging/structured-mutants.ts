/**
 * @file Damage that knows the format: fields that say how long, how many, how large or what comes next get values that lie, checksums
 * are made right again, so that the lie is believed.
 */
import { crc32, deflateSync, gunzipSync, gzipSync } from "node:zlib";
import type { Random } from "../../src-main/random/index.ts";
import { inheritedNames } from "./inherited-names.ts";

type Damage = (bytes: Buffer, random: Random) => Buffer | null;

const pick = <T>(random: Random, choices: readonly T[]): T => choices[random.integer(choices.length)]!;
const EXTREMES = [0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff];
const LONG_EXTREMES = [...EXTREMES, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** The bytes with `count` of them from `at` on replaced. */
function splice(bytes: Buffer, at: number, count: number, content: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), content, bytes.subarray(Math.min(bytes.length, at + count))]);
}

/** An extreme number, or one beside the number that is there. */
function lie(random: Random, value: number, size: 1 | 2 | 4): number {
  const near = value + pick(random, [-1, 1, 2, value, -value >> 1]);
  const chosen = random.integer(3) === 0 ? near : pick(random, size === 4 ? LONG_EXTREMES : EXTREMES);
  return ((chosen % 2 ** (8 * size)) + 2 ** (8 * size)) % 2 ** (8 * size);
}

function put(bytes: Buffer, at: number, size: 1 | 2 | 4, isLittle: boolean, random: Random): Buffer | null {
  if (at < 0 || at + size > bytes.length) return null;
  const changed = Buffer.from(bytes);
  if (isLittle) changed.writeUIntLE(lie(random, bytes.readUIntLE(at, size), size), at, size);
  else changed.writeUIntBE(lie(random, bytes.readUIntBE(at, size), size), at, size);
  return changed;
}

interface Element {
  at: number;
  /** Of the length field. */
  lengthAt: number;
  lengthSize: 2 | 4;
  valueAt: number;
  end: number;
  group: number;
  element: number;
}

const longVrs = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

/** Elements of the top level, for little endian files whose file meta information starts at 132. */
function elementsOf(bytes: Buffer): Element[] {
  const elements: Element[] = [];
  let isImplicit = false;
  let at = 132;
  while (at + 12 <= bytes.length) {
    const [group, element] = [bytes.readUInt16LE(at), bytes.readUInt16LE(at + 2)];
    const vr = bytes.toString("latin1", at + 4, at + 6);
    if (group > 2 && elements.at(-1)?.group === 2) isImplicit = !/^[A-Z]{2}$/.test(vr);
    const isLong = !isImplicit && longVrs.has(vr);
    const lengthSize = isImplicit || isLong ? 4 : 2;
    const lengthAt = at + (isImplicit ? 4 : isLong ? 8 : 6);
    const valueAt = lengthAt + lengthSize;
    const length = lengthSize === 4 ? bytes.readUInt32LE(lengthAt) : bytes.readUInt16LE(lengthAt);
    const end = length === 0xffffffff ? bytes.length : valueAt + length;
    if (end > bytes.length) break;
    elements.push({ at, lengthAt, lengthSize, valueAt, end, group, element });
    at = end;
  }
  return elements;
}

const VRS = ["UN", "SQ", "OB", "OW", "US", "SS", "LO", "AT", "FD", "OV", "UT", "UI", "zz", "\0\0"];
/** Image Pixel and Multi-frame modules, LUT descriptors: what sizes buffers. */
const sizing = new Set([2, 3, 6, 8, 9, 0x10, 0x11, 0x34, 0x100, 0x101, 0x102, 0x103, 0x1101, 0x1102, 0x1103, 0x3002]);

const textVrs = new Set(["CS", "LO", "SH", "UI", "DS", "IS", "ST", "PN"]);

/** Another word in a text, with its length: terms that a table is asked for. */
const dicomWords: Damage = (bytes, random) => {
  const texts = elementsOf(bytes).filter(({ at }) => textVrs.has(bytes.toString("latin1", at + 4, at + 6)));
  if (texts.length === 0) return null;
  const { lengthAt, lengthSize, valueAt, end } = pick(random, texts);
  const word = pick(random, [...inheritedNames, "LINEAR_EXACT", "SIGMOID", "HU", "\\\\"]);
  const changed = splice(bytes, valueAt, end - valueAt, Buffer.from(word.length % 2 === 0 ? word : `${word} `));
  changed.writeUIntLE(word.length + (word.length % 2), lengthAt, lengthSize);
  return changed;
};

const dicomElements: Damage = (bytes, random) => {
  const elements = elementsOf(bytes);
  if (elements.length < 3) return null;
  const sizes = elements.filter(({ group, element }) => group === 0x28 && sizing.has(element));
  const chosen = random.integer(2) === 0 && sizes.length > 0 ? pick(random, sizes) : pick(random, elements);
  const { at, lengthAt, lengthSize, valueAt, end } = chosen;
  const whole = bytes.subarray(at, end);
  switch (random.integer(8)) {
    case 0:
      return put(bytes, lengthAt, lengthSize, true, random);
    case 1: // another representation
      return lengthAt - at > 4 ? splice(bytes, at + 4, 2, Buffer.from(pick(random, VRS), "latin1")) : null;
    case 2: // twice
      return splice(bytes, at, 0, whole);
    case 3: // missing
      return splice(bytes, at, end - at, Buffer.alloc(0));
    case 4: // in the wrong place
      return Buffer.concat([splice(bytes, at, end - at, Buffer.alloc(0)), whole]);
    case 5: {
      // within sequences of undefined length
      const depth = pick(random, [1, 3, 17, 400]);
      const opening = Buffer.from("08004011535100 00ffffffff feff00e0ffffffff".replaceAll(" ", ""), "hex");
      return splice(bytes, at, end - at, Buffer.concat([...Array<Buffer>(depth).fill(opening), whole]));
    }
    case 6: // text where a number is, or too many of them
      return splice(
        bytes,
        valueAt,
        Math.min(end - valueAt, 12),
        Buffer.from("99999999999\\\\-1\\1e400".slice(0, end - valueAt)),
      );
    default:
      return end - valueAt >= 2
        ? put(bytes, valueAt + 2 * random.integer((end - valueAt) >> 1), 2, true, random)
        : null;
  }
};

const startOf = (bytes: Buffer, mark: string): number => bytes.lastIndexOf(Buffer.from(mark, "hex"));

/** The basic offset table: too long, not ascending, beyond the pixels. PS3.5 A.4. */
const offsetTable: Damage = (bytes, random) => {
  const pixels = startOf(bytes, "e07f1000");
  const table = pixels < 0 ? -1 : bytes.indexOf(Buffer.from("feff00e0", "hex"), pixels);
  if (table < 0) return null;
  const length = bytes.readUInt32LE(table + 4);
  const offsets = Array.from({ length: 1 + random.integer(6) }, () => pick(random, LONG_EXTREMES));
  const content = Buffer.alloc(4 * offsets.length);
  offsets.forEach((offset, index) => content.writeUInt32LE(offset, 4 * index));
  const changed = splice(bytes, table + 8, length, content);
  changed.writeUInt32LE(content.length, table + 4);
  return changed;
};

/** Segments of JPEG, JPEG-LS and JPEG 2000: marker, length, content; alone or within DICOM. */
const markers: Damage = (bytes, random) => {
  const starts = ["ffd8ff", "ff4fff51"].map((mark) => startOf(bytes, mark)).filter((at) => at >= 0);
  if (starts.length === 0) return null;
  const segments: { at: number; length: number }[] = [];
  let at = starts[0]! + 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && segments.length < 40) {
    const length = bytes.readUInt16BE(at + 2);
    segments.push({ at, length });
    const isScan = bytes[at + 1] === 0xda || bytes[at + 1] === 0x93;
    at += 2 + length;
    if (isScan) break;
  }
  if (segments.length === 0) return null;
  const { at: start, length } = pick(random, segments);
  const whole = bytes.subarray(start, start + 2 + length);
  switch (random.integer(6)) {
    case 0:
      return put(bytes, start + 2, 2, false, random);
    case 1:
      return splice(bytes, start, 2 + length, Buffer.alloc(0));
    case 2:
      return splice(bytes, start, 0, Buffer.concat([whole, whole]));
    case 3:
      return put(bytes, start + 1, 1, false, random);
    case 4: {
      // all of it: Huffman and quantization tables, component numbers, progression
      const changed = Buffer.from(bytes);
      const stop = Math.min(bytes.length, start + 2 + length);
      for (let place = start + 4; place < stop; place++) changed[place] = random.integer(256);
      return changed;
    }
    default:
      return put(bytes, start + 4 + random.integer(Math.max(1, length - 2)), pick(random, [1, 2, 4]), false, random);
  }
};

const png: Damage = (bytes, random) => {
  const chunks: { at: number; length: number }[] = [];
  for (let at = 8; at + 12 <= bytes.length; at += 12 + chunks.at(-1)!.length) {
    chunks.push({ at, length: bytes.readUInt32BE(at) });
  }
  const { at, length } = pick(random, chunks);
  const chunk = Buffer.from(bytes.subarray(at, at + 12 + length));
  const sealed = (one: Buffer): Buffer => {
    one.writeUInt32BE(crc32(one.subarray(4, -4)), one.length - 4);
    return one;
  };
  switch (random.integer(5)) {
    case 0:
      return splice(bytes, at, chunk.length, Buffer.alloc(0));
    case 1:
      return splice(bytes, at, 0, chunk);
    case 2:
      return put(bytes, at, 4, false, random);
    case 3: {
      // pixels that unpack to more or less than they should
      const content = deflateSync(Buffer.alloc(pick(random, [0, 1, 25, 1000, 50_000_000]), 3));
      const packed = Buffer.concat([Buffer.alloc(4), Buffer.from("IDAT"), content, Buffer.alloc(4)]);
      packed.writeUInt32BE(content.length, 0);
      return splice(
        bytes,
        bytes.indexOf("IDAT") - 4,
        12 + bytes.readUInt32BE(bytes.indexOf("IDAT") - 4),
        sealed(packed),
      );
    }
    default: {
      const header = Buffer.from(bytes.subarray(8, 33));
      const changed = put(
        header,
        8 + pick(random, [0, 4, 0, 4, 8, 9, 10, 11, 12]),
        pick(random, [1, 4]),
        false,
        random,
      );
      return changed === null ? null : splice(bytes, 8, 25, sealed(changed));
    }
  }
};

const tiff: Damage = (bytes, random) => {
  const isLittle = bytes[0] === 0x49;
  const isBig = (isLittle ? bytes[2] : bytes[3]) === 43;
  const number = (at: number, size: number): number =>
    isLittle ? bytes.readUIntLE(at, size) : bytes.readUIntBE(at, size);
  const directory = isBig ? number(8, 6) || number(10, 6) : number(4, 4);
  if (directory + 2 > bytes.length) return null;
  const [countSize, entrySize, word] = isBig ? [8, 20, 8] : [2, 12, 4];
  const count = number(directory + (isBig && !isLittle ? 6 : 0), 2);
  const entry = directory + countSize + entrySize * random.integer(Math.max(1, count));
  const next = directory + countSize + entrySize * count;
  if (next + word > bytes.length) return null;
  switch (random.integer(6)) {
    case 0: {
      // the next directory is this one
      const changed = Buffer.from(bytes);
      changed.copyWithin(next, isBig ? 8 : 4, (isBig ? 8 : 4) + word);
      return changed;
    }
    case 1:
      return put(bytes, next, 4, isLittle, random);
    case 2:
      return put(bytes, directory, 2, isLittle, random);
    case 3: // kind of number
      return put(bytes, entry + 2, 2, isLittle, random);
    case 4: // how many
      return put(bytes, entry + 4, 4, isLittle, random);
    default: // value, or where it lies
      return put(bytes, entry + 4 + word, pick(random, [2, 4]), isLittle, random);
  }
};

/** A number of the header at one of the offsets. */
const fields =
  (places: readonly [at: number, size: 1 | 2 | 4][], isLittle: (bytes: Buffer) => boolean = () => true): Damage =>
  (bytes, random) => {
    const [at, size] = pick(random, places);
    return put(bytes, at, size, isLittle(bytes), random);
  };

const bmp = fields([
  [2, 4],
  [10, 4],
  [14, 4],
  [18, 4],
  [22, 4],
  [26, 2],
  [28, 2],
  [30, 4],
  [34, 4],
  [46, 4],
  [50, 4],
]);

const webp: Damage = (bytes, random) => {
  const chunks: number[] = [];
  for (let at = 12; at + 8 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4) + (bytes.readUInt32LE(at + 4) % 2))
    chunks.push(at);
  const chunk = pick(random, chunks);
  return put(
    bytes,
    pick(random, [4, chunk + 4, chunk + 8, chunk + 14, chunk + 16, chunk + 9]),
    pick(random, [2, 4]),
    true,
    random,
  );
};

const niftiFields: [number, 1 | 2 | 4][] = [
  ...[40, 42, 44, 46, 48, 50, 52, 54, 70, 72, 252, 254].map((at): [number, 2] => [at, 2]),
  ...[0, 76, 80, 84, 88, 108, 112, 116, 124, 128, 256, 280, 344].map((at): [number, 4] => [at, 4]),
  [123, 1],
];
const nifti2Fields: [number, 1 | 2 | 4][] = [
  ...[12, 14].map((at): [number, 2] => [at, 2]),
  ...[0, 4, 16, 20, 24, 28, 32, 36, 40, 104, 112, 168, 172, 176, 184, 344, 348, 500].map((at): [number, 4] => [at, 4]),
];
const nifti: Damage = (bytes, random) => {
  if (bytes[0] === 0x1f) {
    if (random.integer(8) === 0) return put(bytes, bytes.length - 4, 4, true, random); // length in the trailer
    const inner = nifti(gunzipSync(bytes), random);
    return inner === null ? null : gzipSync(inner);
  }
  const isLittle = bytes[0] !== 0;
  const isSecond =
    bytes.readUInt8(isLittle ? 0 : 2) === 0x1c || bytes.readInt32LE(0) === 540 || bytes.readInt32BE(0) === 540;
  return fields(isSecond ? nifti2Fields : niftiFields, () => isLittle)(bytes, random);
};

const values = [
  "0",
  "-1",
  "1",
  "3.5",
  "nan",
  "1e9",
  "65535",
  "4294967296",
  "9007199254740993",
  "x",
  "",
  "(1,0",
  "uint64",
  "gzip",
  "raw",
  "hex",
  "././.",
  ...inheritedNames,
];
const nrrd: Damage = (bytes, random) => {
  const end = bytes.indexOf("\n\n");
  const lines = bytes.toString("latin1", 0, end).split("\n");
  const line = 1 + random.integer(lines.length - 1);
  const [key, value] = lines[line]!.split(": ") as [string, string | undefined];
  const words = (value ?? "").split(" ");
  words[random.integer(words.length)] = pick(random, values);
  if (random.integer(4) === 0) lines.splice(line, 0, lines[line]!);
  else lines[line] = `${key}: ${words.join(" ")}`;
  return Buffer.concat([Buffer.from(lines.join("\n"), "latin1"), bytes.subarray(end)]);
};

const jsonValues = [
  "-1",
  "0",
  "65535",
  "1e308",
  "4294967296",
  "9007199254740993",
  "null",
  "[]",
  "{}",
  '""',
  ...inheritedNames.map((name) => `"${name}"`),
  "true",
  '"0000000000"',
  "[[[[[[]]]]]]",
  "1.5",
];
const json: Damage = (bytes, random) => {
  const text = bytes.toString();
  const places = [...text.matchAll(/-?\d+(\.\d+)?|"[^"]*"|true|false|null/g)];
  const { index, 0: old } = pick(random, places);
  const deep = random.integer(20) === 0 ? `${"[".repeat(100_000)}${"]".repeat(100_000)}` : null;
  return Buffer.from(text.slice(0, index) + (deep ?? pick(random, jsonValues)) + text.slice(index + old.length));
};

const csv: Damage = (bytes, random) => {
  const text = bytes.toString();
  const at = random.integer(text.length);
  const piece = pick(random, [
    '"',
    ",",
    "\r\n",
    "\n",
    "\0",
    ",".repeat(5000),
    '""',
    "\ufeff",
    "=1+1",
    "1e999",
    ...inheritedNames,
  ]);
  return Buffer.from(text.slice(0, at) + piece + text.slice(at + random.integer(3)));
};

const damages: Record<string, readonly Damage[]> = {
  dcm: [dicomElements, dicomElements, dicomElements, dicomWords, offsetTable, markers, markers],
  DICOMDIR: [dicomElements, dicomWords],
  jpg: [markers],
  png: [png],
  tif: [tiff],
  bmp: [bmp],
  webp: [webp],
  nii: [nifti],
  gz: [nifti],
  nrrd: [nrrd],
  json: [json],
  csv: [csv],
};

/** The file with one to three fields damaged; null where none was found. */
export function structured(fileName: string, original: Buffer, random: Random): Buffer | null {
  const kinds = damages[fileName.split(".").at(-1)!]!;
  let bytes: Buffer | null = null;
  for (let times = 1 + random.integer(3); times > 0; times--) {
    try {
      bytes = pick(random, kinds)(bytes ?? original, random) ?? bytes;
    } catch (error) {
      const isUnpackable = String((error as { code?: unknown }).code).startsWith("Z_");
      if (!(error instanceof RangeError || error instanceof TypeError || isUnpackable)) throw error;
      return bytes; // earlier damage: the fields cannot be found any more
    }
  }
  return bytes;
}
