/** @file Does a synthetic image show what its mask says? */
import { countOverlap, diceOf } from "../overlap.ts";

/**
 * Agreement, in [0, 1], of the mask that an image was painted for and the mask that a judge finds in the image: the mean Dice over the classes of the first.
 * A class that is only found lowers it as one with Dice 0 would, by its area: in full where it is as large as the classes of the mask are on average, next
 * to nothing where it is a stray pixel. `classes`: the values that both generator and judge know; others are background. null where neither shows
 * any of them. Throws `RangeError` for masks of different sizes.
 */
export function alignmentOf(
  conditioning: ArrayLike<number>,
  found: ArrayLike<number>,
  classes: readonly number[],
): number | null {
  const only = (mask: ArrayLike<number>, value: number) => Uint8Array.from(mask, (label) => (label === value ? 1 : 0));
  const overlaps = classes.map((value) => countOverlap(only(conditioning, value), only(found, value)));
  const shown = overlaps.filter(({ both, onlyA }) => both + onlyA > 0);
  const strays = overlaps.filter(({ both, onlyA, onlyB }) => both + onlyA === 0 && onlyB > 0);
  if (shown.length === 0) return strays.length === 0 ? null : 0;
  const area = shown.reduce((sum, { both, onlyA }) => sum + both + onlyA, 0) / shown.length;
  const agreed = shown.reduce((sum, overlap) => sum + diceOf(overlap)!, 0);
  return agreed / (shown.length + strays.reduce((sum, { onlyB }) => sum + Math.min(1, onlyB / area), 0));
}
