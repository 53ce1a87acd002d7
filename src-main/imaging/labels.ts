/**
 * @file Files that hold labels for many images: NIfTI, NRRD and TIFF label maps, DICOM Segmentation, COCO, nnU-Net's JSON. Runs in a decoding
 * process. Which image is meant is for the caller to find out.
 */
import type { FrameGeometry, PixelSpacing } from "../voxels/index.ts";
import { readCoco } from "./coco.ts";
import { looksLikeBareDicom } from "./dicom/index.ts";
import { readSegmentation } from "./dicom/segmentation-read.ts";
import { identifyFormat } from "./identify.ts";
import { isNifti } from "./nifti/index.ts";
import { isNrrd } from "./nrrd/index.ts";
import type { NiftiComment } from "./nifti-comment.ts";
import { readNnunet } from "./nnunet.ts";
import { readTable } from "./table.ts";
import { readNiftiLabels, readNrrdLabels, readTiffLabels } from "./volume-labels.ts";
import { corruptFile, unsupportedFile } from "./trouble.ts";

/** A class as the file knows it; null where it does not name or color it. */
export interface FileClass {
  /** In the label maps of the file, 1 to 255. */
  value: number;
  name: string | null;
  color: string | null;
}

export interface VolumeLabels {
  kind: "volume";
  format: "nifti" | "nrrd" | "tiff";
  /** Voxels along the three axes of the array; the first runs fastest. */
  size: readonly [number, number, number];
  values: Uint8Array;
  /** Voxel indices to DICOM's patient coordinates, three rows of four; null: not known. */
  toPatient: readonly (readonly number[])[] | null;
  /** What this app wrote into the header; null for files of other programs. */
  comment: NiftiComment | null;
}

export interface SegmentationLabels {
  kind: "dicom-seg";
  classes: FileClass[];
  width: number;
  height: number;
  slices: {
    /** The image that it was drawn on; frames count from 1. */
    source: { sopInstanceUid: string; frameNumber: number | null } | null;
    geometry: FrameGeometry | null;
    spacing: PixelSpacing | null;
    /** Label map in the run-length bytes of voxels/rle.ts. */
    rle: Uint8Array;
  }[];
  /** Pixels that several segments claimed; that of the highest number has them. */
  overlaps: number;
}

export interface CocoLabels {
  kind: "coco";
  classes: FileClass[];
  images: { fileName: string; width: number; height: number; rle: Uint8Array }[];
  overlaps: number;
}

/** nnU-Net's dataset.json, of its version 2 or 1 (which the Medical Segmentation Decathlon uses too). */
export interface NnunetDescription {
  kind: "nnunet";
  /** Names of the channels, in their order. */
  channels: string[];
  /** Case of the project for each case of the set, where this app wrote the file. */
  cases: Record<string, string>;
  classes: FileClass[];
  /** Value of pixels that are not annotated; null: all are. */
  ignore: number | null;
}

/** Comma-separated values, RFC 4180. */
export interface LabelTable {
  kind: "table";
  rows: string[][];
}

/** nnU-Net's splits_final.json: names of cases by fold. */
export interface NnunetSplits {
  kind: "nnunet-splits";
  folds: { train: string[]; val: string[] }[];
}

export type LabelFile = VolumeLabels | SegmentationLabels | CocoLabels | NnunetDescription | NnunetSplits | LabelTable;

/** Throws `Problem` for damaged files and for kinds that hold no labels. */
export async function readLabelFile(bytes: Uint8Array, fileName: string): Promise<LabelFile> {
  if (bytes.length === 0) throw corruptFile(fileName, "It is empty: 0 bytes.");
  if (/\.csv$/i.test(fileName)) return readTable(bytes, fileName);
  if (startsAsJson(bytes)) {
    const json = parseJson(bytes, fileName);
    return readNnunet(json, fileName) ?? readCoco(json, bytes.length, fileName);
  }
  if (isNifti(bytes)) return readNiftiLabels(bytes, fileName);
  if (isNrrd(bytes)) return readNrrdLabels(bytes, fileName);
  if (identifyFormat(bytes) === "tiff") return readTiffLabels(bytes, fileName);
  if (identifyFormat(bytes) === "dicom" || looksLikeBareDicom(bytes)) return readSegmentation(bytes, fileName);
  throw unsupportedFile(
    fileName,
    "It holds no labels that are known: neither NIfTI, NRRD, TIFF, DICOM Segmentation nor COCO.",
    "Export the labels in one of these formats, or as PNG masks.",
  );
}

/** An object or array after white space (RFC 8259 section 2) and perhaps a UTF-8 byte order mark; any other byte first, and it is not. */
function startsAsJson(bytes: Uint8Array): boolean {
  const start = hasByteOrderMark(bytes) ? bytes.subarray(3, 1003) : bytes.subarray(0, 1000);
  const first = start.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b || first === 0x5b;
}

function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function parseJson(bytes: Uint8Array, fileName: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw corruptFile(fileName, "It is not JSON, or cut off.", error);
  }
}
