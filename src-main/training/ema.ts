/** @file Exponential moving averages of weights. */

export interface Average {
  /** Network whose weights are followed, after the optimizer's update. */
  readonly from: string;
  /** Network that follows; it starts as a copy of `from`. */
  readonly to: string;
  /** Share of the old average kept at each step, in [0, 1]; a string is the name of a scalar input that is fed on every run. */
  readonly decay: number | string;
  /**
   * What becomes of buffers such as running statistics: "copy" (default) takes those of `from`, "average" averages them as the weights,
   * "own" leaves them to the follower's own passes. Buffers that the follower moved in the step itself are its own in any case.
   */
  readonly buffers?: "copy" | "average" | "own";
}

/**
 * to ← decay · to + (1 - decay) · from, as a last part of the step: rounded in just this order, so a decay of 0 copies and one of 1
 * keeps every bit. Tarvainen & Valpola 2017, arXiv:1703.01780.
 */
export function ema(average: Average): Average {
  const { decay } = average;
  if (typeof decay === "number" && !(decay >= 0 && decay <= 1))
    throw new Error(`ema: decay must be in [0, 1], got ${decay}.`);
  return average;
}
