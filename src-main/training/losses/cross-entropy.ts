/** @file Cross-entropy losses. */
import {
  add,
  div,
  mean,
  mul,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  sumOver,
  type Tensor,
} from "../../engine/index.ts";

/** Keeps a batch without any weight finite, and is too small to show otherwise. */
const NO_WEIGHT = 1e-16;

/**
 * Mean softmax cross-entropy: logits [N, K, ..], target [N, ..] of class numbers (any integer dtype) -> scalar.
 * With `weight` [N, ..]: Σ weight · loss / Σ weight. A target outside 0..K-1 counts as loss 0.
 */
export function crossEntropy(logits: Tensor, target: Tensor, { weight }: { weight?: Tensor } = {}): Tensor {
  const losses = softmaxCrossEntropy(logits, target);
  if (!weight) return mean(losses);
  return div(sumOver(mul(losses, weight)), add(sumOver(weight), NO_WEIGHT));
}

/** Mean sigmoid cross-entropy: logits and target (0 to 1) of one shape -> scalar. */
export function binaryCrossEntropyWithLogits(logits: Tensor, target: Tensor): Tensor {
  return mean(sigmoidCrossEntropy(logits, target));
}
