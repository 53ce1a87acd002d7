/** @file Distances between distributions. */
import {
  add,
  exp,
  logSoftmax,
  matmul,
  mean,
  mul,
  relu,
  sizeOf,
  square,
  sub,
  sumOver,
  transposed,
  type Tensor,
} from "../../engine/index.ts";

export interface MmdOptions {
  /** Width of the kernel exp(-|u - v|² / (2 sigma²)). */
  sigma: number;
  /** Leave out pairs of a row with itself: unbiased, but it may be slightly negative. Default false. */
  unbiased?: boolean;
}

/** |u_i - v_j|² for all pairs of rows: [A, D] and [B, D] -> [A, B]. Rounding below 0 is cut off. */
function squaredDistances(u: Tensor, v: Tensor): Tensor {
  const lengths = (rows: Tensor) => sumOver(square(rows), { axes: [1], keepDims: true });
  const sums = add(lengths(u), transposed(lengths(v)));
  return relu(sub(sums, mul(matmul(u, transposed(v)), 2)));
}

/**
 * Squared maximum mean discrepancy of two sets of rows, [A, D] and [B, D] -> scalar: mean k(a, a') + mean k(b, b') - 2 mean k(a, b). 0 if and
 * only if the sets are the same, whatever the order of their rows. Gretton et al. 2012, JMLR 13.
 */
export function mmdRbf(a: Tensor, b: Tensor, { sigma, unbiased = false }: MmdOptions): Tensor {
  const kernel = (u: Tensor, v: Tensor) => exp(mul(squaredDistances(u, v), -1 / (2 * sigma * sigma)));
  const within = (rows: Tensor) => {
    const count = rows.shape[0]!;
    if (!unbiased) return mean(kernel(rows, rows));
    if (count < 2) throw new Error("mmdRbf: the unbiased estimate needs two rows at least.");
    // A row is as near to itself as can be: the diagonal adds `count` ones, up to rounding.
    return mul(sub(sumOver(kernel(rows, rows)), count), 1 / (count * (count - 1)));
  };
  return sub(add(within(a), within(b)), mul(mean(kernel(a, b)), 2));
}

/**
 * Kullback-Leibler divergence of softmax(logits) from softmax(other), mean over positions: both [N, K, ..] -> scalar ≥ 0. Gradients go to
 * both; stop the one that is a target.
 */
export function softmaxDivergence(logits: Tensor, other: Tensor): Tensor {
  const [p, q] = [logits, other].map((one) => logSoftmax(one, { axis: 1 })) as [Tensor, Tensor];
  return mean(sumOver(mul(exp(p), sub(p, q)), { axes: [1] }));
}

export interface Gaussian {
  readonly mean: Tensor;
  /** Logarithm of the variance, of the mean's shape. */
  readonly logVariance: Tensor;
}

/**
 * Kullback-Leibler divergence of a Gaussian with independent elements from another (default: the standard normal), summed over elements,
 * mean over the batch axis 0 -> scalar ≥ 0. Kingma & Welling 2013, arXiv:1312.6114.
 */
export function gaussianDivergence(of: Gaussian, from?: Gaussian): Tensor {
  const count = of.mean.shape[0]! / sizeOf(of.mean.shape);
  // ½ Σ (v / w + (m - n)² / w - 1 + log w - log v)
  const distance = square(from ? sub(of.mean, from.mean) : of.mean);
  const spread = add(exp(of.logVariance), distance);
  const parts = from
    ? sub(add(mul(spread, exp(mul(from.logVariance, -1))), from.logVariance), of.logVariance)
    : sub(spread, of.logVariance);
  return mul(mean(sub(parts, 1)), 0.5 / count);
}
