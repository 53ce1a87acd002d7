/** @file What is still wrong with the masks that nobody looked at. */

/** Of an image with known truth: Dice minus its estimate by a regression that did not see its patient. */
export interface Residual {
  group: number;
  residual: number;
}

export interface ResidualError {
  /** Mean of 1 - Dice over all masks, those that a person looked at counted as right. */
  error: number;
  /** Half of the 95 % interval of it. */
  halfWidth: number;
}

/**
 * `estimates`: estimated Dice of masks that nobody looked at; `total`: of all, looked at or not. Their mean error is that of the estimates, corrected by
 * the mean residual of known patients; its variance is that of the correction (between patients) and that of the masks (within). null without masks or
 * with fewer than two known patients.
 */
export function residualError(
  estimates: readonly number[],
  total: number,
  residuals: readonly Residual[],
): ResidualError | null {
  const byGroup = new Map<number, number[]>();
  for (const { group, residual } of residuals) byGroup.set(group, [...(byGroup.get(group) ?? []), residual]);
  const groups = [...byGroup.values()].map(meanOf);
  if (total === 0 || groups.length < 2) return null;
  if (estimates.length === 0) return { error: 0, halfWidth: 0 };
  const share = estimates.length / total;
  const error = 1 - meanOf([...estimates]) - meanOf(groups);
  const variance =
    varianceOf(groups) / groups.length + varianceOf(residuals.map(({ residual }) => residual)) / estimates.length;
  return {
    error: share * Math.min(1, Math.max(0, error)),
    halfWidth: share * studentQuantile(groups.length - 1) * Math.sqrt(variance),
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
}

/** 0.975 quantile of Student's t by its expansion around the normal (Abramowitz & Stegun 26.7.5); 0.1 % off at 9 degrees of freedom. */
export function studentQuantile(freedom: number): number {
  const z = 1.959963984540054;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const fourth = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + first / freedom + second / freedom ** 2 + third / freedom ** 3 + fourth / freedom ** 4;
}
