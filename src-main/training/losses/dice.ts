/** @file Overlap losses for segmentation. */
import { add, div, mean, mul, oneHot, slice, softmax, square, sub, sumOver, type Tensor } from "../../engine/index.ts";
import { crossEntropy } from "./cross-entropy.ts";

export interface SoftDiceOptions {
  /** Keeps an absent class finite: its score is 1 where it is neither present nor predicted. Default 1e-5. */
  epsilon?: number;
  /** Whether class 0 counts. Default true. */
  background?: boolean;
}

/**
 * Soft Dice score of each class: logits [N, K, ..], target [N, ..] of class numbers -> [K] (or [K - 1] without background):
 * (2 Σ p t + ε) / (Σ p² + Σ t² + ε), sums over batch and space. Milletari et al. 2016, arXiv:1606.04797.
 */
export function softDicePerClass(
  logits: Tensor,
  target: Tensor,
  { epsilon = 1e-5, background = true }: SoftDiceOptions = {},
): Tensor {
  const classes = logits.shape[1]!;
  const probabilities = softmax(logits, { axis: 1 });
  const truth = oneHot(target, { classes, axis: 1 });
  const axes = logits.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const overlap = sumOver(mul(probabilities, truth), { axes });
  const extent = add(sumOver(square(probabilities), { axes }), sumOver(truth, { axes })); // t² = t
  const scores = div(add(mul(overlap, 2), epsilon), add(extent, epsilon));
  return background ? scores : slice(scores, { axes: [0], starts: [1], ends: [classes] });
}

/** 1 - mean soft Dice over classes -> scalar in [0, 1]. */
export function softDice(logits: Tensor, target: Tensor, options: SoftDiceOptions = {}): Tensor {
  return sub(1, mean(softDicePerClass(logits, target, options)));
}

/** Cross-entropy plus soft Dice without background, nnU-Net's loss (Isensee et al. 2021, arXiv:1904.08128) -> scalar. */
export function diceCrossEntropy(logits: Tensor, target: Tensor): Tensor {
  return add(crossEntropy(logits, target), softDice(logits, target, { background: false }));
}
