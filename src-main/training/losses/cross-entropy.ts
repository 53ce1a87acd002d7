/** @file Cross-entropy losses. */
import {
  add,
  constant,
  div,
  logSoftmax,
  mean,
  mul,
  neg,
  oneHot,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  softplus,
  sumOver,
  type Tensor,
} from "../../engine/index.ts";

/** Keeps a batch without any weight finite, and is too small to show otherwise. */
const NO_WEIGHT = 1e-16;

/** Mean, or with weights Σ weight · loss / Σ weight. */
export function weightedMean(losses: Tensor, weight: Tensor | undefined): Tensor {
  if (!weight) return mean(losses);
  return div(sumOver(mul(losses, weight)), add(sumOver(weight), NO_WEIGHT));
}

export interface CrossEntropyOptions {
  /** One weight per position, [N, ..]. */
  weight?: Tensor;
  /** One weight per class, K numbers. */
  classWeights?: readonly number[];
  /** Share of the truth that is spread evenly over all classes, in [0, 1). Default 0. Szegedy et al. 2015, arXiv:1512.00567. */
  labelSmoothing?: number;
}

/**
 * Mean softmax cross-entropy: logits [N, K, ..], target [N, ..] of class numbers (any integer dtype) -> scalar. With weights
 * Σ w · loss / Σ w, where w is the position's weight times the one of its class. A position whose target lies outside 0..K-1 counts neither as
 * loss nor in the mean.
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { weight, classWeights, labelSmoothing = 0 } = options;
  const classes = logits.shape[1]!;
  if (classWeights && classWeights.length !== classes) {
    throw new Error(`crossEntropy: expected ${classes} class weights, got ${classWeights.length}.`);
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new Error(`crossEntropy: labelSmoothing must be in [0, 1), got ${labelSmoothing}.`);
  }
  const losses = softmaxCrossEntropy(logits, target);
  const truth = oneHot(target, { classes, axis: 1 });
  const isClass = sumOver(truth, { axes: [1] }); // [N, ..], 0 where ignored
  const perClass = classWeights
    ? constant(classWeights, { shape: [classes, ...logits.shape.slice(2).map(() => 1)] })
    : undefined;
  const classWeight = perClass ? sumOver(mul(truth, perClass), { axes: [1] }) : isClass;
  let weighted = perClass ? mul(losses, classWeight) : losses;
  if (labelSmoothing > 0) {
    // ε / K · Σ_k w_k (-log p_k), as PyTorch: each class with its own weight.
    const all = neg(logSoftmax(logits, { axis: 1 }));
    const spread = sumOver(perClass ? mul(all, perClass) : all, { axes: [1] });
    weighted = add(mul(weighted, 1 - labelSmoothing), mul(mul(spread, isClass), labelSmoothing / classes));
  }
  const total = weight ? mul(weight, classWeight) : classWeight;
  return div(sumOver(weight ? mul(weighted, weight) : weighted), add(sumOver(total), NO_WEIGHT));
}

export interface BinaryCrossEntropyOptions {
  /** One weight per element, of the logits' shape. */
  weight?: Tensor;
  /** Factor on the loss of positives, against few of them. Default 1. */
  positiveWeight?: number;
}

/** Mean sigmoid cross-entropy: logits and target (0 to 1) of one shape -> scalar; with `weight` Σ weight · loss / Σ weight. */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { weight, positiveWeight = 1 }: BinaryCrossEntropyOptions = {},
): Tensor {
  const losses = sigmoidCrossEntropy(logits, target);
  if (positiveWeight === 1) return weightedMean(losses, weight);
  // p t (-log σ) + (1 - t)(-log(1 - σ)) is the plain loss and (p - 1) t (-log σ) more.
  const more = mul(mul(target, softplus(neg(logits))), positiveWeight - 1);
  return weightedMean(add(losses, more), weight);
}
