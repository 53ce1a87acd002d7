/**
 * @file DICOM bytes to a data set: file meta information, transfer syntax, elements. No pixels yet. Files without preamble or meta
 * information are read, and the first element is believed before the transfer syntax: headers are wrong more often than bytes.
 */
import { inflateRawSync } from "node:zlib";
import type { DataSet } from "dicom-parser";
import { corruptFile } from "../trouble.ts";
import type { Tag } from "./attributes.ts";
import { createDataSet, type Encoding, longRepresentations, readElements, shortRepresentations } from "./elements.ts";
import {
  EXPLICIT_BIG_ENDIAN,
  EXPLICIT_LITTLE_ENDIAN,
  IMPLICIT_LITTLE_ENDIAN,
  type TransferSyntax,
  transferSyntax,
} from "./transfer-syntaxes.ts";

/** Preamble and "DICM". PS3.10 7.1. */
const META_START = 132;

/**
 * A deflated data set may grow to this many bytes, for it is held while its pixels are copied and written; to twice as many where it is no more
 * than 64 times as large as its file.
 */
const MAX_INFLATED = 2 ** 26;

/** Unpacked at a time: few pieces to join. */
const CHUNK = 2 ** 20;

export interface ParsedDicom {
  dataSet: DataSet;
  syntax: TransferSyntax;
}

/** Parses a file. Throws `Problem`. */
export function parseDicom(bytes: Uint8Array, fileName: string): ParsedDicom {
  const { uid, end } = readMeta(bytes, fileName);
  if (uid === null && detectEncoding(bytes, end) === null) {
    throw corruptFile(
      fileName,
      "The DICOM header has no (0002,0010) 'Transfer Syntax UID', so its pixels cannot be read.",
    );
  }
  const claimed = transferSyntax(uid ?? EXPLICIT_LITTLE_ENDIAN);
  const plain = claimed.isDeflated ? inflateDataSet(bytes, end, fileName) : bytes;
  const encoding = detectEncoding(plain, claimed.isDeflated ? 0 : end) ?? claimed;
  const syntax = uid === null ? transferSyntax(uidOf(encoding)) : { ...claimed, ...encoding };
  return { dataSet: readDataSet(plain, claimed.isDeflated ? 0 : end, encoding, fileName), syntax };
}

/** True for DICOM without preamble: "DICM" comes first, or an element of group 2 or 8. */
export function looksLikeBareDicom(bytes: Uint8Array): boolean {
  if (bytes.length < 16) return false;
  if (String.fromCharCode(...bytes.subarray(0, 4)) === "DICM") return true;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const encoding = detectEncoding(bytes, 0);
  if (encoding === null) return false;
  const group = view.getUint16(0, !encoding.isBigEndian);
  const element = view.getUint16(2, !encoding.isBigEndian);
  return (group === 2 && element <= 0x0102) || (group === 8 && element <= 0x0070);
}

function uidOf({ isImplicit, isBigEndian }: Encoding): string {
  if (isImplicit) return IMPLICIT_LITTLE_ENDIAN;
  return isBigEndian ? EXPLICIT_BIG_ENDIAN : EXPLICIT_LITTLE_ENDIAN;
}

/** How the element at `offset` is written; null when it does not look like one. PS3.5 7.1. */
function detectEncoding(bytes: Uint8Array, offset: number): Encoding | null {
  if (offset + 8 > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getUint16(offset, true);
  const big = view.getUint16(offset, false);
  const representation = String.fromCharCode(bytes[offset + 4]!, bytes[offset + 5]!);
  if (shortRepresentations.has(representation) || longRepresentations.has(representation)) {
    // Data sets start with small groups: the reading that gives the smaller number is the right one.
    return { isImplicit: false, isBigEndian: big < little };
  }
  const length = view.getUint32(offset + 4, true);
  const isPlausible =
    little <= 0x0100 && (length === 0xffffffff || (length % 2 === 0 && length <= bytes.length - offset - 8));
  return isPlausible ? { isImplicit: true, isBigEndian: false } : null;
}

/**
 * Reads (0002,0010) from the file meta information, Explicit VR Little Endian (PS3.10 7.1); some writers use implicit VR. `end` is
 * where the data set starts. Its group length is not believed.
 */
function readMeta(bytes: Uint8Array, fileName: string): { uid: string | null; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // "DICM" may stand at the very start, too, where a preamble was cut away.
  const start = [META_START, 4].find((end) => String.fromCharCode(...bytes.subarray(end - 4, end)) === "DICM");
  let uid: string | null = null;
  let offset = start ?? 0;
  while (offset + 8 <= bytes.length && view.getUint16(offset, true) === 0x0002) {
    const element = view.getUint16(offset + 2, true);
    const representation = String.fromCharCode(bytes[offset + 4]!, bytes[offset + 5]!);
    const isShort = shortRepresentations.has(representation);
    const isLong = longRepresentations.has(representation);
    if (isLong && offset + 12 > bytes.length) break;
    const length = isLong
      ? view.getUint32(offset + 8, true)
      : isShort
        ? view.getUint16(offset + 6, true)
        : view.getUint32(offset + 4, true);
    const start = offset + (isLong ? 12 : 8);
    if (start + length > bytes.length) {
      throw corruptFile(fileName, "The DICOM file meta information runs past the end of the file.");
    }
    if (element === 0x0010) {
      // Padded with a zero byte to even length; some writers pad with spaces. PS3.5 6.2.
      let last = start + length;
      while (last > start && (bytes[last - 1] === 0 || bytes[last - 1] === 0x20)) last--;
      uid = String.fromCharCode(...bytes.subarray(start, Math.min(last, start + 64))).trim() || null;
    }
    offset = start + length;
  }
  return { uid, end: offset };
}

const pixelElements: Tag[] = ["x7fe00010", "x7fe00008", "x7fe00009"];

function readDataSet(bytes: Uint8Array, start: number, encoding: Encoding, fileName: string): DataSet {
  const dataSet = createDataSet(bytes, encoding.isBigEndian);
  try {
    readElements(dataSet, start, encoding);
  } catch (error) {
    // Pixels come last: what follows them, or is cut off after them, does no harm; pixels themselves are counted later.
    if (pixelElements.some((tag) => dataSet.elements[tag] !== undefined)) return dataSet;
    throw corruptFile(
      fileName,
      "Its DICOM elements cannot be read: it is cut off, or a length or tag is wrong.",
      error,
    );
  }
  return dataSet;
}

function inflateDataSet(bytes: Uint8Array, start: number, fileName: string): Uint8Array {
  const most = Math.min(2 * MAX_INFLATED, Math.max(MAX_INFLATED, 64 * bytes.length));
  try {
    // A length of its own: dicom-parser would inflate without limit.
    const plain = inflateRawSync(bytes.subarray(start), { maxOutputLength: most, chunkSize: CHUNK });
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.byteLength);
  } catch (error) {
    const isBomb = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    throw corruptFile(
      fileName,
      isBomb
        ? `Its deflated content is larger than ${Math.floor(most / 2 ** 20)} MiB.`
        : "Its deflated content cannot be unpacked.",
      error,
    );
  }
}
