/** @file Focal losses: easy examples count less. Lin et al. 2017, arXiv:1708.02002. */
import {
  add,
  clip,
  constant,
  exp,
  mul,
  neg,
  oneHot,
  pow,
  softmaxCrossEntropy,
  softplus,
  sub,
  sumOver,
  type Tensor,
} from "../../engine/index.ts";
import { weightedMean } from "./cross-entropy.ts";

export interface FocalOptions {
  /** How much less easy examples count: factor (1 - p)^gamma. Default 2; 0 is cross-entropy. */
  gamma?: number;
  /** One weight per position (`focal`) or element (`binaryFocal`): the loss is Σ w · loss / Σ w. */
  weight?: Tensor;
}

/** Smallest 1 - p whose power is taken: below it float32 has no digits of it left. */
const LEAST = 1e-7;

/**
 * Mean of -α (1 - p)^γ log p with p = softmax(logits)[target]: logits [N, K, ..], target [N, ..] of class numbers -> scalar. `alpha`:
 * one factor per class, default 1. A target outside 0..K-1 counts as loss 0.
 */
export function focal(
  logits: Tensor,
  target: Tensor,
  { gamma = 2, weight, alpha }: FocalOptions & { alpha?: readonly number[] } = {},
): Tensor {
  const classes = logits.shape[1]!;
  if (alpha && alpha.length !== classes) throw new Error(`focal: expected ${classes} alphas, got ${alpha.length}.`);
  const crossEntropies = softmaxCrossEntropy(logits, target);
  const missed = clip(sub(1, exp(neg(crossEntropies))), { min: LEAST, max: 1 });
  const losses = gamma === 0 ? crossEntropies : mul(pow(missed, { exponent: gamma }), crossEntropies);
  if (!alpha) return weightedMean(losses, weight);
  const perClass = constant(alpha, { shape: [classes, ...logits.shape.slice(2).map(() => 1)] });
  const factor = sumOver(mul(oneHot(target, { classes, axis: 1 }), perClass), { axes: [1] });
  return weightedMean(mul(losses, factor), weight);
}

/**
 * Mean of the same for each element on its own, p = σ(logit) for positives, 1 - σ(logit) for negatives: logits and target (0 or 1) of
 * one shape -> scalar. `alpha` is the factor of positives, 1 - alpha that of negatives; default: none.
 */
export function binaryFocal(
  logits: Tensor,
  target: Tensor,
  { gamma = 2, weight, alpha }: FocalOptions & { alpha?: number } = {},
): Tensor {
  // z = ±logit: p = σ(z), -log p = softplus(-z), 1 - p = e^-softplus(z). Exact at extreme logits.
  const z = mul(logits, sub(mul(target, 2), 1));
  const losses = mul(exp(mul(softplus(z), -gamma)), softplus(neg(z)));
  if (alpha === undefined) return weightedMean(losses, weight);
  return weightedMean(mul(losses, add(mul(target, 2 * alpha - 1), 1 - alpha)), weight);
}
