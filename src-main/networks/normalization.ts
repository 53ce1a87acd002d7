/** @file Normalization layers with their learned scale and shift. */
import {
  add,
  batchNormalization,
  batchStatistics,
  div,
  groupNormalization,
  layerNormalization,
  matmul,
  mul,
  reshape,
  sizeOf,
  sqrt,
  square,
  stopGradient,
  sub,
  sumOver,
  transposed,
  type Init,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { filled } from "./init.ts";

/** Parameters `weight` (scale, 1 at first) and `bias` (shift, 0 at first). */
function scaleAndShift(scope: Scope, shape: readonly number[]): [Tensor, Tensor] {
  return [scope.parameter("weight", { shape, init: filled(1) }), scope.parameter("bias", { shape, init: filled(0) })];
}

/** Group normalization of [N, C, ..]; `groups` divides C. Parameters `weight` and `bias`, [C] each. */
export function groupNorm(
  scope: Scope,
  x: Tensor,
  { groups, epsilon = 1e-5 }: { groups: number; epsilon?: number },
): Tensor {
  const [scale, shift] = scaleAndShift(scope, [x.shape[1]!]);
  return groupNormalization(x, scale, shift, { groups, epsilon, openSizes: scope.mode === "predict" });
}

/** Layer normalization over the last `lastAxes` axes. Parameters `weight` and `bias` of the shape of those axes. */
export function layerNorm(scope: Scope, x: Tensor, { lastAxes = 1, epsilon = 1e-5 } = {}): Tensor {
  const [scale, shift] = scaleAndShift(scope, x.shape.slice(-lastAxes));
  return layerNormalization(x, scale, shift, { lastAxes, epsilon });
}

/**
 * Batch normalization of [N, C, ..]. In the mode "train" by the statistics of the batch, of which `momentum` goes into the running ones
 * (the variance unbiased, as in PyTorch); in "predict" by the running ones. Parameters `weight`, `bias`, buffers `runningMean`,
 * `runningVariance`, [C] each.
 */
export function batchNorm(scope: Scope, x: Tensor, { momentum = 0.1, epsilon = 1e-5 } = {}): Tensor {
  const shape = [x.shape[1]!];
  const [scale, shift] = scaleAndShift(scope, shape);
  const runningMean = scope.buffer("runningMean", { shape, init: filled(0) });
  const runningVariance = scope.buffer("runningVariance", { shape, init: filled(1) });
  if (scope.mode === "predict") {
    return batchNormalization([x, scale, shift, runningMean, runningVariance], { epsilon });
  }
  const { mean, variance } = batchStatistics(x);
  scope.update("runningMean", add(runningMean, mul(sub(mean, runningMean), momentum)));
  scope.update("runningVariance", add(runningVariance, mul(sub(variance, runningVariance), momentum)));
  return batchNormalization([x, scale, shift], { epsilon });
}

/** A random direction. */
const unitNormal: Init = (shape, random) => {
  const drawn = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
  const length = Math.hypot(...drawn);
  return drawn.map((value) => value / length);
};

/** v / |v|, for a column. */
function normalized(v: Tensor): Tensor {
  return div(v, add(sqrt(sumOver(square(v))), 1e-12));
}

/**
 * A weight [out, ..] divided by its largest singular value as a matrix [out, rest], estimated by power iteration: one round per step
 * in the mode "train", none in "predict". No gradient passes through the two singular vectors. Buffers `left` [out, 1] and `right`
 * [rest, 1]. Miyato et al. 2018, arXiv:1802.05957.
 */
export function spectralNorm(scope: Scope, weight: Tensor): Tensor {
  const out = weight.shape[0]!;
  const matrix = reshape(weight, { to: [out, sizeOf(weight.shape.slice(1))] });
  let left = scope.buffer("left", { shape: [out, 1], init: unitNormal });
  let right = scope.buffer("right", { shape: [matrix.shape[1]!, 1], init: unitNormal });
  if (scope.mode === "train") {
    const fixed = stopGradient(matrix);
    right = normalized(matmul(transposed(fixed), left));
    left = normalized(matmul(fixed, right));
    scope.update("right", right);
    scope.update("left", left);
  }
  const norm = sumOver(mul(stopGradient(left), matmul(matrix, stopGradient(right))));
  return div(weight, norm);
}
