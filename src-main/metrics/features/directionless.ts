/** @file Fewer features for fewer images: scattering coefficients without their directions. */
import { ORIENTATIONS, SCALES } from "./morlet.ts";
import { COEFFICIENTS } from "./scattering.ts";

/**
 * `[61] -> [13]`: order 0; of each scale the mean over its directions; of each pair of scales the means over the pairs of directions that are parallel, 45
 * and 90 degrees apart. Finer scale first. Throws `RangeError` for another length.
 */
export function directionless(pooled: ArrayLike<number>): Float64Array {
  if (pooled.length !== COEFFICIENTS) {
    throw new RangeError(`features: ${pooled.length} coefficients, expected ${COEFFICIENTS}.`);
  }
  const features = [pooled[0]!];
  let start = 1;
  for (let scale = 0; scale < SCALES; scale++) {
    const coarser = SCALES - 1 - scale;
    const stride = 1 + coarser * ORIENTATIONS;
    const at = (own: number, index: number): number => pooled[start + own * stride + index]! / ORIENTATIONS;
    const first = [0, 1, 2, 3].reduce((sum, own) => sum + at(own, 0), 0);
    const second = Array.from({ length: coarser * 3 }, () => 0);
    for (let own = 0; own < ORIENTATIONS; own++) {
      for (let other = 0; other < coarser * ORIENTATIONS; other++) {
        const turn = Math.abs((other % ORIENTATIONS) - own);
        const apart = Math.min(turn, ORIENTATIONS - turn);
        const pairs = apart === 1 ? 2 : 1;
        second[3 * Math.floor(other / ORIENTATIONS) + apart]! += at(own, 1 + other) / pairs;
      }
    }
    features.push(first, ...second);
    start += ORIENTATIONS * stride;
  }
  return Float64Array.from(features);
}
