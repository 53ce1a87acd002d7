/**
 * @file One class of one volume against its reference, by the conventions of medpy that publications use, and what becomes of
 * masks that are empty.
 */
import { countOverlap } from "./overlap.ts";
import {
  assdOf,
  directedMeanOf,
  hausdorff95Of,
  surfaceDistances,
  type SurfaceDistanceOptions,
} from "./surface-distance.ts";

/**
 * What an empty mask scores. "strict": both empty, full marks; one of them, Dice and Jaccard 0 and every distance the diagonal of
 * the volume. "legacy", as in the tables of many papers: an empty prediction scores 0 four times, which is perfect for
 * distances; an empty reference is an error.
 */
export type EmptyRule = "strict" | "legacy";

/** Which of the two masks had no voxel. */
export type Emptiness = "none" | "prediction" | "reference" | "both";

export interface VolumeScores {
  dice: number;
  jaccard: number;
  /** 95th percentile of both directed distances pooled. */
  hausdorff95: number;
  /** ASD, directed: mean distance from the surface of the prediction to that of the reference. */
  averageSurfaceDistance: number;
  /** ASSD: mean of both directions. */
  assd: number;
  /** Not "none": the numbers above are the rule's, not measured. */
  empty: Emptiness;
}

export interface VolumeScoreOptions extends SurfaceDistanceOptions {
  /** Default "strict". */
  emptyRule?: EmptyRule;
}

/**
 * Scores of one class: masks [z, y, x] or [y, x], non-zero = foreground. Distances in mm where `spacing` is given, else in voxels.
 * Throws `RangeError` when sizes do not agree, or by the legacy rule when only the reference is empty.
 */
export function scoreVolume(
  prediction: ArrayLike<number>,
  reference: ArrayLike<number>,
  { emptyRule = "strict", ...options }: VolumeScoreOptions,
): VolumeScores {
  const distances = surfaceDistances(prediction, reference, options);
  const { both, onlyA, onlyB } = countOverlap(prediction, reference);
  if (distances !== null) {
    return {
      dice: (2 * both) / (2 * both + onlyA + onlyB),
      jaccard: both / (both + onlyA + onlyB),
      hausdorff95: hausdorff95Of(distances),
      averageSurfaceDistance: directedMeanOf(distances),
      assd: assdOf(distances),
      empty: "none",
    };
  }
  const empty = onlyA === 0 ? (onlyB === 0 ? "both" : "prediction") : "reference";
  if (emptyRule === "legacy" && empty === "reference") {
    throw new RangeError(
      "volume scores: the reference is empty, where the legacy rule has no score. Use the strict rule.",
    );
  }
  const overlap = emptyRule === "strict" && empty === "both" ? 1 : 0;
  const distance = emptyRule === "strict" && empty !== "both" ? diagonalOf(options) : 0;
  return {
    dice: overlap,
    jaccard: overlap,
    hausdorff95: distance,
    averageSurfaceDistance: distance,
    assd: distance,
    empty,
  };
}

/** Means over volumes, and how many of them had an empty mask: to be published beside the means. */
export interface VolumeSummary extends Omit<VolumeScores, "empty"> {
  volumes: number;
  empty: Record<Exclude<Emptiness, "none">, number>;
}

/** Throws `RangeError` for no volumes. */
export function summarizeVolumes(scores: readonly VolumeScores[]): VolumeSummary {
  if (scores.length === 0) throw new RangeError("volume scores: no volumes to summarize.");
  const mean = (key: Exclude<keyof VolumeScores, "empty">) =>
    scores.reduce((sum, each) => sum + each[key], 0) / scores.length;
  const count = (kind: Emptiness) => scores.filter(({ empty }) => empty === kind).length;
  return {
    dice: mean("dice"),
    jaccard: mean("jaccard"),
    hausdorff95: mean("hausdorff95"),
    averageSurfaceDistance: mean("averageSurfaceDistance"),
    assd: mean("assd"),
    volumes: scores.length,
    empty: { prediction: count("prediction"), reference: count("reference"), both: count("both") },
  };
}

/** Of the box of all voxels, in the units of `spacing`: no two points of the volume are farther apart. */
function diagonalOf({ shape, spacing = shape.map(() => 1) }: SurfaceDistanceOptions): number {
  return Math.hypot(...shape.map((size, axis) => size * spacing[axis]!));
}
