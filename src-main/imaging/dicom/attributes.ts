/**
 * @file Reads single attributes of a data set, strictly: a value is there and sound, or it is null.
 */
import type { DataSet } from "dicom-parser";

/** Tag as dicom-parser writes it: "x" + group + element, hexadecimal lower case. */
export type Tag = `x${string}`;

/** US at `tag`, or what writers put in its place; null when absent, too short or no number from 0 on. */
export function unsigned(dataSet: DataSet, tag: Tag): number | null {
  const element = dataSet.elements[tag];
  if (element === undefined || element.length < 2) return null;
  const { vr } = element;
  if (vr === "IS" || vr === "DS") {
    const number = decimals(dataSet, tag)?.[0] ?? -1;
    return Number.isInteger(number) && number >= 0 ? number : null;
  }
  if ((vr === "UL" || vr === "SL") && element.length >= 4) return dataSet.uint32(tag) ?? null;
  return dataSet.uint16(tag) ?? null;
}

/** Text at `tag` without padding; null when absent or empty. */
export function text(dataSet: DataSet, tag: Tag): string | null {
  const element = dataSet.elements[tag];
  if (element === undefined || element.length === 0 || element.items !== undefined) return null;
  return dataSet.string(tag)?.replaceAll("\0", "").trim() || null;
}

/** All numbers of a DS or IS at `tag`; null when absent or when any of them is not a finite number. */
export function decimals(dataSet: DataSet, tag: Tag): number[] | null {
  const value = text(dataSet, tag);
  if (value === null) return null;
  const numbers = value.split("\\").map((part) => (part.trim() === "" ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** The data set of the first item of a sequence; null when there is none. */
export function firstItem(dataSet: DataSet | null, tag: Tag): DataSet | null {
  return dataSet?.elements[tag]?.items?.[0]?.dataSet ?? null;
}
