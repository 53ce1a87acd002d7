/**
 * @file Dynamic loss scaling. Micikevicius et al. 2017, arXiv:1710.03740: gradients too small for half precision survive when
 * the loss is multiplied by a large number; too large a number makes some of them infinite, and that update is left out.
 */
import { add, equal, maximum, mul, state, square, sub, sumOver, where, greater, type Tensor } from "../engine/index.ts";
import type { StateUpdate } from "./optimizers.ts";

export interface LossScale {
  /** Default 65536. */
  readonly initial?: number;
  /** Updates without overflow after which the scale is doubled. Default 2000. */
  readonly growthInterval?: number;
}

export interface Scaling {
  /** The state `<name>.lossScale`, a scalar. */
  readonly scale: Tensor;
  /** Half after an overflow (never below 1), double after enough good updates. */
  updates(slopes: readonly Tensor[]): StateUpdate[];
}

/** States `<name>.lossScale` and `<name>.goodSteps`. */
export function withLossScale(name: string, { initial = 65536, growthInterval = 2000 }: LossScale): Scaling {
  if (!(initial > 0) || !(growthInterval >= 1)) {
    throw new Error(
      `${name}: lossScale needs initial > 0 and growthInterval >= 1, got ${initial} and ${growthInterval}.`,
    );
  }
  const scale = state(`${name}.lossScale`, { shape: [], init: () => Float32Array.of(initial) });
  const goodSteps = state(`${name}.goodSteps`, { shape: [], init: () => Float32Array.of(0) });
  return {
    scale,
    updates: (slopes) => {
      const isGood = areFinite(slopes);
      const count = add(goodSteps, 1);
      const isLongEnough = greater(count, growthInterval - 0.5);
      const grown = where(isLongEnough, mul(scale, 2), scale);
      return [
        { state: scale, value: where(isGood, grown, maximum(mul(scale, 0.5), 1)) },
        { state: goodSteps, value: where(isGood, where(isLongEnough, 0, count), 0) },
      ];
    },
  };
}

/** The updates, or where a gradient is infinite or not a number, every state as it was: weights, moments, averages, counter. */
export function unlessOverflown(updates: readonly StateUpdate[], slopes: readonly Tensor[]): StateUpdate[] {
  const isGood = areFinite(slopes);
  return updates.map((update) => ({ ...update, value: where(isGood, update.value, update.state) }));
}

/** Scalar bool. x - x is 0 for finite x only. */
function areFinite(slopes: readonly Tensor[]): Tensor {
  const total = slopes.map((slope) => sumOver(square(slope))).reduce((sum, part) => add(sum, part));
  return equal(sub(total, total), 0);
}
