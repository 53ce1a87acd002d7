/**
 * @file What a change made of a label map, as bytes: a stroke is a few runs, whatever the rest of the map holds. Works on the run-length
 * bytes of both maps without making either.
 *
 * Layout: magic "ALP", version 1, then runs of (what, length - 1) in row-major order as LEB128 numbers. `what` 0: as before; n: value n - 1.
 * What follows the last run is as before.
 */
import { Problem } from "../problem/index.ts";
import { readRuns, RunWriter } from "./rle.ts";
import { NumberReader, NumberWriter } from "./varint.ts";

const MAGIC = [0x41, 0x4c, 0x50];
const VERSION = 1;

interface Runs {
  width: number;
  height: number;
  values: number[];
  /** Index behind each run's last pixel. */
  ends: number[];
}

/** The change from one label map to another of the same size, both as run-length bytes. Throws as `decodeLabelMap`. */
export function labelPatch(before: Uint8Array, after: Uint8Array): Uint8Array<ArrayBuffer> {
  const old = runsOf(before);
  const present = runsOf(after, old);
  const numbers = new NumberWriter(256);
  for (const byte of [...MAGIC, VERSION]) numbers.put(byte);
  let what = 0;
  let length = 0;
  let start = 0;
  for (let index = 0, oldIndex = 0; index < present.ends.length;) {
    const value = present.values[index]!;
    const end = Math.min(present.ends[index]!, old.ends[oldIndex]!);
    const change = value === old.values[oldIndex] ? 0 : value + 1;
    if (change !== what && length > 0) {
      numbers.put(what);
      numbers.put(length - 1);
      length = 0;
    }
    what = change;
    length += end - start;
    start = end;
    if (present.ends[index] === end) index++;
    if (old.ends[oldIndex] === end) oldIndex++;
  }
  if (what !== 0) {
    numbers.put(what);
    numbers.put(length - 1);
  }
  return numbers.bytes();
}

/**
 * The label map after the change, as run-length bytes in their shortest form. Throws `Problem` "corrupt-file" where the patch is not one of
 * this map.
 */
export function patchLabelMap(before: Uint8Array, patch: Uint8Array): Uint8Array<ArrayBuffer> {
  if ([...MAGIC, VERSION].some((byte, index) => patch[index] !== byte)) throw corrupt("does not start with its mark");
  const { width, height, values, ends } = runsOf(before);
  const total = width * height;
  const writer = new RunWriter(width, height);
  let start = 0;
  let index = 0;
  /** Copies the map as it was up to a pixel, or only passes it by. */
  const advance = (end: number, isKept: boolean): void => {
    while (start < end) {
      const next = Math.min(end, ends[index]!);
      if (isKept) writer.put(values[index]!, next - start);
      start = next;
      if (ends[index] === start) index++;
    }
  };
  const numbers = new NumberReader(patch, MAGIC.length + 1, corrupt);
  while (numbers.left > 0) {
    const what = numbers.take("what a run is");
    const length = numbers.take("a run length") + 1;
    if (what > 256) throw corrupt(`has class value ${what - 1}; at most 255 is allowed`);
    if (length > total - start) throw corrupt(`covers more than ${width} x ${height} pixels`);
    if (what > 0) writer.put(what - 1, length);
    advance(start + length, what === 0);
  }
  advance(total, true);
  return writer.finish();
}

function runsOf(bytes: Uint8Array, expected?: { width: number; height: number }): Runs {
  const runs: Runs = { width: 0, height: 0, values: [], ends: [] };
  readRuns(bytes, expected, {
    start: (width, height) => Object.assign(runs, { width, height }),
    run: (value, start, length) => {
      runs.values.push(value);
      runs.ends.push(start + length);
    },
  });
  return runs;
}

function corrupt(detail: string): Problem {
  return new Problem({
    code: "corrupt-file",
    title: "label map: the bytes of a change are damaged.",
    detail: `The change ${detail}.`,
    hint: "Open the newest snapshot beside the project: copy it to a new name that ends in .aliquot.",
  });
}
