/** @file When the search of an architecture ends before the training does: its mixtures have settled, or a person says so. */

/** Steps of the segmenter between two looks, and the change of an entropy, as a share of it, that counts. Specification of the method, section 18.7. */
const SETTLED = { steps: 200, change: 0.01 };
/** An entropy below this share of the largest one: the cell is all but decided, whatever its tiny entropy does. */
const DECIDED = 0.05;

/** In checkpoints, so that a resumed search ends at the same step. */
export interface SearchProgress {
  /** Steps of the training after which nothing moved any more; null while it is searched. */
  stoppedAt: number | null;
  /** Entropies at the last look, and the joint step of it. */
  look: { at: number; entropies: number[] } | null;
}

export const SEARCHING: SearchProgress = { stoppedAt: null, look: null };

/** Of the shares [cells, 3] of each cell; 1 where all kernels are alike, 0 where one has all. */
export function entropiesOf(shares: Float32Array): number[] {
  return Array.from({ length: shares.length / 3 }, (_, cell) => {
    const own = shares.subarray(3 * cell, 3 * cell + 3);
    return own.reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0) / Math.log(3);
  });
}

/** The look to compare with from now on; "settled" where no entropy has changed since the last one, 200 steps ago. */
export function lookAt(
  look: SearchProgress["look"],
  at: number,
  shares: Float32Array,
): NonNullable<SearchProgress["look"]> | "settled" {
  if (look !== null && at - look.at < SETTLED.steps) return look;
  const entropies = entropiesOf(shares);
  const hasChanged = (entropy: number, cell: number): boolean => {
    const before = look!.entropies[cell]!;
    return Math.abs(entropy - before) >= SETTLED.change * Math.max(before, DECIDED);
  };
  return look === null || entropies.some(hasChanged) ? { at, entropies } : "settled";
}
