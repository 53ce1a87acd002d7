/** @file Losses between numbers. */
import { abs, mean, square, sub, type Tensor } from "../../engine/index.ts";

/** Mean of squared differences -> scalar. Shapes broadcast. */
export function meanSquaredError(prediction: Tensor, target: Tensor): Tensor {
  return mean(square(sub(prediction, target)));
}

/** Mean of absolute differences -> scalar. Shapes broadcast. */
export function meanAbsoluteError(prediction: Tensor, target: Tensor): Tensor {
  return mean(abs(sub(prediction, target)));
}
