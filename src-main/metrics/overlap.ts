/**
 * @file Overlap of two masks. Non-zero = foreground; both masks have the same length.
 */

/** Voxel counts from which every overlap measure follows. */
export interface Overlap {
  both: number;
  onlyA: number;
  onlyB: number;
}

/** Counts the voxels in both masks and in one of them only. Throws `RangeError` on different lengths. */
export function countOverlap(a: ArrayLike<number>, b: ArrayLike<number>): Overlap {
  if (a.length !== b.length) throw new RangeError(`overlap: the masks have ${a.length} and ${b.length} voxels.`);
  const overlap = { both: 0, onlyA: 0, onlyB: 0 };
  for (let index = 0; index < a.length; index++) {
    if (a[index]) overlap[b[index] ? "both" : "onlyA"]++;
    else if (b[index]) overlap.onlyB++;
  }
  return overlap;
}

/** Dice = 2 |A and B| / (|A| + |B|), in [0, 1]; null when both masks are empty: there is nothing to agree on. */
export function dice(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return diceOf(countOverlap(a, b));
}

/** IoU (Jaccard) = |A and B| / |A or B|, in [0, 1]; null when both masks are empty. */
export function iou(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return iouOf(countOverlap(a, b));
}

export function diceOf({ both, onlyA, onlyB }: Overlap): number | null {
  const total = 2 * both + onlyA + onlyB;
  return total === 0 ? null : (2 * both) / total;
}

export function iouOf({ both, onlyA, onlyB }: Overlap): number | null {
  const total = both + onlyA + onlyB;
  return total === 0 ? null : both / total;
}
