/**
 * @file Values of binary elements as bytes in little endian, whatever the file's byte order is. PS3.5 7.3.
 */
import dicomParser, { type DataSet } from "dicom-parser";
import type { Tag } from "./attributes.ts";

/** Bytes of one number. PS3.5 6.2. */
const numberBytes = { FD: 8, FL: 4, SL: 4, SS: 2, UL: 4, US: 2 } as const;

/** The numbers at `tag`, in a fresh array; null when absent, not whole numbers of bytes, or more than `most`. */
export function copiedNumbers(
  dataSet: DataSet,
  tag: Tag,
  vr: keyof typeof numberBytes,
  most: number,
): Uint8Array | null {
  const bytes = bytesOf(dataSet, tag);
  const size = numberBytes[vr];
  if (bytes === null || bytes.length === 0 || bytes.length % size !== 0 || bytes.length > most * size) return null;
  const isUnknown = dataSet.elements[tag]!.vr === "UN"; // little endian in every transfer syntax
  return isBigEndian(dataSet) && !isUnknown ? swapped(bytes, size) : bytes;
}

/** Words of 16 bits at `tag`, as bytes. Single bytes (OB) are taken as they are. */
export function copiedWords(dataSet: DataSet, tag: Tag): Uint8Array | null {
  const bytes = bytesOf(dataSet, tag);
  if (bytes === null) return null;
  return isBigEndian(dataSet) && dataSet.elements[tag]!.vr === "OW" ? swapped(bytes, 2) : bytes;
}

function bytesOf(dataSet: DataSet, tag: Tag): Uint8Array | null {
  const element = dataSet.elements[tag];
  if (element === undefined || element.items !== undefined || element.fragments !== undefined) return null;
  const { dataOffset, length } = element;
  if (length < 0 || dataOffset + length > dataSet.byteArray.length) return null;
  return Uint8Array.from(dataSet.byteArray.subarray(dataOffset, dataOffset + length));
}

function isBigEndian(dataSet: DataSet): boolean {
  return (dataSet as unknown as { byteArrayParser: unknown }).byteArrayParser === dicomParser.bigEndianByteArrayParser;
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const whole = bytes.length - (bytes.length % size);
  for (let at = 0; at < whole; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}
