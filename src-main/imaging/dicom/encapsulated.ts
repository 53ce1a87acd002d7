/**
 * @file Encapsulated pixel data: from fragments to the codestream of each frame. DICOM PS3.5 A.4.
 */
import type { DataSet } from "dicom-parser";
import { corruptFile } from "../trouble.ts";

const ITEM = 0xe000;
const SEQUENCE_DELIMITER = 0xe0dd;

interface Fragment {
  /** First byte of the item's tag, counted from that of the first fragment: what offset tables count. */
  offset: number;
  content: Uint8Array;
}

export interface Encapsulated {
  /** Codestream of frame `index`. */
  frame(index: number): Uint8Array;
}

/** Finds the frames. Throws `Problem` when fragments are missing or cannot be told apart. */
export function readEncapsulated(
  dataSet: DataSet,
  element: DataSet["elements"][string],
  frameCount: number,
  fileName: string,
): Encapsulated {
  const { basicOffsets, fragments } = readItems(dataSet.byteArray, element, fileName);
  if (fragments.length === 0) throw corruptFile(fileName, "Its compressed pixel data holds no fragment.");
  const groups =
    byExtendedOffsets(dataSet, fragments, frameCount) ??
    byOffsets(basicOffsets, fragments, frameCount) ??
    byCount(fragments, frameCount) ??
    byCodestream(fragments, frameCount, { mustEnd: true }) ??
    byCodestream(fragments, frameCount, { mustEnd: false });
  if (groups === null) {
    throw corruptFile(
      fileName,
      `Its ${fragments.length} compressed fragments cannot be assigned to ${frameCount} frames: some are missing, ` +
        "or its offset table is wrong.",
    );
  }
  return {
    frame(index) {
      const parts = groups[index]!;
      return parts.length === 1 ? parts[0]! : join(parts);
    },
  };
}

/** Item after item, little-endian: the basic offset table, then fragments, up to the delimiter or the end of the file. */
function readItems(
  bytes: Uint8Array,
  { dataOffset: start, length: told, hadUndefinedLength }: DataSet["elements"][string],
  fileName: string,
): { basicOffsets: number[]; fragments: Fragment[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let basicOffsets: number[] | null = null;
  const fragments: Fragment[] = [];
  let base = start;
  // An undefined length may have been guessed, from the file's end.
  const end = hadUndefinedLength === true ? bytes.length : Math.min(bytes.length, start + told);
  for (let at = start; at + 8 <= end;) {
    const group = view.getUint16(at, true);
    const element = view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    if (group !== 0xfffe || element !== ITEM) {
      if (group === 0xfffe && element === SEQUENCE_DELIMITER) break;
      throw corruptFile(fileName, "Between its compressed fragments stands something else.");
    }
    const content = at + 8;
    if (length > end - content) {
      throw corruptFile(
        fileName,
        `It is cut off: a compressed fragment needs ${length} bytes, ${end - content} are there.`,
      );
    }
    // Some writers leave the offset table out; a codestream in its place would be a strange one.
    const isTable = basicOffsets === null && !startsCodestream(bytes.subarray(content, content + length));
    if (isTable) {
      basicOffsets = Array.from({ length: length >> 2 }, (_, index) => view.getUint32(content + 4 * index, true));
      base = content + length;
    } else {
      basicOffsets ??= [];
      fragments.push({ offset: at - base, content: bytes.subarray(content, content + length) });
    }
    at = content + length;
  }
  return { basicOffsets: basicOffsets ?? [], fragments };
}

type Groups = Uint8Array[][] | null;

/** Extended Offset Table (7FE0,0001) with its lengths (7FE0,0002), 64-bit numbers. PS3.3 C.7.6.3.1.8. */
function byExtendedOffsets(dataSet: DataSet, fragments: Fragment[], frameCount: number): Groups {
  const offsets = readLongs(dataSet, "x7fe00001");
  const lengths = readLongs(dataSet, "x7fe00002");
  if (offsets === null) return null;
  const groups = byOffsets(offsets, fragments, frameCount);
  if (groups === null || lengths?.length !== frameCount) return groups;
  // The lengths leave out the byte that pads a codestream to even length.
  return groups.map((parts, index) => {
    const length = lengths[index]!;
    return parts.length === 1 && length > 0 && length <= parts[0]!.length ? [parts[0]!.subarray(0, length)] : parts;
  });
}

function readLongs(dataSet: DataSet, tag: string): number[] | null {
  const element = dataSet.elements[tag];
  if (element === undefined || element.length < 8 || element.dataOffset + element.length > dataSet.byteArray.length) {
    return null;
  }
  const { buffer, byteOffset } = dataSet.byteArray;
  const view = new DataView(buffer, byteOffset + element.dataOffset, element.length);
  return Array.from({ length: element.length >> 3 }, (_, index) => Number(view.getBigUint64(8 * index, true)));
}

/** Groups that start at the offsets; null when an offset is not the start of a fragment: such tables exist and mean nothing. */
function byOffsets(offsets: number[], fragments: Fragment[], frameCount: number): Groups {
  if (offsets.length !== frameCount || offsets[0] !== 0) return null;
  const positions = new Map(fragments.map(({ offset }, index) => [offset, index]));
  const starts = offsets.map((offset) => positions.get(offset));
  const groups: Uint8Array[][] = [];
  for (let index = 0; index < frameCount; index++) {
    const start = starts[index];
    const end = index + 1 < frameCount ? starts[index + 1] : fragments.length;
    if (start === undefined || end === undefined || end <= start) return null;
    groups.push(fragments.slice(start, end).map(({ content }) => content));
  }
  return groups;
}

/** One fragment a frame; empty ones, which some writers add, do not count. */
function byCount(fragments: Fragment[], frameCount: number): Groups {
  const filled = fragments.flatMap(({ content }) => (content.length > 0 ? [content] : []));
  if (frameCount === 1) return filled.length > 0 ? [filled] : null;
  return filled.length === frameCount ? filled.map((content) => [content]) : null;
}

/**
 * A fragment that starts a codestream after one that ended one starts a frame: JPEG, JPEG-LS and JPEG 2000 alike. Without
 * `mustEnd` a start alone is enough, for writers that leave the end marker out.
 */
function byCodestream(fragments: Fragment[], frameCount: number, { mustEnd }: { mustEnd: boolean }): Groups {
  const groups: Uint8Array[][] = [];
  let hasEnded = true;
  for (const { content } of fragments) {
    if (startsCodestream(content) && (hasEnded || !mustEnd)) groups.push([]);
    if (groups.length === 0) return null;
    groups.at(-1)!.push(content);
    if (content.length > 0) hasEnded = endsCodestream(content);
  }
  return groups.length === frameCount ? groups : null;
}

/** SOI or SOC with the marker that follows, or the signature box of a JP2 file. */
function startsCodestream(content: Uint8Array): boolean {
  if (content[0] === 0xff) return (content[1] === 0xd8 || content[1] === 0x4f) && content[2] === 0xff;
  return jp2Signature.every((byte, index) => content[index] === byte);
}

const jp2Signature = [0x00, 0x00, 0x00, 0x0c, 0x6a, 0x50, 0x20, 0x20];

/** EOI or EOC, both FFD9, with up to a few bytes of padding. */
function endsCodestream(content: Uint8Array): boolean {
  let last = content.length - 1;
  while (last > 0 && content.length - last < 8 && content[last] === 0) last--;
  return content[last] === 0xd9 && content[last - 1] === 0xff;
}

function join(parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
