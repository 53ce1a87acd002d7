/** @file Synthetic image–mask pairs: what a generator painted for new masks, how good it is, and what a person thinks of it. */
import type { MaskRecord, SettingField, SettingValue } from "../../methods/index.ts";
import type { SynthesisQuality } from "../../metrics/index.ts";
export type { MaskRecord } from "../../methods/index.ts";
export type { Estimated, SynthesisQuality } from "../../metrics/index.ts";

/** Only an accepted pair is an image of the project. */
export type PairState = "undecided" | "accepted" | "rejected";

/** What is done to source masks: "moved" as in the generator's training; "bent" smoothly too; "blended": some are made of two. */
export type MaskShapes = "moved" | "bent" | "blended";

/** A generator that can be asked for pairs. */
export interface GeneratorRow {
  modelId: number;
  name: string;
  method: string;
  /** Class values it can paint, as the project names them now. */
  classes: { value: number; name: string; color: string }[];
  /** Annotated images that it learned from: the masks that new ones are made of. */
  sources: number;
  /** Of them those that show each class, by class value. */
  sourcesOfClass: Record<number, number>;
  /** Side of the squares that it paints, pixels. */
  size: number;
  channels: 1 | 3;
  /** Shares of the 4 × 4, 6 × 6 and 8 × 8 kernels of each searched cell, innermost first; empty where it has none. */
  architecture: { half: "up" | "down"; shares: number[][] }[];
  /** What may be chosen for every synthesis; see Method.paintSettings. */
  paintSettings: SettingField[];
  /** Pairs made by it so far, and those of them that were accepted. */
  made: number;
  accepted: number;
}

/** Masks that a generator can take for each value of a label of whole images. */
export interface GradeSources {
  labelId: number;
  name: string;
  /** In the order of the label. `predicted`: those of images of which nobody said it, by a proposal that waits. */
  grades: { grade: string; said: number; predicted: number }[];
}

export interface SynthesisRequest {
  modelId: number;
  /** Pairs; 1 to 10 000. */
  count: number;
  seed?: number | undefined;
  /** Of all pairs so many show this class, by class value; the rest come from all masks in turn. */
  quota?: Record<number, number> | undefined;
  /** So many come from masks of images of which this is said, or else predicted: by class or grade of one label. Not beside `quota`. */
  perGrade?: { labelId: number; pairs: Record<string, number> } | undefined;
  /** "More like these": new pairs come of the masks of these alone, changed a third as much. */
  like?: readonly number[] | undefined;
  /** Default "moved". */
  shapes?: MaskShapes | undefined;
  /** Model that looks whether image and mask agree; default: the best one that learned from real images alone; null: none. */
  judgeModelId?: number | null | undefined;
  /** Of the generator's `paintSettings`; those not given have their defaults. */
  settings?: Readonly<Record<string, SettingValue>> | undefined;
  device?: string | undefined;
}

export interface PairQuality {
  /** Mean Dice, over the classes in it, of the mask and what the judge finds in the image; null without judge. */
  alignment: number | null;
  /** The real image of the training that is nearest in features, and the distances of features and of pixels (metrics/memorization.ts). */
  nearestFrameId: number;
  featureDistance: number;
  pixelDistance: number;
  /** Withheld: it cannot be accepted. Null: too few real images for a verdict. */
  isNearCopy: boolean | null;
  /** The mask lies far from all that the generator learned from, in size, place or extent. Pairs of older versions do not say. */
  isMaskFar?: boolean;
}

export interface PairOrigin extends MaskRecord {
  /** The real image that the picture went by beside its mask, moved as the mask; `weight` as much as the mask at 1. Left out: none. */
  reference?: { frameId: number; weight: number };
  /** The class or grade that it was drawn for, which is that of the image that its mask was made of; `isPredicted`: a model said so. */
  grade?: { labelId: number; name: string; grade: string; isPredicted: boolean };
}

export interface SyntheticPairRow {
  pairId: number;
  runId: number;
  modelId: number;
  /** Place in its run, from 0. */
  index: number;
  width: number;
  height: number;
  channels: 1 | 3;
  state: PairState;
  /** The image of the project that it became; null unless accepted. */
  frameId: number | null;
  /** Class values of its mask. */
  classes: number[];
  /** Source masks, transformation and seed: all it takes to make the mask again. */
  origin: PairOrigin;
  quality: PairQuality;
}

/** A run that made pairs, or makes them. */
export interface SynthesisRow {
  runId: number;
  modelId: number;
  judgeModelId: number | null;
  createdAt: string;
  seed: number;
  shapes: MaskShapes;
  /** Asked for, made so far, and decided of those. */
  count: number;
  made: number;
  accepted: number;
  rejected: number;
  /** Near-copies, which cannot be accepted. */
  withheld: number;
}

/** What a synthesis works on at this moment, told a few times a second; nothing of it is kept. */
export interface Painting {
  /** The model and the real images are read; programs are made ready; pictures are painted. */
  phase: "reading" | "compiling" | "painting";
  /** Places in the run of the pairs that are painted together now. */
  first: number;
  count: number;
  /** Steps done of the pictures that are painted now, of how many; 0 of 0 for a generator that paints at once. */
  step: number;
  steps: number;
  /** Of the whole run; null while unknown. */
  secondsLeft: number | null;
  /** Those pictures as they are seen behind the noise: PNGs in base64, by place; left out where they are as told before. */
  previews?: { index: number; png: string }[];
}

export interface SynthesisDetail extends SynthesisRow {
  pairs: SyntheticPairRow[];
  /** Of all pairs of the run; null before it is done. */
  quality: SynthesisQuality | null;
}

/** What a synthesis makes, beside what every run knows: as it is stored, and handed to the run's process. */
export interface SynthesisPlan {
  count: number;
  shapes: MaskShapes;
  /** Pairs that show each class, by class value. */
  quota: Record<string, number>;
  /** Pairs of each class or grade of a label, and the frames whose masks they are made of. Of older versions there is none. */
  grades?: {
    labelId: number;
    name: string;
    asked: { grade: string; pairs: number; said: number[]; predicted: number[] }[];
  };
  /** Frames whose masks alone are parents, changed a third as much; null: all. */
  parents: number[] | null;
  judge: { modelId: number; method: string } | null;
}

/** What the run's process has to know of a pair that it made before it was interrupted. */
export interface MadePair {
  index: number;
  parentFrameId: number;
  alignment: number | null;
  isNearCopy: boolean | null;
  /** Of the fixed feature network. */
  features: number[];
}
