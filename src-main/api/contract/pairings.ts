/** @file Pairings of two modalities, and translations from one to the other. */
import type { Modalities } from "../../methods/index.ts";
import type { Statement } from "../../problem/index.ts";
import type { AlignmentModel, GridRelation, PlaneTransform } from "../../voxels/index.ts";
import type { Split } from "./splits.ts";
export type { EstimatedFlow, IntensityRange, Modalities, PairRanges } from "../../methods/index.ts";
export type { AlignmentModel } from "../../voxels/index.ts";

/**
 * What tells the two modalities apart. "series": the description of a series, or its modality; "name": a part of file names, or a pattern with `*`, where
 * what `*` stands for tells which images belong together; "table": names of files. "auto": "series" where both are found so, else "name".
 */
export type PairedBy = "auto" | "series" | "name" | "table";

export interface PairingRequest {
  from: string;
  to: string;
  /** Default "auto". */
  by?: PairedBy | undefined;
  /** Default: what is found of them. "unpaired" pairs nothing: images of any patients. */
  kind?: Modalities["kind"] | undefined;
  /** File names of images or series that belong together, with `by` "table". */
  table?: readonly (readonly [source: string, target: string])[] | undefined;
}

/** How a pairing was made: enough to find images of its modalities that came later. */
export interface PairingRule {
  by: Exclude<PairedBy, "auto">;
  from: string;
  to: string;
  table?: readonly (readonly [source: string, target: string])[];
}

export interface PairingRow extends Modalities {
  pairingId: number;
  createdAt: string;
  rule: PairingRule;
  /** Of images that are in the project now. */
  pairs: number;
  sources: number;
  targets: number;
  /** Pairs by split of their patient. */
  bySplit: Record<Split | "unassigned", number>;
  /** Images of the source without counterpart: what can be filled in. */
  missing: number;
  /** What a person should know of it. */
  remarks: Statement[];
}

/** What a person says of a pair. "loose": it lies badly on each other; "removed": it is none, and nothing is learned from it. */
export type PairMark = "kept" | "loose" | "removed";

/** How the target of a pair was brought onto its source, and normalized mutual information before and after. */
export interface PairAlignment {
  model: AlignmentModel;
  transform: PlaneTransform;
  /** Of series: so many slices further on in that of the target is the counterpart; absent: none. */
  slices?: number;
  before: number;
  after: number;
}

export interface PairRow {
  /** Within its pairing. */
  place: number;
  source: number | null;
  target: number | null;
  mark: PairMark;
  alignment: PairAlignment | null;
  /** How the pixels of the target come onto those of the source; null: it has no counterpart. */
  relation: GridRelation | null;
  /** The newest image of the target's modality that a model made of the source. */
  translated: number | null;
}

export interface PairingDetail extends PairingRow {
  /** In the order of the sources; targets without follow. */
  frames: PairRow[];
  /** Whether something was marked or aligned that can be taken back. */
  canUndo: boolean;
  /** Models of the project that make the target of the source. */
  translators: number[];
}

/** Words by which the images of the project can be told apart. */
export interface PairingChoices {
  /** Descriptions of series, and modalities. */
  series: { name: string; images: number }[];
  /** Parts of file names that some images have and others have not. */
  names: { name: string; images: number }[];
}

export interface AlignmentRequest {
  /** "none" leaves images where their files place them. */
  model: AlignmentModel | "none";
  /** Series along their slices too. Default: within the plane alone. */
  alongSlices?: boolean | undefined;
  /** Pairs; of a series all go together. Default: all. */
  places?: readonly number[] | undefined;
}

export interface AlignmentOutcome {
  pairing: PairingDetail;
  /** Pairs that were moved, that lay as well as could be, and that cannot be compared, for one image is of one value. */
  moved: number;
  unmoved: number;
  empty: number;
  /** Series that were moved along their slices: by how many each. */
  slices: number[];
}

/** Of a pair, by the registration network of a model. */
export interface FlowRequest {
  modelId: number;
  pairingId: number;
  place: number;
}

/** Pairs being aligned. */
export interface AlignmentProgress {
  pairingId: number;
  done: number;
  total: number;
  secondsLeft: number | null;
}

export interface TranslationRequest {
  /** Default: the newest that goes between these modalities. */
  modelId?: number | undefined;
  /** Modality of the images, and what to make of them; default: those that the model learned. */
  from?: string | undefined;
  to?: string | undefined;
  /** Those too that have a counterpart. Default: only images without. */
  all?: boolean | undefined;
  device?: string | undefined;
}

/** As it is stored, and handed to the run's process. */
export interface TranslationPlan extends Modalities {
  /** Images that cannot be translated, and why, for the person who asked. */
  remarks: Statement[];
}

/** Images of a run that translates. */
export interface TranslatedRow {
  sourceFrameId: number;
  frameId: number;
  /** Revision of the source that its annotation repeats; null: it has none, or one of its own. */
  carriedFrom: number | null;
}

/** Translated images, by what carrying outlines of their sources to them did. */
export interface CarriedOutcome {
  carried: number;
  /** They have an annotation of their own, which stays. */
  kept: number;
  /** They have none, nor has their source; or that was accepted unseen. */
  bare: number;
  unseen: number;
  /** They keep what was carried to them, though their source has no annotation any more: each is taken back by undo on it. */
  withdrawn: number;
}
