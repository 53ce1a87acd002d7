/** @file Instance normalization with a hand-derived gradient. */
import { defineOp, expectShape, sizeOf, type Op, type Tensor } from "../graph.ts";
import { add, mul, sub } from "./elementwise.ts";
import { rsqrt } from "./activations.ts";
import { mean, spatialDot, sum, sumOver } from "./reductions.ts";
import { reshape } from "./shapes.ts";

/**
 * Each channel of each image to mean 0 and variance 1 over space, then scaled and shifted per channel:
 * x [N, C, ..], scale [C], shift [C] -> [N, C, ..]. Ulyanov et al. 2016, arXiv:1607.08022. ONNX InstanceNormalization, opset 6.
 */
export const instanceNormalization: Op<{ epsilon: number }, 3> = defineOp("instanceNormalization", {
  shape: ([x, scale, shift]) => {
    const [, channels] = x.shape;
    expectShape(x.shape.length >= 3, "x must be [N, C, ..size].");
    expectShape(
      scale.shape.join() === `${channels}` && shift.shape.join() === `${channels}`,
      `scale and shift must be [${channels}].`,
    );
    return x.shape;
  },
  emit: (onnx, [x, scale, shift], { epsilon }) =>
    onnx.node("InstanceNormalization", [x, scale, shift], { epsilon: { float: epsilon } }),
  gradient: (dy, [x, scale], { epsilon }) => {
    const axes = x.shape.slice(2).map((_, axis) => axis + 2);
    const count = sizeOf(x.shape.slice(2));
    const perChannel = [x.shape[1]!, ...axes.map(() => 1)];
    const centered = sub(x, mean(x, { axes, keepDims: true }));
    const variance = mul(spatialDot(centered, centered), 1 / count);
    const inverse = rsqrt(add(variance, epsilon)); // [N, C, 1, ..]
    const sumDy = sum(dy, { axes });
    const sumDyX = mul(spatialDot(dy, centered), inverse); // Σ dy x̂
    // dx = scale / σ · (dy - mean dy - x̂ mean(dy x̂))
    const factor = mul(inverse, reshape(scale, { to: perChannel }));
    const dx = mul(factor, sub(sub(dy, mul(sumDy, 1 / count)), mul(centered, mul(inverse, mul(sumDyX, 1 / count)))));
    return [dx, perChannelSum(sumDyX), perChannelSum(sumDy)];
  },
  cases: [
    { inputs: [[2, 3, 4, 5], [3], [3]], attrs: { epsilon: 1e-5 } },
    { inputs: [[2, 2, 6], [2], [2]], attrs: { epsilon: 1e-3 } },
  ],
});

/** [N, C, 1, ..] -> [C] */
function perChannelSum(x: Tensor): Tensor {
  return sumOver(x, { axes: x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis])) });
}
