/** @file The kernel distance of two sets of images in a feature space: what "KID" is with the features of Inception-v3. */
import { Random } from "../../random/index.ts";
import { assertComparable, type FeatureSet, partsOf } from "./feature-set.ts";
import { type DistanceEstimate, jackknife } from "./jackknife.ts";

type Rows = readonly ArrayLike<number>[];

/** Independent groups of images that an interval needs in each set. */
export const KERNEL_NEEDS = { groups: 10 } as const;

/**
 * Squared maximum mean discrepancy with the kernel (x·y / features + 1)³, unbiased: the mean over the pairs of different images of a and of b, less twice
 * the mean over the pairs of one of each. Gretton et al. 2012, JMLR 13, eq. 3; Bińkowski et al. 2018, arXiv:1801.01401. 0 on average, so
 * slightly negative half the time, where both come from one distribution; it does not depend on the number of images otherwise. Throws as `assertComparable`.
 */
export function kernelDistance(a: Rows, b: Rows): number {
  assertComparable("kernelDistance", a, b);
  const all = new Array<number>(Math.max(a.length, b.length)).fill(0);
  return distanceOf(within(a, all, 1).pairs, a.length, within(b, all, 1).pairs, b.length, between(a, all, 1, b)[0]!);
}

/**
 * `kernelDistance` with a 95 % interval by jackknife, leaving out one group of images at a time. Throws `RangeError` for fewer than 10 groups in a set.
 * Where two sets share a distribution the interval is wider than it had to be.
 */
export function estimateKernelDistance(a: FeatureSet, b: FeatureSet): DistanceEstimate {
  const measure = "estimateKernelDistance";
  assertComparable(measure, a.rows, b.rows);
  const [partsA, partsB] = [a, b].map((set) => partsOf(measure, set, KERNEL_NEEDS.groups)) as [Parts, Parts];
  const [ofA, ofB] = [within(a.rows, partsA.of, partsA.count), within(b.rows, partsB.of, partsB.count)];
  const acrossA = between(a.rows, partsA.of, partsA.count, b.rows);
  const acrossB = between(b.rows, partsB.of, partsB.count, a.rows);
  const [n, m] = [a.rows.length, b.rows.length];
  const across = sumOf(acrossA);
  const withoutA = ofA.without.map((pairs, part) =>
    distanceOf(pairs, n - ofA.sizes[part]!, ofB.pairs, m, across - acrossA[part]!),
  );
  const withoutB = ofB.without.map((pairs, part) =>
    distanceOf(ofA.pairs, n, pairs, m - ofB.sizes[part]!, across - acrossB[part]!),
  );
  return jackknife(distanceOf(ofA.pairs, n, ofB.pairs, m, across), withoutA, withoutB);
}

type Parts = ReturnType<typeof partsOf>;

/**
 * `kernelDistance` of random subsets of `size` images of each set, drawn without replacement: the mean and standard deviation over 100 subsets of 1000 is
 * how KID is published. The deviation is no standard error: subsets share images. Throws `RangeError` when a set has not more than `size` images: all
 * subsets would be the same.
 */
export function kernelDistanceBlocks(
  a: Rows,
  b: Rows,
  { size = 1000, blocks = 100, seed = 1 }: { size?: number; blocks?: number; seed?: number } = {},
): number[] {
  if (!(size >= 2 && size < Math.min(a.length, b.length))) {
    throw new RangeError(`kernelDistanceBlocks: blocks of ${size} from sets of ${a.length} and ${b.length} images.`);
  }
  const random = new Random(seed, "kernel-distance");
  return Array.from({ length: blocks }, () =>
    kernelDistance(random.shuffle(a).slice(0, size), random.shuffle(b).slice(0, size)),
  );
}

function distanceOf(pairsA: number, n: number, pairsB: number, m: number, across: number): number {
  return pairsA / (n * (n - 1)) + pairsB / (m * (m - 1)) - (2 * across) / (n * m);
}

function kernel(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let product = 0;
  for (let feature = 0; feature < x.length; feature++) product += x[feature]! * y[feature]!;
  return (product / x.length + 1) ** 3;
}

/** Sums of the kernel over the ordered pairs of different images: all of them, and what is left without each part. */
function within(rows: Rows, part: readonly number[], parts: number) {
  const touching = new Float64Array(parts);
  const sizes = new Float64Array(parts);
  let pairs = 0;
  rows.forEach((row, index) => {
    const own = part[index]!;
    sizes[own]!++;
    for (let before = 0; before < index; before++) {
      const both = 2 * kernel(row, rows[before]!);
      pairs += both;
      touching[own]! += both;
      if (part[before] !== own) touching[part[before]!]! += both;
    }
  });
  return { pairs, sizes, without: touching.map((sum) => pairs - sum) };
}

/** Sum of the kernel between the images of each part and all of the other set. */
function between(rows: Rows, part: readonly number[], parts: number, others: Rows): Float64Array {
  const sums = new Float64Array(parts);
  rows.forEach((row, index) => {
    for (const other of others) sums[part[index]!]! += kernel(row, other);
  });
  return sums;
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
