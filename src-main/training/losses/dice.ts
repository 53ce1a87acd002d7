/** @file Overlap losses for segmentation. */
import {
  add,
  div,
  mean,
  mul,
  oneHot,
  reshape,
  slice,
  softmax,
  square,
  sub,
  sumOver,
  type Tensor,
} from "../../engine/index.ts";
import { crossEntropy } from "./cross-entropy.ts";

export interface SoftDiceOptions {
  /** Keeps an absent class finite: its score is 1 where it is neither present nor predicted. Default 1e-5. */
  epsilon?: number;
  /** Whether class 0 counts. Default true. */
  background?: boolean;
  /** Positions that count, [N, ..], 0 to 1. Default: all. */
  mask?: Tensor;
}

/** Σ p t, Σ p² and Σ t² of each class over batch and space, [K] each. */
function overlaps(logits: Tensor, target: Tensor, mask: Tensor | undefined) {
  const probabilities = softmax(logits, { axis: 1 });
  const truth = oneHot(target, { classes: logits.shape[1]!, axis: 1 });
  const axes = logits.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const column = mask && reshape(mask, { to: [mask.shape[0]!, 1, ...mask.shape.slice(1)] });
  const masked = (x: Tensor) => (column ? mul(x, column) : x);
  const counted = masked(truth);
  return {
    overlap: sumOver(mul(probabilities, counted), { axes }),
    predicted: sumOver(masked(square(probabilities)), { axes }),
    present: sumOver(counted, { axes }), // t² = t
  };
}

function withoutBackground(scores: Tensor, background: boolean): Tensor {
  return background ? scores : slice(scores, { axes: [0], starts: [1], ends: [scores.shape[0]!] });
}

/**
 * Soft Dice score of each class: logits [N, K, ..], target [N, ..] of class numbers -> [K] (or [K - 1] without background):
 * (2 Σ p t + ε) / (Σ p² + Σ t² + ε), sums over batch and space. Milletari et al. 2016, arXiv:1606.04797.
 */
export function softDicePerClass(
  logits: Tensor,
  target: Tensor,
  { epsilon = 1e-5, background = true, mask }: SoftDiceOptions = {},
): Tensor {
  const { overlap, predicted, present } = overlaps(logits, target, mask);
  const scores = div(add(mul(overlap, 2), epsilon), add(add(predicted, present), epsilon));
  return withoutBackground(scores, background);
}

/** 1 - mean soft Dice over classes -> scalar in [0, 1]. */
export function softDice(logits: Tensor, target: Tensor, options: SoftDiceOptions = {}): Tensor {
  return sub(1, mean(softDicePerClass(logits, target, options)));
}

/**
 * 1 - mean over images and classes without background of (2 Σ p t + 1) / (Σ p + Σ t + 1), sums over space: logits [N, K, ..], target
 * [N, ..] -> scalar. No image hides another, and an empty one that stays empty costs nothing.
 */
export function softDicePerImage(logits: Tensor, target: Tensor): Tensor {
  const classes = logits.shape[1]!;
  const axes = logits.shape.flatMap((_, axis) => (axis > 1 ? [axis] : []));
  const foreground = (x: Tensor) => slice(x, { axes: [1], starts: [1], ends: [classes] });
  const probabilities = foreground(softmax(logits, { axis: 1 }));
  const truth = foreground(oneHot(target, { classes, axis: 1 }));
  const overlap = sumOver(mul(probabilities, truth), { axes });
  const sizes = add(sumOver(probabilities, { axes }), sumOver(truth, { axes }));
  return sub(1, mean(div(add(mul(overlap, 2), 1), add(sizes, 1))));
}

/** Soft Jaccard score of each class, as `softDicePerClass`: (Σ p t + ε) / (Σ p² + Σ t² - Σ p t + ε). */
export function softJaccardPerClass(
  logits: Tensor,
  target: Tensor,
  { epsilon = 1e-5, background = true, mask }: SoftDiceOptions = {},
): Tensor {
  const { overlap, predicted, present } = overlaps(logits, target, mask);
  const union = sub(add(predicted, present), overlap);
  return withoutBackground(div(add(overlap, epsilon), add(union, epsilon)), background);
}

/** 1 - mean soft Jaccard over classes -> scalar in [0, 1]. */
export function softJaccard(logits: Tensor, target: Tensor, options: SoftDiceOptions = {}): Tensor {
  return sub(1, mean(softJaccardPerClass(logits, target, options)));
}

/** Cross-entropy plus soft Dice without background, nnU-Net's loss (Isensee et al. 2021, arXiv:1904.08128) -> scalar. */
export function diceCrossEntropy(logits: Tensor, target: Tensor): Tensor {
  return add(crossEntropy(logits, target), softDice(logits, target, { background: false }));
}
