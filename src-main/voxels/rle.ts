/**
 * @file Compact run-length bytes of a label map: for the project file, the undo history and HTTP.
 *
 * Layout: magic "ALM", version 1, width, height, then runs of (value, length) in row-major order. All numbers but
 * magic and version are unsigned LEB128 varints. A run is one varint pair `value`, `length - 1`; the rows are one
 * long line, so a run may cross rows.
 */
import { Problem } from "../problem/index.ts";
import { type LabelMap, MAX_SAMPLES, MAX_SIDE } from "./label-map.ts";
import type { Size } from "./resample.ts";

const MAGIC = [0x41, 0x4c, 0x4d];
const VERSION = 1;
/** 5 bytes hold 32 bits; longer varints are never written. */
const MAX_VARINT = 5;

/** Encodes a label map; a hand-drawn blob on 512² takes about 1 kB. The result is a fresh buffer. */
export function encodeLabelMap(map: LabelMap): Uint8Array<ArrayBuffer> {
  const { width, height, data } = map;
  if (data.length !== width * height) {
    throw new RangeError(`label map: ${width} x ${height} needs ${width * height} values, got ${data.length}.`);
  }
  let bytes = new Uint8Array(1024);
  let size = 0;
  const put = (value: number): void => {
    let rest = value;
    while (rest > 0x7f) {
      bytes[size++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[size++] = rest;
  };
  for (const byte of [...MAGIC, VERSION]) bytes[size++] = byte;
  put(width);
  put(height);
  let start = 0;
  while (start < data.length) {
    const value = data[start]!;
    let end = start + 1;
    while (end < data.length && data[end] === value) end++;
    if (size + 2 * MAX_VARINT > bytes.length) {
      const grown = new Uint8Array(2 * bytes.length);
      grown.set(bytes);
      bytes = grown;
    }
    put(value);
    put(end - start - 1);
    start = end;
  }
  return bytes.slice(0, size);
}

/**
 * Decodes what `encodeLabelMap` wrote. The bytes may be hostile: nothing is allocated before the size was checked.
 * Give `expected` where it is known: ten hostile bytes may claim a huge empty map. Throws `Problem` "corrupt-file" on
 * anything else: foreign, truncated, overlong, runs that do not fill the map; "mask-mismatch" on another size.
 */
export function decodeLabelMap(bytes: Uint8Array, expected?: Size): LabelMap {
  let map: LabelMap | undefined;
  readRuns(bytes, expected, {
    start: (width, height) => void (map = { width, height, data: new Uint8Array(width * height) }),
    run: (value, start, length) => {
      if (value !== 0) map!.data.fill(value, start, start + length);
    },
  });
  return map!;
}

/** Pixels of each class in the bytes of a label map, without background and without making the map. Throws as `decodeLabelMap`. */
export function classPixels(bytes: Uint8Array, expected?: Size): Map<number, number> {
  const pixels = new Map<number, number>();
  readRuns(bytes, expected, {
    start: () => undefined,
    run: (value, _start, length) => {
      if (value !== 0) pixels.set(value, (pixels.get(value) ?? 0) + length);
    },
  });
  return pixels;
}

interface RunReader {
  start(width: number, height: number): void;
  run(value: number, start: number, length: number): void;
}

function readRuns(bytes: Uint8Array, expected: Size | undefined, reader: RunReader): void {
  let offset = 0;
  const take = (what: string): number => {
    let value = 0;
    for (let count = 0; count < MAX_VARINT; count++) {
      const byte = bytes[offset++];
      if (byte === undefined) throw corrupt(`ends within ${what} at byte ${offset - 1}`);
      value += (byte & 0x7f) * 2 ** (7 * count);
      if (byte < 0x80) {
        if (byte === 0 && count > 0) throw corrupt(`${what} at byte ${offset - 1} is not written in its shortest form`);
        return value;
      }
    }
    throw corrupt(`${what} at byte ${offset} is longer than ${MAX_VARINT} bytes`);
  };

  if (MAGIC.some((byte, index) => bytes[index] !== byte)) throw corrupt("does not start with the mark of a label map");
  if (bytes[MAGIC.length] !== VERSION) {
    throw corrupt(`has version ${bytes[MAGIC.length] ?? "none"}; this app reads version ${VERSION}`);
  }
  offset = MAGIC.length + 1;
  const width = take("the width");
  const height = take("the height");
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_SAMPLES) {
    throw corrupt(`claims ${width} x ${height} pixels; at most ${MAX_SIDE} a side are read`);
  }
  if (expected !== undefined && (width !== expected.width || height !== expected.height)) {
    throw new Problem({
      code: "mask-mismatch",
      title: "label map: the size is wrong.",
      detail: `Expected ${expected.width} x ${expected.height} pixels, got ${width} x ${height}.`,
    });
  }
  const total = width * height;
  reader.start(width, height);
  let filled = 0;
  while (filled < total) {
    const value = take("a class value");
    if (value > 255) throw corrupt(`has class value ${value}; at most 255 is allowed`);
    const length = take("a run length") + 1;
    if (length > total - filled) throw corrupt(`runs cover more than ${width} x ${height} pixels`);
    reader.run(value, filled, length);
    filled += length;
  }
  if (offset !== bytes.length) throw corrupt(`has ${bytes.length - offset} bytes after its last run`);
}

function corrupt(detail: string): Problem {
  return new Problem({ code: "corrupt-file", title: "label map: the bytes are damaged.", detail: `It ${detail}.` });
}
