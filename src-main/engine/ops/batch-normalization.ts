/** @file Batch normalization, by the statistics of the batch or by given ones, with a hand-derived gradient. */
import { defineOp, expectShape, sizeOf, type Op, type Tensor } from "../graph.ts";
import { rsqrt } from "./activations.ts";
import { emitComposed } from "./composed.ts";
import { add, mul, sub } from "./elementwise.ts";
import { spatialDot, sum } from "./reductions.ts";
import { reshape } from "./shapes.ts";

/** [N, C, ..] as [N, C, L]. */
function flat(x: Tensor): Tensor {
  return reshape(x, { to: [x.shape[0]!, x.shape[1]!, sizeOf(x.shape.slice(2))] });
}

/** Σ over batch and space: [N, C, L] -> [1, C, 1]. */
const channelTotal = (x: Tensor): Tensor => sum(x, { axes: [0, 2] });

/** Σ a · b over batch and space. A product of rows, unless each row is a single number. */
function channelDot(a: Tensor, b: Tensor): Tensor {
  return a.shape[2] === 1 ? sum(mul(a, b), { axes: [0] }) : sum(spatialDot(a, b), { axes: [0] });
}

const perChannel = (x: Tensor): Tensor => reshape(x, { to: [1, sizeOf(x.shape), 1] });

/** x [N, C, ..] about the mean of each channel, [N, C, L], with mean and (biased) variance, [1, C, 1]. */
function centeredByBatch(x: Tensor): { centered: Tensor; mean: Tensor; variance: Tensor; count: number } {
  const rows = flat(x);
  const count = rows.shape[0]! * rows.shape[2]!;
  const mean = mul(channelTotal(rows), 1 / count);
  const centered = sub(rows, mean);
  return { centered, mean, variance: mul(channelDot(centered, centered), 1 / count), count };
}

/**
 * Mean and unbiased variance of each channel over batch and space, [C] each: what running statistics are made of. Shares its nodes
 * with `batchNormalization` of the same x. Throws if there is one number per channel: it has no variance.
 */
export function batchStatistics(x: Tensor): { mean: Tensor; variance: Tensor } {
  const channels = x.shape[1]!;
  const { mean, variance, count } = centeredByBatch(x);
  if (count < 2) throw new Error("batchStatistics: one number per channel has no variance. Use a larger batch.");
  return {
    mean: reshape(mean, { to: [channels] }),
    variance: reshape(mul(variance, count / (count - 1)), { to: [channels] }),
  };
}

/**
 * Each channel to mean 0 and variance 1, then scaled and shifted: [x, scale, shift] by the statistics of the batch (training),
 * [x, scale, shift, mean, variance] by given ones (prediction). x [N, C, ..], all others [C] -> [N, C, ..]. Ioffe & Szegedy 2015,
 * arXiv:1502.03167. With given statistics ONNX BatchNormalization, opset 15.
 */
export const batchNormalization: Op<{ epsilon: number }, "list"> = defineOp("batchNormalization", {
  shape: ([x, ...vectors]) => {
    const channels = x.shape[1] ?? 0;
    expectShape(x.shape.length >= 2, "x must be [N, C, ..size].");
    expectShape([2, 4].includes(vectors.length), "operands are x, scale, shift and perhaps mean, variance.");
    expectShape(
      vectors.every(({ shape }) => shape.join() === `${channels}`),
      `scale, shift, mean and variance must be [${channels}].`,
    );
    return x.shape;
  },
  emit: (onnx, operands, { epsilon }) => {
    if (operands.length > 3) return onnx.node("BatchNormalization", operands, { epsilon: { float: epsilon } });
    return emitComposed(onnx, operands, ([x, scale, shift]) => {
      const { centered, variance } = centeredByBatch(x!);
      const factor = mul(rsqrt(add(variance, epsilon)), perChannel(scale!));
      return reshape(add(mul(centered, factor), perChannel(shift!)), { to: x!.shape });
    });
  },
  gradient: (dy, operands, { epsilon }) => {
    const [x, scale] = operands;
    const [givenMean, givenVariance] = (operands as readonly Tensor[]).slice(3);
    const rows = flat(dy);
    const vector = (sums: Tensor) => reshape(sums, { to: [x.shape[1]!] });
    const sumDy = channelTotal(rows);
    if (givenMean && givenVariance) {
      // y = scale (x - m) r + shift, r = (v + ε)^-½
      const inverse = rsqrt(add(perChannel(givenVariance), epsilon));
      const factor = mul(perChannel(scale), inverse);
      const sumDyX = channelDot(rows, sub(flat(x), perChannel(givenMean)));
      const dVariance = mul(mul(mul(factor, mul(inverse, inverse)), sumDyX), -0.5);
      return [
        reshape(mul(rows, factor), { to: x.shape }),
        vector(mul(sumDyX, inverse)),
        vector(sumDy),
        vector(mul(mul(factor, sumDy), -1)),
        vector(dVariance),
      ];
    }
    // dx = scale r (dy - mean dy - x̂ mean(dy x̂)), x̂ = centered r
    const { centered, variance, count } = centeredByBatch(x);
    const inverse = rsqrt(add(variance, epsilon));
    const factor = mul(inverse, perChannel(scale));
    const sumDyX = channelDot(rows, centered);
    const shared = mul(factor, -1 / count);
    const along = mul(mul(shared, mul(inverse, inverse)), sumDyX);
    const dx = add(add(mul(rows, factor), mul(centered, along)), mul(shared, sumDy));
    return [reshape(dx, { to: x.shape }), vector(mul(sumDyX, inverse)), vector(sumDy)];
  },
  cases: [
    { inputs: [[3, 2, 2, 2], [2], [2]], attrs: { epsilon: 1e-5 } },
    { inputs: [[5, 3], [3], [3]], attrs: { epsilon: 1e-3 } },
    { inputs: [[2, 2, 3], [2], [2], [2], [2]], attrs: { epsilon: 1e-3 }, range: [0.2, 1.5] },
    { inputs: [[2, 2, 2, 1, 3], [2], [2]], attrs: { epsilon: 1e-3 } },
    { inputs: [[1, 2, 2, 3, 1], [2], [2], [2], [2]], attrs: { epsilon: 1e-3 }, range: [0.2, 1.5] },
  ],
});
