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

export interface Fragments {
  basicOffsets: number[];
  items: Fragment[];
  /** The first that is not empty: it starts the first frame. */
  first: Uint8Array;
}

/** Codestream of frame `index`. */
export type FrameOf = (index: number) => Uint8Array;

/** Which fragments make which frame. Throws `Problem` when some are missing or cannot be told apart. */
export function assignFragments(
  dataSet: DataSet,
  { basicOffsets, items }: Fragments,
  frameCount: number,
  fileName: string,
): FrameOf {
  const groups =
    byExtendedOffsets(dataSet, items, frameCount) ??
    byOffsets(basicOffsets, items, frameCount) ??
    byCount(items, frameCount) ??
    byCodestream(items, frameCount, { mustEnd: true }) ??
    byCodestream(items, frameCount, { mustEnd: false });
  if (groups === null) {
    throw corruptFile(
      fileName,
      `Its ${items.length} compressed fragments cannot be assigned to ${frameCount} frames: some are missing, ` +
        "or its offset table is wrong.",
    );
  }
  return (index) => {
    const parts = groups[index]!;
    return parts.length === 1 ? parts[0]! : join(parts);
  };
}

/**
 * Item after item, little-endian: the basic offset table, then fragments, up to the delimiter or the end of the file. Throws `Problem`
 * where they break off.
 */
export function readFragments(
  dataSet: DataSet,
  { dataOffset, length: told, hadUndefinedLength }: DataSet["elements"][string],
  fileName: string,
): Fragments {
  const bytes = dataSet.byteArray as Uint8Array;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // An undefined length may have been guessed, from the file's end.
  const end = hadUndefinedLength === true ? bytes.length : Math.min(bytes.length, dataOffset + told);
  const contents: Uint8Array[] = [];
  for (let at = dataOffset; at + 8 <= end;) {
    const group = view.getUint16(at, true);
    const element = view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    if (group !== 0xfffe || element !== ITEM) {
      if (group === 0xfffe && element === SEQUENCE_DELIMITER) break;
      throw corruptFile(fileName, "Between its compressed fragments stands something else.");
    }
    const start = at + 8;
    if (length > end - start) {
      throw corruptFile(
        fileName,
        `It is cut off: a compressed fragment needs ${length} bytes, ${end - start} are there.`,
      );
    }
    contents.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  const table = hasTable(contents) ? contents.shift()! : new Uint8Array(0);
  const items = contents.map((content) => ({
    offset: content.byteOffset - contents[0]!.byteOffset,
    content,
  }));
  const first = contents.find(({ length }) => length > 0);
  if (first === undefined) throw corruptFile(fileName, "Its compressed pixel data holds no fragment.");
  const offsets = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return {
    basicOffsets: Array.from({ length: table.length >> 2 }, (_, index) => offsets.getUint32(4 * index, true)),
    items,
    first,
  };
}

/** Some writers leave the basic offset table out, against A.4: then a codestream comes first. */
function hasTable([table]: Uint8Array[]): boolean {
  return table === undefined || !(startsCodestream(table) || startsRle(table));
}

/** A count of segments, 1 to 15, and the offset of the first, which is that of the header's end. PS3.5 G.5. */
function startsRle(content: Uint8Array): boolean {
  const [count, offset] = [content.subarray(0, 4), content.subarray(4, 8)];
  const isCount = count[0]! >= 1 && count[0]! <= 15 && count.subarray(1).every((byte) => byte === 0);
  return content.length > 64 && isCount && offset[0] === 64 && offset.subarray(1).every((byte) => byte === 0);
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
