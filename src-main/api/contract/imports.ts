/** @file Imports: what was taken in, matched, refused and removed. */
import type { ChoiceField, FlagField, ImportPrivacy, SourceFormat } from "../../imaging/index.ts";
import type { ProblemFields } from "../../problem/index.ts";
import type { Redaction } from "./redactions.ts";
import type { Split } from "./splits.ts";
export type { SlicePlane } from "../../imaging/index.ts";

export interface RefusedFile {
  /** Name relative to what was imported. */
  file: string;
  problem: ProblemFields;
}

/** A color of colored masks, "#rrggbb", and the class that it means, or "background". */
export interface MaskColor {
  className: string;
  color: string;
}

/** How one file of masks or labels was matched. */
export interface MaskMatch {
  file: string;
  kind: "png" | "nifti" | "nrrd" | "tiff" | "dicom-seg" | "coco" | "nnunet" | "labels";
  /** Names of the images that it belongs to. */
  images: string[];
  /** What was left over or decided. */
  notes: string[];
}

/** What an import did, or will have done by its end. */
export interface ImportOutcome {
  /** Nothing was stored: what would have been done. */
  dryRun: boolean;
  state: "running" | "done" | "cancelled" | "failed";
  done: number;
  total: number;
  /** Null until it can be estimated. */
  secondsLeft: number | null;
  imported: number;
  frames: number;
  /** Of the imported images: how many patients, and how many DICOM series. */
  patients: number;
  series: number;
  /** Imported files by kind. */
  formats: Partial<Record<SourceFormat, number>>;
  masks: number;
  /** Files whose bytes were already in the project. */
  duplicates: number;
  /** While the import runs at most the first 100, so that what is told ten times a second stays small; then all. */
  refused: RefusedFile[];
  refusedCount: number;
  /** Masks without an image of that name. */
  unmatchedMasks: string[];
  /** Image-level classes and numbers that were set. */
  labels: number;
  /** Classes that label files name and the project lacked: those made, and those for want of which files were refused. */
  newClasses: { made: string[]; missing: string[] };
  /** How masks and labels were matched; empty until the import has ended, and in reports that are kept. */
  matches: MaskMatch[];
  /** What was removed; null when the files are kept as they are. */
  deidentification: { attributes: AttributeCount[]; renamedFiles: number } | null;
  /** Images that may show names in their pixels: how many, and the first of them. Look at them, and redact. */
  burnedIn: { count: number; images: BurnedInImage[] };
  /** Images with transparent pixels, which were put on black: how many, and the first of them; absent when there were none. */
  onBlack?: { count: number; files: string[] };
  /** Images that stayed with their patients in another split than was asked for: how many, and the first of these patients; absent when there were none. */
  keptSplit?: { images: number; cases: { name: string; split: Split }[] };
  problem: ProblemFields | null;
}

export interface ImportState extends ImportOutcome {
  importId: number;
  /** Files found so far while folders are looked through; null once all are known. */
  found: number | null;
  /** Of the report that the project keeps; null while running, and of dry runs. */
  reportId: number | null;
}

/** The report of an earlier import. Files bear the names that the project knows them by. */
export interface KeptImport {
  reportId: number;
  /** ISO 8601. */
  endedAt: string;
  outcome: ImportOutcome;
}

/** One row of the list of earlier imports, latest first. */
export interface KeptImportRow extends Pick<ImportOutcome, "state" | "imported" | "frames" | "masks"> {
  reportId: number;
  endedAt: string;
  refused: number;
  burnedIn: number;
}

export interface BurnedInImage {
  file: string;
  frameId: number;
  reasons: string[];
  /** Of the middle frame, in pixels. */
  regions: Redaction["rectangles"];
}

/** How often one kind of attribute or metadata was met in imported files. Names of kinds, never values. */
export interface AttributeCount {
  name: string;
  action: "removed" | "replaced" | "kept";
  count: number;
}

/** What de-identification leaves in, by the options of DICOM PS3.15 E.3; all off by default. */
export type DeidentifyChoice = { [Name in keyof ImportPrivacy]?: ImportPrivacy[Name] | undefined };

/** One option of de-identification as a form shows it. */
export type PrivacyField = { name: keyof ImportPrivacy } & (FlagField | ChoiceField);

/** How images of one patient are recognized by file name. */
export type PatientRule =
  | { kind: "auto" }
  | { kind: "file" }
  /** A regular expression; its first group is the patient. */
  | { kind: "pattern"; pattern: string };
