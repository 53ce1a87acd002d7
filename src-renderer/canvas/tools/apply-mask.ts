/** @file From a mask that a gesture drew to an edit of the label map. */
import { type LabelMap, type Mask, paintMask, type Rectangle } from "../../../src-main/voxels/index.ts";
import type { Easel } from "./tool.ts";

/** Paints the chosen class where the mask is, or takes it away there. Returns what changed, already told to the easel. */
export function drawMask(easel: Easel, labels: LabelMap, mask: Mask, isSubtracting: boolean): Rectangle | null {
  const { classValue, isLocked } = easel;
  const changed = isSubtracting
    ? paintMask(labels, mask, 0, (value) => value !== classValue || isLocked(value))
    : paintMask(labels, mask, classValue, isLocked);
  if (changed !== null) easel.touch(changed);
  return changed;
}

/** The same as a whole edit; none when nothing changed. */
export function commitMask(easel: Easel, labels: LabelMap, mask: Mask, isSubtracting: boolean): void {
  if (drawMask(easel, labels, mask, isSubtracting) !== null) easel.commitStroke();
}
