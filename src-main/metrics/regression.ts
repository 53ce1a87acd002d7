/**
 * @file How far predicted numbers are from true ones. All take `target` and `predicted` of the same, non-zero length.
 */

/** Mean squared error. */
export function mse(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return average(target, predicted, (truth, guess) => (guess - truth) ** 2);
}

/** Root of the mean squared error, in the unit of the target. */
export function rmse(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return Math.sqrt(mse(target, predicted));
}

/** Mean absolute error, in the unit of the target. */
export function mae(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return average(target, predicted, (truth, guess) => Math.abs(guess - truth));
}

/** Mean absolute error relative to the target, in percent; Infinity when a target is zero. */
export function mape(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return 100 * average(target, predicted, (truth, guess) => Math.abs((guess - truth) / truth));
}

/** Median of the absolute error relative to the target, in percent. */
export function medianRelativeError(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  assertPaired(target, predicted);
  const errors = Float64Array.from(
    target,
    (truth, index) => 100 * Math.abs((predicted[index]! - truth) / truth),
  ).sort();
  return (errors[(errors.length - 1) >> 1]! + errors[errors.length >> 1]!) / 2;
}

/** Coefficient of determination, at most 1; null when all targets are equal. */
export function r2(target: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  const center = average(target, target, (truth) => truth);
  const variance = average(target, target, (truth) => (truth - center) ** 2);
  return variance === 0 ? null : 1 - mse(target, predicted) / variance;
}

/** Pearson's correlation, in [-1, 1]; null when either side is constant. */
export function pearson(target: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  const centerTarget = average(target, predicted, (truth) => truth);
  const centerPredicted = average(target, predicted, (_, guess) => guess);
  const together = average(target, predicted, (truth, guess) => (truth - centerTarget) * (guess - centerPredicted));
  const spreadTarget = average(target, predicted, (truth) => (truth - centerTarget) ** 2);
  const spreadPredicted = average(target, predicted, (_, guess) => (guess - centerPredicted) ** 2);
  const spread = Math.sqrt(spreadTarget * spreadPredicted);
  return spread === 0 ? null : together / spread;
}

function average(
  target: ArrayLike<number>,
  predicted: ArrayLike<number>,
  term: (truth: number, guess: number) => number,
): number {
  assertPaired(target, predicted);
  let sum = 0;
  for (let index = 0; index < target.length; index++) sum += term(target[index]!, predicted[index]!);
  return sum / target.length;
}

function assertPaired(target: ArrayLike<number>, predicted: ArrayLike<number>): void {
  if (target.length !== predicted.length || target.length === 0) {
    throw new RangeError(`regression: ${target.length} targets and ${predicted.length} predictions do not pair.`);
  }
}
