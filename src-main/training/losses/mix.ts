/** @file The loss of a collage: each of its two regions is judged by its own target and normalized by its own size. */
import {
  add,
  cast,
  concat,
  constant,
  div,
  greater,
  matmul,
  mul,
  oneHot,
  reshape,
  sizeOf,
  softmax,
  softmaxCrossEntropy,
  square,
  sub,
  sumOver,
  where,
  type Tensor,
} from "../../engine/index.ts";

/** Keeps an empty region finite, and is too small to show otherwise. */
const NO_REGION = 1e-16;

/**
 * How overlap is counted. "batch" (Bai et al.'s 2-D program): Σ p² in the denominator, sums over the whole batch. "image" (their 3-D
 * program): Σ p, each image by itself, then the mean. Both with the background.
 */
export type MixDice = "batch" | "image";

const EPSILON: Readonly<Record<MixDice, number>> = { batch: 1e-10, image: 1e-5 };

export interface MixOptions {
  /** Weight of the region where `keep` is 1. */
  outside: number;
  /** Weight of the region where it is 0. */
  inside: number;
  /** Default "batch". */
  dice?: MixDice;
  /**
   * How much each position counts, [N, ..], 0 to 1; default 1 everywhere. Takes from the sums alone: a region keeps its size in the
   * mean of its cross-entropy, so that less trust is less loss.
   */
  trust?: Tensor;
}

/**
 * ½ Σ over both regions of weight · (Dice loss + cross-entropy): logits [N, K, ..], target [N, ..] of class numbers (the collage of
 * both targets), keep [1 or N, ..] of 1 (receiver) and 0 (pasted) -> scalar. Each region is normalized by its own size, so this is
 * not one cross-entropy over the collage. Bai et al. 2023, arXiv:2305.00673.
 */
export function mixLoss(logits: Tensor, target: Tensor, keep: Tensor, options: MixOptions): Tensor {
  const { outside, inside, dice = "batch", trust } = options;
  const [batch, classes] = logits.shape as [number, number];
  const places = sizeOf(logits.shape.slice(2));
  const rows = (x: Tensor, channels: number) => reshape(x, { to: [x.shape[0]!, channels, places] });
  // Sums over a region are products with its indicator: one pass over the numbers for both regions, [.., L] × [.., L, 2].
  const indicator = reshape(keep, { to: keep.shape[0] === 1 ? [places, 1] : [batch, places, 1] });
  const regions = concat([indicator, sub(1, indicator)], { axis: indicator.shape.length - 1 });
  const sums = (x: Tensor) => matmul(x, regions); // [N, ., L] -> [N, ., 2]
  const counted = (x: Tensor) => (trust ? mul(x, rows(trust, 1)) : x);

  const probabilities = rows(softmax(logits, { axis: 1 }), classes);
  const truth = rows(oneHot(target, { classes, axis: 1 }), classes);
  const overlap = sums(counted(mul(probabilities, truth)));
  const predicted = sums(counted(dice === "batch" ? square(probabilities) : probabilities));
  const present = sums(counted(truth));
  const epsilon = EPSILON[dice];
  const scoreOf = (o: Tensor, p: Tensor, t: Tensor) => div(add(mul(o, 2), epsilon), add(add(p, t), epsilon));
  const total = (x: Tensor) => sumOver(x, { axes: [0], keepDims: true }); // [1, K, 2]
  const score =
    dice === "batch" ? scoreOf(total(overlap), total(predicted), total(present)) : scoreOf(overlap, predicted, present);
  const terms = score.shape[0]! * classes;
  const overlapLoss = sub(1, mul(sumOver(score, { axes: [0, 1] }), 1 / terms)); // [2]

  const losses = counted(rows(softmaxCrossEntropy(logits, target), 1));
  const size = keep.shape[0] === 1 ? mul(sumOver(regions, { axes: [0] }), batch) : sumOver(regions, { axes: [0, 1] }); // [2]
  const crossEntropy = div(sumOver(sums(losses), { axes: [0, 1] }), add(size, NO_REGION)); // [2]

  const regional = add(overlapLoss, crossEntropy);
  const weights = constant([outside, inside], { shape: [2] });
  return mul(sumOver(mul(regional, weights)), 0.5);
}

/** The collage of two targets, [N, ..] of integers: `outside` where `keep` [1 or N, ..] is 1, else `inside`. */
export function mixTargets(outside: Tensor, inside: Tensor, keep: Tensor): Tensor {
  const chosen = where(greater(keep, 0.5), cast(outside, { to: "float32" }), cast(inside, { to: "float32" }));
  return cast(chosen, { to: "uint8" });
}
