/** @file How sure a measure of two sets is: the jackknife of two samples, which also takes out the bias of order 1 / n. */
import { studentQuantile } from "../review/residual-error.ts";

export interface DistanceEstimate {
  /** Corrected for bias; may be slightly below 0 where the two distributions are the same. */
  value: number;
  /** Bounds of the 95 % interval. */
  low: number;
  high: number;
  /** Without correction: what is compared with figures published at the same number of images. */
  plain: number;
}

/**
 * From the measure of everything and the measures with one part of the one set or of the other left out. Bias and variance of each set add up (Efron &
 * Stein 1981); the interval is Student's with the parts of the smaller set, less one, as degrees of freedom. Each list has at least two.
 */
export function jackknife(plain: number, withoutA: ArrayLike<number>, withoutB: ArrayLike<number>): DistanceEstimate {
  const sides = [withoutA, withoutB].map((values) => {
    const parts = values.length;
    const mean = sumOf(values, (value) => value) / parts;
    const variance = ((parts - 1) / parts) * sumOf(values, (value) => (value - mean) ** 2);
    return { bias: (parts - 1) * (mean - plain), variance };
  });
  const value = sides.reduce((sum, { bias }) => sum - bias, plain);
  const freedom = Math.min(withoutA.length, withoutB.length) - 1;
  const half = studentQuantile(freedom) * Math.sqrt(sides.reduce((sum, { variance }) => sum + variance, 0));
  return { value, low: value - half, high: value + half, plain };
}

function sumOf(values: ArrayLike<number>, term: (value: number) => number): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += term(values[index]!);
  return sum;
}
