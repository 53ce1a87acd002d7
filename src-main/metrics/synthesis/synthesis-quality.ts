/** @file The quality of a set of synthetic pairs, put together from what is known of each pair and of the real images. */
import type { FeatureSet } from "../distributions/feature-set.ts";
import { estimateFrechetDistance, FRECHET_NEEDS } from "../distributions/frechet-distance.ts";
import type { DistanceEstimate } from "../distributions/jackknife.ts";
import { estimateKernelDistance, KERNEL_NEEDS } from "../distributions/kernel-distance.ts";
import { directionless } from "../features/directionless.ts";
import type { RealImages } from "../memorization.ts";
import { median } from "../review/shape.ts";
import { DIVERSITY_NEEDS, estimateDiversity } from "./diversity.ts";
import type { Estimated, SynthesisQuality } from "./quality.ts";

/** What is known of a pair once it is made. */
export interface MeasuredPair {
  /** `pooledFeatures` of the image as it was made. */
  features: ArrayLike<number>;
  /** Its source mask: pairs of one mask resemble each other. */
  group: string | number;
  /** `alignmentOf`; null without judge. */
  alignment: number | null;
  isNearCopy: boolean | null;
}

/** Alignment below which a pair is poor. */
const POOR = 0.5;

/**
 * What the pairs that are not withheld are worth. The order of the pairs makes no difference but for rounding. Throws `RangeError` for features of different
 * lengths and those that are not finite.
 */
export function synthesisQuality(real: Omit<RealImages, "compare">, pairs: readonly MeasuredPair[]): SynthesisQuality {
  const kept = pairs.filter(({ isNearCopy }) => isNearCopy !== true);
  const synthetic: FeatureSet = {
    rows: kept.map(({ features }) => features),
    groups: kept.map(({ group }) => group),
  };
  return {
    pairs: kept.length,
    real: real.features.rows.length,
    alignment: alignmentSummary(kept),
    nearCopies: real.thresholds && pairs.length - kept.length,
    expectedByChance: real.expectedByChance(pairs.length),
    warnings: real.warnings,
    diversity: estimated(synthetic, withoutRepeats(real.features), DIVERSITY_NEEDS.groups, estimateDiversity),
    frechet: estimated(reduced(synthetic), reduced(real.features), FRECHET_NEEDS.groups, estimateFrechetDistance),
    kernel: estimated(synthetic, real.features, KERNEL_NEEDS.groups, estimateKernelDistance),
  };
}

function alignmentSummary(pairs: readonly MeasuredPair[]): SynthesisQuality["alignment"] {
  const values = pairs.flatMap(({ alignment }) => (alignment === null ? [] : [alignment]));
  if (values.length === 0) return null;
  return {
    median: median(values),
    lowest: Math.min(...values),
    poor: values.filter((value) => value < POOR).length,
  };
}

const reduced = (set: FeatureSet): FeatureSet => ({ ...set, rows: set.rows.map(directionless) });

/** An image that was stored twice has the nearest possible neighbor and would make the real images look alike. */
function withoutRepeats({ rows, groups }: Required<FeatureSet>): FeatureSet {
  const kept = new Set(new Map(rows.map((row, index) => [Array.from(row).join(), index])).values());
  return { rows: rows.filter((_, index) => kept.has(index)), groups: groups.filter((_, index) => kept.has(index)) };
}

/** Images of a group are no more than one: what counts is how many groups there are. */
function estimated(
  a: FeatureSet,
  b: FeatureSet,
  needed: number,
  estimate: (a: FeatureSet, b: FeatureSet) => DistanceEstimate,
): Estimated {
  const images = Math.min(...[a, b].map(({ rows, groups }) => new Set(groups ?? rows.keys()).size));
  return images < needed ? { kind: "too-few", images, needed } : { kind: "estimate", ...estimate(a, b) };
}
