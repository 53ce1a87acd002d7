/** @file The Fréchet distance of two sets of images in a feature space: what "FID" is with the features of Inception-v3. */
import { assertComparable, type FeatureSet, partsOf } from "./feature-set.ts";
import { type DistanceEstimate, jackknife } from "./jackknife.ts";
import { type Matrix, singularValues, triangle } from "./singular-values.ts";

/** What an estimate needs, found by simulation with Gaussians of 8 and 32 features: below, the interval misses the truth. */
export const FRECHET_NEEDS = {
  /** Independent groups of images in each set. */
  groups: 20,
  /** Images of each set for each feature. */
  imagesPerFeature: 1.25,
} as const;

/**
 * Squared Fréchet distance of the Gaussians with mean and unbiased covariance of two sets, vector per image:
 * |mₐ - m_b|² + tr(Sₐ + S_b - 2 (Sₐ S_b)^½). Dowson & Landau 1982; Heusel et al. 2017, arXiv:1706.08500. At least 0, in squared units of the features.
 * Biased upwards by about 1 / n: compare only at equal numbers of images, or take `estimateFrechetDistance`. Throws as `assertComparable`.
 */
export function frechetDistance(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number {
  assertComparable("frechetDistance", a, b);
  return distanceOf(gaussianOf(a), gaussianOf(b));
}

/**
 * The distance of the populations behind two sets: `frechetDistance` corrected for its bias, with a 95 % interval by jackknife. In simulations with n
 * images in 8 and 32 features it held the truth in 95 to 100 of 100; a percentile bootstrap of the plain distance in 0 to 12, since drawing
 * again adds the bias once more. Throws `RangeError` below `FRECHET_NEEDS`: use fewer features or `estimateKernelDistance`.
 */
export function estimateFrechetDistance(a: FeatureSet, b: FeatureSet): DistanceEstimate {
  const measure = "estimateFrechetDistance";
  const features = assertComparable(measure, a.rows, b.rows);
  const needed = Math.ceil(FRECHET_NEEDS.imagesPerFeature * features);
  for (const { rows } of [a, b]) {
    if (rows.length >= needed) continue;
    throw new RangeError(
      `${measure}: ${rows.length} images are too few for ${features} features; at least ${needed} are needed. Use fewer features or the kernel distance.`,
    );
  }
  const [partsA, partsB] = [a, b].map((set) => partsOf(measure, set, FRECHET_NEEDS.groups)) as [Parts, Parts];
  const whole = { a: gaussianOf(a.rows), b: gaussianOf(b.rows) };
  const without = ({ rows }: FeatureSet, parts: Parts, other: Gaussian) =>
    Float64Array.from({ length: parts.count }, (_, part) =>
      distanceOf(gaussianOf(rows.filter((_, index) => parts.of[index] !== part)), other),
    );
  return jackknife(distanceOf(whole.a, whole.b), without(a, partsA, whole.b), without(b, partsB, whole.a));
}

type Parts = ReturnType<typeof partsOf>;

/** Its covariance is factorᵀ factor, with as few rows as the images and features allow. */
interface Gaussian {
  mean: Float64Array;
  factor: Matrix;
}

function gaussianOf(rows: readonly ArrayLike<number>[]): Gaussian {
  const mean = new Float64Array(rows[0]!.length);
  for (const row of rows)
    for (let feature = 0; feature < mean.length; feature++) mean[feature]! += row[feature]! / rows.length;
  const scale = 1 / Math.sqrt(rows.length - 1);
  const centered = rows.map((row) => Float64Array.from(row, (value, feature) => (value - mean[feature]!) * scale));
  return { mean, factor: centered.length > mean.length ? triangle(centered) : centered };
}

/** With Sₐ = AᵀA and S_b = BᵀB, tr (Sₐ S_b)^½ is the sum of the singular values of ABᵀ: no root of a matrix, no negative eigenvalue to cut off. */
function distanceOf(a: Gaussian, b: Gaussian): number {
  const shift = a.mean.reduce((sum, value, feature) => sum + (value - b.mean[feature]!) ** 2, 0);
  const product = a.factor.map((row) => Float64Array.from(b.factor, (other) => dot(row, other)));
  const shared = singularValues(product).reduce((sum, value) => sum + value, 0);
  return Math.max(0, shift + squaresOf(a.factor) + squaresOf(b.factor) - 2 * shared);
}

const squaresOf = (matrix: Matrix): number => matrix.reduce((sum, row) => sum + dot(row, row), 0);

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
