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
import { NumberReader, NumberWriter } from "./varint.ts";

const MAGIC = [0x41, 0x4c, 0x4d];
const VERSION = 1;

/** Encodes a label map; a hand-drawn blob on 512² takes about 1 kB. The result is a fresh buffer. */
export function encodeLabelMap(map: LabelMap): Uint8Array<ArrayBuffer> {
  const { width, height, data } = map;
  if (data.length !== width * height) {
    throw new RangeError(`label map: ${width} x ${height} needs ${width * height} values, got ${data.length}.`);
  }
  const writer = new RunWriter(width, height);
  let start = 0;
  while (start < data.length) {
    const value = data[start]!;
    let end = start + 1;
    while (end < data.length && data[end] === value) end++;
    writer.put(value, end - start);
    start = end;
  }
  return writer.finish();
}

/** The bytes of a label map of background alone, without making the map. */
export function encodeEmptyMap(width: number, height: number): Uint8Array<ArrayBuffer> {
  const writer = new RunWriter(width, height);
  writer.put(0, width * height);
  return writer.finish();
}

/** Writes a label map run by run, in order; runs of one value that touch become one. */
export class RunWriter {
  readonly #numbers = new NumberWriter(1024);
  #value = 0;
  #length = 0;

  constructor(width: number, height: number) {
    for (const byte of [...MAGIC, VERSION]) this.#numbers.put(byte);
    this.#numbers.put(width);
    this.#numbers.put(height);
  }

  put(value: number, length: number): void {
    if (value === this.#value) {
      this.#length += length;
      return;
    }
    this.#write();
    this.#value = value;
    this.#length = length;
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#write();
    return this.#numbers.bytes();
  }

  #write(): void {
    if (this.#length === 0) return;
    this.#numbers.put(this.#value);
    this.#numbers.put(this.#length - 1);
  }
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

/** The label map without one class, as bytes in their shortest form. Throws as `decodeLabelMap`. */
export function withoutClass(bytes: Uint8Array, value: number): Uint8Array<ArrayBuffer> {
  let writer: RunWriter;
  readRuns(bytes, undefined, {
    start: (width, height) => void (writer = new RunWriter(width, height)),
    run: (present, _start, length) => writer.put(present === value ? 0 : present, length),
  });
  return writer!.finish();
}

export interface RunReader {
  start(width: number, height: number): void;
  run(value: number, start: number, length: number): void;
}

/** Reads run by run, in order, and throws as `decodeLabelMap`. */
export function readRuns(bytes: Uint8Array, expected: Size | undefined, reader: RunReader): void {
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) throw corrupt("does not start with the mark of a label map");
  if (bytes[MAGIC.length] !== VERSION) {
    throw corrupt(`has version ${bytes[MAGIC.length] ?? "none"}; this app reads version ${VERSION}`);
  }
  const numbers = new NumberReader(bytes, MAGIC.length + 1, corrupt);
  const take = (what: string): number => numbers.take(what);
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
      hint: "Use a label map of the size of its image.",
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
  if (numbers.left > 0) throw corrupt(`has ${numbers.left} bytes after its last run`);
}

function corrupt(detail: string): Problem {
  return new Problem({
    code: "corrupt-file",
    title: "label map: the bytes are damaged.",
    detail: `It ${detail}.`,
    hint: "Make the label map again, or take an earlier version of it: undo, or a snapshot of the project.",
  });
}
