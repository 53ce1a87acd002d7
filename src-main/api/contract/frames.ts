/** @file The image list: a frame is what is annotated. */
import type { MaskOrigin } from "./annotations.ts";
import type { ProposalRow } from "./proposals.ts";
import type { BurnedInState } from "./redactions.ts";
import type { Split } from "./splits.ts";

/** One row of the image list: a frame is what is annotated. */
export interface FrameRow {
  frameId: number;
  imageId: number;
  /** File name without folder; with "· n" for frames of a multi-frame image. */
  name: string;
  caseId: number;
  caseName: string;
  split: Split | null;
  width: number;
  height: number;
  modality: string | null;
  /** Index within the image, from 0. */
  frameIndex: number;
  frameCount: number;
  /** Origin of the present annotation; null if there is none. */
  annotation: MaskOrigin | null;
  /** When the present annotation was made, ISO 8601. */
  annotatedAt: string | null;
  /** Whether its pixels may hold writing. */
  burnedIn: BurnedInState;
  /** Made by a model, not by a device. */
  isSynthetic: boolean;
  /** Made of another image of its patient. */
  isTranslated?: true;
  proposal: ProposalRow | null;
}

/** How much of a frame is annotated, all classes together. */
export interface AnnotatedArea {
  frameId: number;
  pixels: number;
  /** Null where the size of its pixels is not known. */
  mm2: number | null;
}

/** A column of few different values: `values[codes[n]]` is that of row n. */
export interface Coded<Value> {
  values: Value[];
  codes: number[];
}

/** The image list by columns: entry n of each tells of the same frame. Names and meaning as in FrameRow. */
export interface FrameColumns {
  frameId: number[];
  imageId: number[];
  /** Without the number of the frame. */
  fileName: string[];
  cases: { caseId: number; name: string; split: Split | null }[];
  /** Index in `cases`. */
  caseIndex: number[];
  width: number[];
  height: number[];
  modality: Coded<string | null>;
  frameIndex: number[];
  frameCount: number[];
  annotation: Coded<MaskOrigin | null>;
  annotatedAt: (string | null)[];
  burnedIn: Coded<BurnedInState>;
  /** Ids of the frames that a model made. */
  synthetic: number[];
  /** Of them those that were made of another image of their patient. */
  translated: number[];
  /** Of the frames that have one; in no order. */
  proposals: ProposalRow[];
}

/** A slice of the stack that a frame stands in. */
export interface SliceRow {
  frameId: number;
  /** Along the normal of the planes, mm; null where it is not known. */
  position: number | null;
  /** Of its annotation; 0 if there is none. */
  revisionId: number;
  /** No pixel has a class. */
  isEmpty: boolean;
}
