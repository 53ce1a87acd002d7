/**
 * @file How far predicted numbers are from true ones. All take `target` and `predicted` of the same, non-zero length.
 */

/** Mean squared error. */
export function mse(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return rmse(target, predicted) ** 2;
}

/** Root of the mean squared error, in the unit of the target. */
export function rmse(target: ArrayLike<number>, predicted: ArrayLike<number>): number {
  assertPaired(target, predicted);
  return rootMeanSquare(Float64Array.from(target, (truth, index) => predicted[index]! - truth));
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
  const error = rmse(target, predicted);
  const spread = deviation(target);
  return spread === null ? null : 1 - (error / spread) ** 2;
}

/** Pearson's correlation, in [-1, 1]; null when either side is constant. */
export function pearson(target: ArrayLike<number>, predicted: ArrayLike<number>): number | null {
  assertPaired(target, predicted);
  if (deviation(target) === null || deviation(predicted) === null) return null;
  const [a, b] = [unitScaled(centred(target)), unitScaled(centred(predicted))];
  let together = 0;
  for (let index = 0; index < a.length; index++) together += a[index]! * b[index]!;
  const correlation = together / a.length / (rootMeanSquare(a) * rootMeanSquare(b));
  return Math.min(1, Math.max(-1, correlation));
}

/** Of numbers that differ by less than this share of the largest nothing but rounding differs. */
const CONSTANT = 1e-12;

/** Standard deviation of the numbers themselves (by n, not n - 1); null when they are constant. */
export function deviation(values: ArrayLike<number>): number | null {
  const spread = rootMeanSquare(centred(values));
  return spread > CONSTANT * largest(values) ? spread : null;
}

function centred(values: ArrayLike<number>): Float64Array {
  const center = average(values, values, (value) => value);
  return Float64Array.from(values, (value) => value - center);
}

/** Divided by the largest of them: squares of very large and very small numbers are no numbers any more. */
function unitScaled(values: Float64Array): Float64Array {
  const scale = largest(values) || 1;
  return values.map((value) => value / scale);
}

function rootMeanSquare(values: Float64Array): number {
  const sum = unitScaled(values).reduce((total, value) => total + value ** 2, 0);
  return largest(values) * Math.sqrt(sum / values.length);
}

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let index = 0; index < values.length; index++) most = Math.max(most, Math.abs(values[index]!));
  return most;
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
