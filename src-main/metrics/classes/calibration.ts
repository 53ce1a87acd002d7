/**
 * @file Whether probabilities mean what they say. All take the true class 0..K-1 of each image and a row of K probabilities that sum to 1, and throw
 * `RangeError` for rows that do not pair or are no probabilities.
 */
import { assertRows } from "./roc.ts";

export interface ReliabilityBin {
  /** Confidences in (low, high]; 0 belongs to the first bin. */
  low: number;
  high: number;
  /** How many images: the figures of few images say little. */
  count: number;
  /** Mean probability of the predicted class, and the share of predictions that were right. null without an image. */
  confidence: number | null;
  accuracy: number | null;
}

/** The reliability diagram: predictions by the probability of the class they chose (of equal ones the first), in bins of equal width. */
export function reliability(
  target: ArrayLike<number>,
  probabilities: readonly ArrayLike<number>[],
  { bins = 10 }: { bins?: number } = {},
): ReliabilityBin[] {
  if (!(Number.isInteger(bins) && bins >= 1)) throw new RangeError(`reliability: ${bins} is no number of bins.`);
  assertProbabilities(target, probabilities);
  const sums = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  probabilities.forEach((row, index) => {
    let chosen = 0;
    for (let own = 1; own < row.length; own++) if (row[own]! > row[chosen]!) chosen = own;
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(row[chosen]! * bins) - 1))]!;
    bin.count++;
    bin.confidence += row[chosen]!;
    if (chosen === target[index]) bin.right++;
  });
  return sums.map(({ count, confidence, right }, bin) => ({
    low: bin / bins,
    high: (bin + 1) / bins,
    count,
    confidence: count === 0 ? null : confidence / count,
    accuracy: count === 0 ? null : right / count,
  }));
}

/**
 * Expected calibration error, in [0, 1]: the mean over the images of |accuracy - confidence| of their bin. Naeini et al. 2015; Guo et al. 2017,
 * arXiv:1706.04599, eq. 3. It is biased upwards with few images, and depends on the number of bins: state both.
 */
export function expectedCalibrationError(
  target: ArrayLike<number>,
  probabilities: readonly ArrayLike<number>[],
  options: { bins?: number } = {},
): number {
  const error = reliability(target, probabilities, options).reduce(
    (sum, { count, confidence, accuracy }) => (count === 0 ? sum : sum + count * Math.abs(accuracy! - confidence!)),
    0,
  );
  return error / probabilities.length;
}

/**
 * Brier score: the mean over the images of the squared distance between the probabilities and the truth as 0 and 1, summed over the classes. In [0, 2], lower is
 * better. Brier 1950, Monthly Weather Review 78(1), eq. 2. With two classes it is twice scikit-learn's `brier_score_loss`.
 */
export function brier(target: ArrayLike<number>, probabilities: readonly ArrayLike<number>[]): number {
  assertProbabilities(target, probabilities);
  let sum = 0;
  probabilities.forEach((row, index) => {
    for (let own = 0; own < row.length; own++) sum += (row[own]! - (own === target[index] ? 1 : 0)) ** 2;
  });
  return sum / probabilities.length;
}

/** Softmax in float32 sums to 1 within 1e-6; a table rounded to three digits within this. */
const TOLERANCE = 0.01;

function assertProbabilities(target: ArrayLike<number>, rows: readonly ArrayLike<number>[]): void {
  const classes = assertRows(target, rows);
  rows.forEach((row, index) => {
    let sum = 0;
    for (let own = 0; own < classes; own++) {
      if (row[own]! < 0) throw new RangeError(`calibration: probability ${row[own]!} in row ${index} is negative.`);
      sum += row[own]!;
    }
    if (Math.abs(sum - 1) > TOLERANCE) throw new RangeError(`calibration: row ${index} sums to ${sum}, not to 1.`);
  });
}
