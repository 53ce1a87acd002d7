/** @file A share of images, and how sure it is where several are of one patient. */
import { clopperPearsonLower } from "../review/acceptance.ts";

/**
 * To how many independent images some of so many patients amount, `counts` images of each, if all images of a patient are alike: (Σ n)² / Σ n² (Kish 1965, Survey
 * Sampling, chapter 11). As many as images where each patient has one, as many as patients where all have the same number.
 */
export function effectiveCount(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return total === 0 ? 0 : total ** 2 / counts.reduce((sum, count) => sum + count ** 2, 0);
}

/**
 * Two-sided 95 % interval of the share `part` of the images (Clopper & Pearson 1934), of as many as these amount to: rather too wide than too narrow, for images of a
 * patient may differ. Throws `RangeError` without images.
 */
export function shareInterval(part: number, counts: readonly number[]): [low: number, high: number] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  // Rounded away from the share on both sides; the small number is for quotients such as 2 that rounding puts below 2.
  const floor = (value: number): number => Math.floor(value + 1e-9);
  const trials = Math.max(1, floor(effectiveCount(counts)));
  const least = (share: number): number => clopperPearsonLower(floor(share * trials), trials, TAIL);
  if (total === 0) throw new RangeError("share: there are no images.");
  return [least(part / total), 1 - least((total - part) / total)];
}

/** Two-sided, 95 %. */
const TAIL = 0.975;
