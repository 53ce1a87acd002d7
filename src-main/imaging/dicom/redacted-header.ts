/**
 * @file What the header of a redacted DICOM image says. PS3.3 C.7.6.1.1, PS3.15 E.3.1 (Clean Pixel Data Option), PS3.16 CID 7050.
 * The SOP Instance UID stays: cleaning is not expected to change what the image tells (PS3.3 C.7.6.1.1.2), and annotations refer to it.
 */
import type { DataSet } from "dicom-parser";
import { type Tag, text } from "./attributes.ts";
import { concealsLoss, lossyCompressionElements } from "./lossy-compression.ts";
import type { ParsedDicom } from "./parse.ts";
import type { WrittenElement } from "./write.ts";

export interface HeaderChange {
  tag: number;
  /** null: removed. */
  element: WrittenElement | null;
}

/** `isReviewed`: a person saw that no writing is left in any frame; only then the image is called free of it. */
export function redactedHeader({ dataSet, syntax }: ParsedDicom, isReviewed: boolean): HeaderChange[] {
  const set = (element: WrittenElement): HeaderChange => ({ tag: element.tag, element });
  const [, ...types] = (text(dataSet, "x00080008") ?? "").split("\\");
  const changes: HeaderChange[] = [
    set({ tag: 0x00080008, vr: "CS", value: ["DERIVED", ...(types.length > 0 ? types : ["PRIMARY"])].join("\\") }),
    // A small copy of the old pixels, and signatures that would not fit any more.
    ...[0x00880200, 0x4ffe0001, 0xfffafffa].map((tag) => ({ tag, element: null })),
  ];
  // What the header says already stays.
  if (concealsLoss({ dataSet, syntax })) changes.push(...lossyCompressionElements({ dataSet, syntax }).map(set));
  if (!isReviewed) return changes;
  changes.push(set({ tag: 0x00280301, vr: "CS", value: "NO" }));
  // A file that was kept with its identity does not become a de-identified one.
  if (text(dataSet, "x00120062") !== "YES") return changes;
  const items = [...methods(dataSet), codeItem("113101", "DCM", "Clean Pixel Data Option")];
  return [...changes, set({ tag: 0x00120064, vr: "SQ", value: items })];
}

/** The codes of De-identification Method Code Sequence (0012,0064) that are there, but for the one that is added. */
function methods(dataSet: DataSet): WrittenElement[][] {
  return (dataSet.elements.x00120064?.items ?? []).flatMap(({ dataSet: item }) => {
    const [value, scheme, meaning] = (["x00080100", "x00080102", "x00080104"] satisfies Tag[]).map((tag) =>
      item === undefined ? null : text(item, tag),
    );
    if (value === null || value === undefined || value === "113101") return [];
    return [codeItem(value, scheme ?? "DCM", meaning ?? "")];
  });
}

/** PS3.3 table 8.8-1. */
function codeItem(value: string, scheme: string, meaning: string): WrittenElement[] {
  return [
    { tag: 0x00080100, vr: "SH", value },
    { tag: 0x00080102, vr: "SH", value: scheme },
    { tag: 0x00080104, vr: "LO", value: meaning },
  ];
}
