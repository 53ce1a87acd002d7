/**
 * @file DICOMDIR, the directory of a medium: which files it names. DICOM PS3.3 annex F, PS3.10 section 8.
 */
import type { DataSet } from "dicom-parser";
import { type Tag, text } from "./attributes.ts";
import { parseDicom } from "./parse.ts";

const DIRECTORY_RECORD_SEQUENCE: Tag = "x00041220";
const REFERENCED_FILE_ID: Tag = "x00041500";
const REFERENCED_TRANSFER_SYNTAX: Tag = "x00041512";

export interface DirectoryEntry {
  /** Path from the folder of the DICOMDIR, one name for each level. */
  path: string[];
  /** Directory Record Type, such as "IMAGE" or "SR DOCUMENT". */
  kind: string;
  transferSyntax: string | null;
}

/** True for the data set of a DICOMDIR. */
export function isDirectory(dataSet: DataSet): boolean {
  return dataSet.elements[DIRECTORY_RECORD_SEQUENCE] !== undefined;
}

/**
 * The files that a DICOMDIR names, in its order. Names are those of PS3.10 8.2 (up to eight levels of capital letters, digits and
 * underscores); records with others are left out, so that no path leads elsewhere. Throws `Problem`.
 */
export function readDirectory(bytes: Uint8Array, fileName: string): DirectoryEntry[] {
  const { dataSet } = parseDicom(bytes, fileName);
  const records = dataSet.elements[DIRECTORY_RECORD_SEQUENCE]?.items ?? [];
  return records.flatMap(({ dataSet: record }): DirectoryEntry[] => {
    const file = record && text(record, REFERENCED_FILE_ID);
    if (!record || !file) return [];
    const path = file.split("\\").map((name) => name.trim());
    // Writers take more freedom with letters and lengths than the standard gives; dots alone would be a way out.
    const isSound =
      path.length <= 16 && path.every((name) => /^[A-Za-z0-9_.-]{1,64}$/.test(name) && !/^\.+$/.test(name));
    if (!isSound) return [];
    return [{ path, kind: text(record, "x00041430") ?? "", transferSyntax: text(record, REFERENCED_TRANSFER_SYNTAX) }];
  });
}
