/** @file Losses between numbers. */
import { abs, clip, mean, mul, square, sub, type Tensor } from "../../engine/index.ts";
import { weightedMean } from "./cross-entropy.ts";

/** Mean of squared differences -> scalar. Shapes broadcast. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  return mean(square(sub(prediction, target)));
}

/** Mean of absolute differences -> scalar. Shapes broadcast. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor): Tensor {
  return mean(abs(sub(prediction, target)));
}

/**
 * Mean of ½ d² for |d| ≤ delta and delta (|d| - ½ delta) beyond: squares near the target, absolute values far from it -> scalar; with
 * `weight` Σ weight · loss / Σ weight. Huber 1964.
 */
export function huber(
  prediction: Tensor,
  target: Tensor,
  { delta = 1, weight }: { delta?: number; weight?: Tensor } = {},
): Tensor {
  const distance = abs(sub(prediction, target));
  const near = clip(distance, { min: 0, max: delta });
  return weightedMean(mul(near, sub(distance, mul(near, 0.5))), weight);
}
