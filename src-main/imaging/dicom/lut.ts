/**
 * @file Look-up tables: modality LUT and VOI LUT (PS3.3 C.11.1, C.11.2), palettes (C.7.6.3.1.5, C.7.6.3.1.6, C.7.9.2).
 */
import type { DataSet } from "dicom-parser";
import { type Samples } from "../../voxels/index.ts";
import { type Tag } from "./attributes.ts";

export interface LookUpTable {
  /** Stored value that the first entry stands for; smaller ones get the first entry, larger ones than the last the last. */
  first: number;
  /** Bits of an entry, 8 to 16. */
  bits: number;
  entries: Uint16Array;
}

const MAX_ENTRIES = 65_536;

/**
 * The table with descriptor and data at these tags of `dataSet`; null when it is not there or not sound. `isSigned`: whether the values that it maps
 * are (Pixel Representation), for the descriptor's second number is of their kind.
 */
export function readLut(dataSet: DataSet, descriptorTag: Tag, dataTag: Tag, isSigned: boolean): LookUpTable | null {
  const descriptor = readDescriptor(dataSet, descriptorTag, isSigned);
  const data = dataSet.elements[dataTag];
  if (descriptor === null || data === undefined) return null;
  const entries = readEntries(dataSet, data, descriptor);
  return entries === null ? null : { first: descriptor.first, bits: descriptor.bits, entries };
}

interface Descriptor {
  count: number;
  first: number;
  bits: number;
}

function readDescriptor(dataSet: DataSet, tag: Tag, isSigned: boolean): Descriptor | null {
  const element = dataSet.elements[tag];
  if (element === undefined || element.length < 6) return null;
  const count = dataSet.uint16(tag, 0) ?? 0;
  const first = (isSigned ? dataSet.int16(tag, 1) : dataSet.uint16(tag, 1)) ?? 0;
  const bits = dataSet.uint16(tag, 2) ?? 0;
  // 0 entries stand for 65536, which do not fit its 16 bits. Some writers say 0 bits or 12 in 16; the data decides.
  return { count: count === 0 ? MAX_ENTRIES : count, first, bits: bits >= 1 && bits <= 16 ? bits : 16 };
}

/** Cells of 16 bits, or of 8 where there are just so many bytes as entries. */
function readEntries(
  dataSet: DataSet,
  element: DataSet["elements"][string],
  { count, bits }: Descriptor,
): Uint16Array | null {
  const { byteArray, byteArrayParser } = dataSet;
  const available = Math.min(element.length, byteArray.length - element.dataOffset);
  if (available >= 2 * count) {
    return Uint16Array.from({ length: count }, (_, index) =>
      byteArrayParser.readUint16(byteArray, element.dataOffset + 2 * index),
    );
  }
  if (available < count || (bits > 8 && available > count + 1)) return null;
  // Bytes in words: swapped where the file is big-endian. PS3.5 A.3.
  const swap = byteArrayParser.readUint16(Uint8Array.of(1, 0), 0) !== 1 && element.vr !== "OB" ? 1 : 0;
  return Uint16Array.from({ length: count }, (_, index) => byteArray[element.dataOffset + (index ^ swap)]!);
}

/** Value by value, clamped to the ends of the table. */
export function applyLut(samples: ArrayLike<number>, { first, bits, entries }: LookUpTable): Uint8Array | Uint16Array {
  const last = entries.length - 1;
  const mapped = bits <= 8 ? new Uint8Array(samples.length) : new Uint16Array(samples.length);
  for (let index = 0; index < samples.length; index++) {
    const entry = samples[index]! - first;
    mapped[index] = entries[entry < 0 ? 0 : entry > last ? last : entry]!;
  }
  return mapped;
}

/** Three tables of one length: [red, green, blue]. */
export type Palette = readonly [LookUpTable, LookUpTable, LookUpTable];

const descriptorTags = ["x00281101", "x00281102", "x00281103"] as const;
const dataTags = ["x00281201", "x00281202", "x00281203"] as const;
const segmentedTags = ["x00281221", "x00281222", "x00281223"] as const;

/** The palette color look-up table, plain or segmented; null when it is missing or not sound. */
export function readPalette(dataSet: DataSet, isSigned: boolean): Palette | null {
  const tables = descriptorTags.map((descriptor, index) => {
    const plain = readLut(dataSet, descriptor, dataTags[index]!, isSigned);
    return plain ?? readSegmented(dataSet, descriptor, segmentedTags[index]!, isSigned);
  });
  const [red, green, blue] = tables;
  if (!red || !green || !blue) return null;
  return inBytes([red, green, blue]);
}

/** Tables of 16 bits that hold 8 (in the high byte, in both bytes or in the low byte) become tables of 8. */
function inBytes(palette: [LookUpTable, LookUpTable, LookUpTable]): Palette {
  const every = (test: (entry: number) => boolean): boolean => palette.every(({ entries }) => entries.every(test));
  const to8 = (shift: number): Palette => {
    const [red, green, blue] = palette.map(({ first, entries }) => ({
      first,
      bits: 8,
      entries: entries.map((entry) => (entry >> shift) & 0xff),
    }));
    return [red!, green!, blue!];
  };
  if (every((entry) => entry <= 0xff)) return to8(0);
  if (palette.every(({ bits }) => bits <= 8)) return to8(8);
  if (every((entry) => (entry & 0xff) === 0) || every((entry) => (entry & 0xff) === entry >> 8)) return to8(8);
  return palette;
}

/** C.7.9.2: discrete (0), linear (1) and indirect (2) segments. */
function readSegmented(dataSet: DataSet, descriptorTag: Tag, dataTag: Tag, isSigned: boolean): LookUpTable | null {
  const descriptor = readDescriptor(dataSet, descriptorTag, isSigned);
  const element = dataSet.elements[dataTag];
  if (descriptor === null || element === undefined) return null;
  const { byteArray, byteArrayParser } = dataSet;
  if (element.dataOffset + element.length > byteArray.length) return null;
  const isWide = descriptor.bits > 8;
  const length = isWide ? element.length >> 1 : element.length;
  const word = (index: number): number =>
    isWide
      ? byteArrayParser.readUint16(byteArray, element.dataOffset + 2 * index)
      : byteArray[element.dataOffset + index]!;
  const entries: number[] = [];
  /** Runs the segments from `at` on, `limit` of them; false when they are broken. */
  const run = (at: number, limit: number, isIndirect: boolean): boolean => {
    for (let done = 0; done < limit && at + 1 < length && entries.length < descriptor.count; done++) {
      const opcode = word(at);
      const count = word(at + 1);
      if (opcode === 0) {
        if (at + 2 + count > length) return false;
        for (let index = 0; index < count; index++) entries.push(word(at + 2 + index));
        at += 2 + count;
      } else if (opcode === 1) {
        const from = entries.at(-1);
        if (from === undefined || at + 2 >= length) return false;
        const to = word(at + 2);
        for (let index = 1; index <= count; index++) entries.push(Math.round(from + ((to - from) * index) / count));
        at += 3;
      } else if (opcode === 2 && !isIndirect) {
        if (at + (isWide ? 4 : 6) > length) return false;
        const offset = isWide
          ? (word(at + 2) | (word(at + 3) << 16)) >>> 0
          : (word(at + 2) | (word(at + 3) << 8) | (word(at + 4) << 16) | (word(at + 5) << 24)) >>> 0;
        const target = isWide ? offset >> 1 : offset;
        if (target >= at || !run(target, count, true)) return false;
        at += isWide ? 4 : 6;
      } else return false;
    }
    return true;
  };
  if (!run(0, Infinity, false) || entries.length < descriptor.count) return null;
  return {
    first: descriptor.first,
    bits: isWide ? 16 : 8,
    entries: Uint16Array.from(entries.slice(0, descriptor.count)),
  };
}

/** `[height, width]` palette indices to `[height, width, 3]` colors. */
export function applyPalette(indices: Samples, palette: Palette): Uint8Array | Uint16Array {
  const isWide = palette.some(({ bits }) => bits > 8);
  const colors = isWide ? new Uint16Array(3 * indices.length) : new Uint8Array(3 * indices.length);
  palette.forEach(({ first, entries }, channel) => {
    const last = entries.length - 1;
    for (let index = 0; index < indices.length; index++) {
      const entry = indices[index]! - first;
      colors[3 * index + channel] = entries[entry < 0 ? 0 : entry > last ? last : entry]!;
    }
  });
  return colors;
}
