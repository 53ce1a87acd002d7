/** @file Whether the audit of what was accepted unseen finds more failures than was proven. */

/**
 * Failures as many as are allowed, so many that it must be noticed, and the sum that raises the alarm. At the allowed share that happens once in 450
 * audits in the mean, at the noticed one after 21 (simulated: test/fixtures/review/figures.py).
 */
export const DRIFT = { allowed: 0.1, noticed: 0.3, limit: 3.5 } as const;

/**
 * One-sided CUSUM of failures in the order in which they were found, by log-likelihood ratio, never below 0 (Page 1954; for shares Reynolds & Stoumbos
 * 1999). Returns its course: an alarm stands where it has reached `DRIFT.limit`.
 */
export function cusum(failures: readonly boolean[]): number[] {
  const rise = Math.log(DRIFT.noticed / DRIFT.allowed);
  const fall = Math.log((1 - DRIFT.noticed) / (1 - DRIFT.allowed));
  let sum = 0;
  return failures.map((isFailure) => (sum = Math.max(0, sum + (isFailure ? rise : fall))));
}

export function isDrifting(failures: readonly boolean[]): boolean {
  return cusum(failures).some((sum) => sum >= DRIFT.limit);
}
