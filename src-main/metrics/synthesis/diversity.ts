/** @file How varied synthetic images are beside the real ones. */
import { assertComparable, type FeatureSet, partsOf } from "../distributions/feature-set.ts";
import { type DistanceEstimate, jackknife } from "../distributions/jackknife.ts";

/** Independent groups of images that an interval needs in each set. */
export const DIVERSITY_NEEDS = { groups: 10 } as const;

/**
 * Mean distance of a synthetic image to the nearest other one, as a share of the mean distance of a real image to the nearest of another group: 1 is as
 * varied, 0 is all alike. The more images, the nearer the nearest; so both are the means over all draws of equally many images. With a 95 % interval by
 * jackknife, leaving out a group at a time. Throws `RangeError` as `assertComparable`, for fewer than 10 groups in a set, and where real images of
 * different groups are all the same.
 */
export function estimateDiversity(synthetic: FeatureSet, real: FeatureSet): DistanceEstimate {
  const measure = "estimateDiversity";
  assertComparable(measure, synthetic.rows, real.rows);
  const [own, other] = [synthetic, real].map((set) => partsOf(measure, set, DIVERSITY_NEEDS.groups)) as [Parts, Parts];
  const ofSynthetic = neighborsOf(synthetic.rows, own.of, () => true);
  const groups = real.groups ?? real.rows.map((_, index) => index);
  const ofReal = neighborsOf(real.rows, other.of, (a, b) => groups[a] !== groups[b]);
  const drawn = Math.min(fewestLeft(ofSynthetic, own.count), fewestLeft(ofReal, other.count));
  const spread = (neighbors: Neighbors, without?: number) => meanNearest(neighbors, drawn, without);
  const [numerator, denominator] = [spread(ofSynthetic), spread(ofReal)];
  if (denominator === 0) throw new RangeError(`${measure}: the real images are all the same.`);
  const { plain, low, high } = jackknife(
    numerator / denominator,
    Array.from({ length: own.count }, (_, part) => spread(ofSynthetic, part) / denominator),
    Array.from({ length: other.count }, (_, part) => numerator / spread(ofReal, part)),
  );
  // Only its width: without a mask fewer pairs share one, which the correction would take for bias. Without it there is next to none, a mean over all draws.
  const half = (high - low) / 2;
  return { value: plain, low: Math.max(0, plain - half), high: plain + half, plain };
}

type Parts = ReturnType<typeof partsOf>;

/** Of each image its part, and the images that it is compared with, nearest first. */
type Neighbors = { part: number; others: { part: number; distance: number }[] }[];

function neighborsOf(
  rows: FeatureSet["rows"],
  part: readonly number[],
  counts: (a: number, b: number) => boolean,
): Neighbors {
  return rows.map((row, index) => ({
    part: part[index]!,
    others: rows
      .flatMap((other, at) =>
        at === index || !counts(index, at) ? [] : [{ part: part[at]!, distance: distanceOf(row, other) }],
      )
      .sort((a, b) => a.distance - b.distance),
  }));
}

/** How many others every image has at the least, whichever part is left out. */
function fewestLeft(neighbors: Neighbors, parts: number): number {
  let fewest = Infinity;
  for (const { others } of neighbors) {
    const sizes = new Float64Array(parts);
    for (const { part } of others) sizes[part]!++;
    fewest = Math.min(fewest, others.length - Math.max(...sizes));
  }
  return fewest;
}

/**
 * Mean over the images of the expected distance to the nearest of `drawn` others, drawn without putting back: the t-th nearest of n is it when it is drawn
 * and no nearer one is.
 */
function meanNearest(neighbors: Neighbors, drawn: number, without?: number): number {
  let sum = 0;
  let images = 0;
  for (const { part, others } of neighbors) {
    if (part === without) continue;
    const left = others.filter((other) => other.part !== without);
    let beyond = 1; // the chance that all drawn ones lie beyond those seen so far
    for (let seen = 0; seen < left.length && beyond > 0; seen++) {
      const is = beyond * Math.min(1, drawn / (left.length - seen));
      sum += is * left[seen]!.distance;
      beyond -= is;
    }
    images++;
  }
  return sum / images;
}

function distanceOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return Math.sqrt(sum);
}
