/** @file Pairings of two modalities, and translations from one to the other. */
import type { Modalities } from "../../methods/index.ts";
import type { Statement } from "../../problem/index.ts";
import type { Split } from "./splits.ts";
export type { Modalities } from "../../methods/index.ts";

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

export interface PairingDetail extends PairingRow {
  frames: { source: number | null; target: number | null }[];
}

export interface TranslationRequest {
  modelId: number;
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
}
