/**
 * @file Rows of pixels whose brightness pydicom 2.3.1 computed (apply_modality_lut, then apply_voi_lut), as attributes to write.
 */
import { readFileSync } from "node:fs";
import { type Attribute, sequenceOf } from "./dicom-writer.ts";

interface Table {
  first: number;
  bits: number;
  entries: number[];
}
export interface ReferenceCase {
  name: string;
  bitsStored: number;
  isSigned: boolean;
  stored: number[];
  slope?: number;
  intercept?: number;
  center?: number;
  width?: number;
  function?: string;
  modalityLut?: Table;
  voiLut?: Table;
  /** Brightness from 0 to 1 of each stored value. */
  level: number[];
}
export const { cases } = JSON.parse(readFileSync(new URL("./voi-reference.json", import.meta.url), "utf8")) as {
  cases: ReferenceCase[];
};

export const words = (...values: number[]): Uint8Array => new Uint8Array(Uint16Array.from(values).buffer);
export const tableItem = ({ first, bits, entries }: Table): Attribute[] => [
  [0x00283002, "US", words(entries.length, first, bits)],
  [0x00283006, "OW", words(...entries)],
];

/** One row of pixels. */
export function row(stored: number[], bitsStored: number, isSigned = false): Attribute[] {
  return [
    [0x00280010, "US", 1],
    [0x00280011, "US", stored.length],
    [0x00280100, "US", 16],
    [0x00280101, "US", bitsStored],
    [0x00280102, "US", bitsStored - 1],
    [0x00280103, "US", Number(isSigned)],
    [0x7fe00010, "OW", words(...stored)],
  ];
}

export function attributesOf(reference: ReferenceCase): Attribute[] {
  const { slope, intercept, center, width, modalityLut, voiLut } = reference;
  const attributes = row(reference.stored, reference.bitsStored, reference.isSigned);
  if (slope !== undefined) attributes.push([0x00281053, "DS", String(slope)], [0x00281052, "DS", String(intercept)]);
  if (center !== undefined) attributes.push([0x00281050, "DS", String(center)], [0x00281051, "DS", String(width)]);
  if (reference.function !== undefined) attributes.push([0x00281056, "CS", reference.function]);
  if (modalityLut !== undefined) attributes.push(sequenceOf(0x00283000, tableItem(modalityLut)));
  if (voiLut !== undefined) attributes.push(sequenceOf(0x00283010, tableItem(voiLut)));
  return attributes;
}
