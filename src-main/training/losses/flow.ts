/** @file Losses on displacement fields. */
import { add, mean, slice, square, sub, type Tensor } from "../../engine/index.ts";

/**
 * Smoothness of a flow [N, axes, ..size] in pixels: Σ over spatial axes of the mean squared difference between neighbors -> scalar. Of an
 * affine flow (A - I) p it is |A - I|² / 2 at any size in 2-D; a translation costs nothing. Balakrishnan et al. 2018, arXiv:1809.05231.
 */
export function flowSmoothness(flow: Tensor): Tensor {
  const parts = flow.shape.slice(2).map((size, index) => {
    const axis = index + 2;
    if (size < 2) throw new Error(`flowSmoothness: axis ${axis} needs two places, got [${flow.shape.join(", ")}].`);
    const at = (start: number) => slice(flow, { axes: [axis], starts: [start], ends: [start + size - 1] });
    return mean(square(sub(at(1), at(0))));
  });
  if (parts.length === 0)
    throw new Error(`flowSmoothness: expected [N, axes, ..size], got [${flow.shape.join(", ")}].`);
  return parts.reduce((total, part) => add(total, part));
}
