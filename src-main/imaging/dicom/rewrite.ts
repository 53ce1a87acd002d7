/**
 * @file A DICOM file with a few elements of its data set changed: all others stay as they are, byte by byte, in their own coding.
 * File meta information is written anew, for it names the program that wrote the file. PS3.5 7.1, PS3.10 7.1.
 */
import type { DataSet } from "dicom-parser";
import { concatenate } from "../png.ts";
import { text } from "./attributes.ts";
import { headerLength } from "./elements.ts";
import type { ParsedDicom } from "./parse.ts";
import { EXPLICIT_BIG_ENDIAN, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN } from "./transfer-syntaxes.ts";
import { type ElementCoding, writeElements, writeFileStart, type WrittenElement } from "./write.ts";

/**
 * The file, uncompressed: Explicit VR Little Endian, or the coding of elements that it had (deflated ones are unpacked). `changes`
 * replace or add elements; those of null are removed. What could not be parsed, after the pixels, is left out.
 */
export function rewriteDicom(
  { dataSet, syntax }: ParsedDicom,
  changes: ReadonlyMap<number, WrittenElement | null>,
): Uint8Array<ArrayBuffer> {
  const coding: ElementCoding = syntax;
  const parts: { tag: number; bytes: Uint8Array }[] = [];
  for (const [key, element] of Object.entries(dataSet.elements)) {
    const tag = Number(`0${key}`);
    if (changes.has(tag)) continue;
    parts.push({ tag, bytes: rawElement(dataSet, element, coding.isBigEndian) });
  }
  for (const [tag, element] of changes) {
    if (element !== null) parts.push({ tag, bytes: writeElements([element], coding) });
  }
  parts.sort((a, b) => a.tag - b.tag);
  const start = writeFileStart({
    sopClass: text(dataSet, "x00080016") ?? "",
    sopInstance: text(dataSet, "x00080018") ?? "",
    syntax: coding.isImplicit
      ? IMPLICIT_LITTLE_ENDIAN
      : coding.isBigEndian
        ? EXPLICIT_BIG_ENDIAN
        : EXPLICIT_LITTLE_ENDIAN,
  });
  return concatenate([start, ...parts.map(({ bytes }) => bytes)]);
}

/** Header and value, with the delimiter of one of undefined length. PS3.5 7.5. */
function rawElement(dataSet: DataSet, element: DataSet["elements"][string], isBigEndian: boolean): Uint8Array {
  const { dataOffset, length } = element;
  return dataSet.byteArray.subarray(dataOffset - headerLength(dataSet, element, isBigEndian), dataOffset + length);
}
