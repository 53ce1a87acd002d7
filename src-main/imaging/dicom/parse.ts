/**
 * @file DICOM Part 10 bytes to a data set: file meta information, transfer syntax, elements. No pixels yet.
 */
import { inflateRawSync } from "node:zlib";
import dicomParser, { type DataSet } from "dicom-parser";
import { corruptFile, unsupportedFile } from "../trouble.ts";
import { compressedSyntaxes, type NativeSyntax, nativeSyntaxes } from "./transfer-syntaxes.ts";

/** Preamble and "DICM". PS3.10 7.1. */
const META_START = 132;
/** Value representations with a reserved field and a 4-byte length. PS3.5 7.1.2. */
const longRepresentations = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);

/** A deflated data set may grow to this many bytes: a larger one does not fit the decoder's memory anyway. */
const MAX_INFLATED = 2 ** 29;

export interface ParsedDicom {
  dataSet: DataSet;
  syntax: NativeSyntax;
}

/** Parses a file whose pixels are not compressed. Throws `Problem`, naming the transfer syntax when it is not read. */
export function parseDicom(bytes: Uint8Array, fileName: string): ParsedDicom {
  const { uid, end } = readTransferSyntax(bytes, fileName);
  const syntax = nativeSyntaxes[uid];
  if (syntax === undefined) throw unsupportedSyntax(uid, fileName);
  // dicom-parser would inflate without limit, so the bytes are inflated first and joined to the header again.
  const plain = syntax.isDeflated ? inflateDataSet(bytes, end, fileName) : bytes;
  try {
    const dataSet = dicomParser.parseDicom(plain, syntax.isDeflated ? { inflater: () => plain } : {});
    return { dataSet, syntax };
  } catch (error) {
    // The parser throws strings, objects and, on deep nesting, RangeError; any may quote offsets but no values.
    throw corruptFile(
      fileName,
      "Its DICOM elements cannot be read: it is cut off, or a length or tag is wrong.",
      error,
    );
  }
}

/** Reads (0002,0010) from the file meta information, always Explicit VR Little Endian. PS3.10 7.1. */
function readTransferSyntax(bytes: Uint8Array, fileName: string): { uid: string; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let uid: string | null = null;
  let offset = META_START;
  while (offset + 8 <= bytes.length && view.getUint16(offset, true) === 0x0002) {
    const element = view.getUint16(offset + 2, true);
    const representation = String.fromCharCode(bytes[offset + 4]!, bytes[offset + 5]!);
    const isLong = longRepresentations.has(representation);
    if (isLong && offset + 12 > bytes.length) break;
    const length = isLong ? view.getUint32(offset + 8, true) : view.getUint16(offset + 6, true);
    const start = offset + (isLong ? 12 : 8);
    if (start + length > bytes.length) {
      throw corruptFile(fileName, "The DICOM file meta information runs past the end of the file.");
    }
    if (element === 0x0010) {
      // Padded with a zero byte to even length; some writers pad with spaces. PS3.5 6.2.
      let last = start + length;
      while (last > start && (bytes[last - 1] === 0 || bytes[last - 1] === 0x20)) last--;
      uid = String.fromCharCode(...bytes.subarray(start, Math.min(last, start + 64)));
    }
    offset = start + length;
  }
  if (uid === null) {
    throw corruptFile(
      fileName,
      "The DICOM header has no (0002,0010) 'Transfer Syntax UID', so its pixels cannot be read.",
    );
  }
  return { uid, end: offset };
}

function inflateDataSet(bytes: Uint8Array, start: number, fileName: string): Uint8Array {
  try {
    const dataSet = inflateRawSync(bytes.subarray(start), { maxOutputLength: MAX_INFLATED });
    const plain = new Uint8Array(start + dataSet.length);
    plain.set(bytes.subarray(0, start));
    plain.set(dataSet, start);
    return plain;
  } catch (error) {
    const isBomb = (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
    throw corruptFile(
      fileName,
      isBomb
        ? `Its deflated content is larger than ${MAX_INFLATED / 2 ** 20} MiB.`
        : "Its deflated content cannot be unpacked.",
      error,
    );
  }
}

function unsupportedSyntax(uid: string, fileName: string): Error {
  const name = compressedSyntaxes[uid];
  return unsupportedFile(
    fileName,
    name === undefined
      ? "It is DICOM with an unknown transfer syntax."
      : `It is DICOM compressed as ${name} (${uid}), which is not supported yet.`,
    "Export it as uncompressed DICOM (Explicit VR Little Endian) and import that.",
  );
}
