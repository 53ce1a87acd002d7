/** @file Activations with parameters or noise of their own. */
import { cast, greaterOrEqual, mul, prelu as preluOp, type Scope, type Tensor } from "../engine/index.ts";
import { filled } from "./init.ts";

/** PReLU of [N, C, ..]. Parameter `weight`: one slope per channel, or one for all (`shared`); 0.25 at first. */
export function prelu(scope: Scope, x: Tensor, { shared = false, slope = 0.25 } = {}): Tensor {
  return preluOp(x, scope.parameter("weight", { shape: [shared ? 1 : x.shape[1]!], init: filled(slope) }));
}

export interface DropoutOptions {
  /** Share of elements that are set to 0, at least 0 and below 1. */
  rate: number;
  /** Drop whole channels of [N, C, ..]. Default false: single elements. */
  channels?: boolean;
}

/**
 * In the mode "train" sets elements to 0 at random and divides the others by 1 - rate; in "predict" x itself. The noise comes from the
 * host as the input `<path>.noise`, uniform in [0, 1): see `drawNoise` in training. Srivastava et al. 2014, JMLR 15.
 */
export function dropout(scope: Scope, x: Tensor, { rate, channels = false }: DropoutOptions): Tensor {
  if (!(rate >= 0 && rate < 1)) throw new Error(`dropout: the rate must be at least 0 and below 1, got ${rate}.`);
  if (scope.mode === "predict" || rate === 0) return x;
  const noise = scope.noise(channels ? x.shape.map((size, axis) => (axis < 2 ? size : 1)) : x.shape);
  const kept = cast(greaterOrEqual(noise, rate), { to: "float32" });
  return mul(x, mul(kept, 1 / (1 - rate)));
}
