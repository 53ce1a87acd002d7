/** @file What a set of synthetic pairs is worth as pictures, told with intervals, or why it cannot be told. */
import type { DistanceEstimate } from "../distributions/jackknife.ts";
import type { MemorizationWarning } from "../memorization.ts";

/** A number with its 95 % interval, or how many independent images (patients, source masks) the smaller set has and each set needs. */
export type Estimated = ({ kind: "estimate" } & DistanceEstimate) | { kind: "too-few"; images: number; needed: number };

export interface SynthesisQuality {
  /** Images compared: synthetic ones that are not withheld, and those that the generator learned from. */
  pairs: number;
  real: number;
  /** Dice of masks and what the judge finds in the images; null without judge. `poor`: pairs below 0.5. */
  alignment: { median: number; lowest: number; poor: number } | null;
  /** Pairs that were withheld as near-copies, and how many of so many fresh images would be by chance at most; null without a verdict. */
  nearCopies: number | null;
  expectedByChance: number | null;
  warnings: MemorizationWarning[];
  /** Of features, the mean distance of a pair to its nearest among the others, as a share of the same among real images of different patients: 1 is as varied. */
  diversity: Estimated;
  /** Squared Fréchet distance of pairs and real images in the 13 features of features/directionless.ts, kernel distance in all of features/describe.ts. */
  frechet: Estimated;
  kernel: Estimated;
}
