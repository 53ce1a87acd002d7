/** @file Instance and group normalization with hand-derived gradients. */
import { defineOp, expectShape, sizeOf, type Op, type Tensor } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { rsqrt } from "./activations.ts";
import { emitComposed } from "./composed.ts";
import { add, mul, sub } from "./elementwise.ts";
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
    { inputs: [[2, 2, 2, 3, 2], [2], [2]], attrs: { epsilon: 1e-3 } },
  ],
});

/** x [N, C, ..] about the mean of each group, [N, G, n], and the groups' 1 / √(variance + epsilon), [N, G, 1]. */
function standardized(x: Tensor, groups: number, epsilon: number): { centered: Tensor; inverse: Tensor } {
  const count = sizeOf(x.shape.slice(1)) / groups;
  const rows = reshape(x, { to: [x.shape[0]!, groups, count] });
  const centered = sub(rows, mean(rows, { axes: [2], keepDims: true }));
  const variance = mul(spatialDot(centered, centered), 1 / count);
  return { centered, inverse: rsqrt(add(variance, epsilon)) };
}

export interface GroupNormalizationAttrs {
  groups: number;
  epsilon: number;
  /** Nodes that hold no size, for models that are exported. Default false: nodes that the gradient shares. */
  openSizes?: boolean;
}

/** By InstanceNormalization over reshaped groups: slower with a gradient, but any batch and image size will do. */
function emitForAnySize(
  onnx: OnnxGraph,
  [x, scale, shift]: readonly [Value, Value, Value, ...Value[]],
  attrs: GroupNormalizationAttrs,
) {
  const { groups, epsilon } = attrs;
  const [ones, zeros] = [1, 0].map((value) => onnx.floats(Array.from({ length: groups }, () => value)));
  const rows = onnx.node("Reshape", [x, onnx.int64s([0, groups, -1])]);
  const normal = onnx.node("InstanceNormalization", [rows, ones!, zeros!], { epsilon: { float: epsilon } });
  const column = onnx.int64s([x.shape[1]!, ...x.shape.slice(2).map(() => 1)]);
  const [factor, offset] = [scale, shift].map((vector) => onnx.node("Reshape", [vector, column]));
  const scaled = onnx.node("Mul", [onnx.node("Reshape", [normal, onnx.node("Shape", [x])]), factor!]);
  return onnx.node("Add", [scaled, offset!]);
}

/**
 * Groups of C / groups neighboring channels of each image to mean 0 and variance 1, then scaled and shifted per channel:
 * x [N, C, ..], scale [C], shift [C] -> [N, C, ..]. Wu & He 2018, arXiv:1803.08494.
 */
export const groupNormalization: Op<GroupNormalizationAttrs, 3> = defineOp("groupNormalization", {
  shape: ([x, scale, shift], { groups }) => {
    const channels = x.shape[1] ?? 0;
    expectShape(x.shape.length >= 2, "x must be [N, C, ..size].");
    expectShape(channels % groups === 0, `${channels} channels do not divide into ${groups} groups.`);
    expectShape(
      scale.shape.join() === `${channels}` && shift.shape.join() === `${channels}`,
      `scale and shift must be [${channels}].`,
    );
    return x.shape;
  },
  emit: (onnx, operands, attrs) => {
    if (attrs.openSizes) return emitForAnySize(onnx, operands, attrs);
    const { groups, epsilon } = attrs;
    return emitComposed(onnx, operands, ([x, scale, shift]) => {
      const [batch, channels] = x!.shape as [number, number];
      const { centered, inverse } = standardized(x!, groups, epsilon);
      const factor = mul(inverse, reshape(scale!, { to: [1, groups, channels / groups] })); // [N, G, C / G]
      const scaled = mul(
        reshape(centered, { to: [batch, channels, sizeOf(x!.shape.slice(2))] }),
        reshape(factor, { to: [batch, channels, 1] }),
      );
      return reshape(add(scaled, reshape(shift!, { to: [channels, 1] })), { to: x!.shape });
    });
  },
  // With g = scale dy, n elements in a group, x̂ = centered · inverse: dx = inverse (g - mean g - x̂ mean(g x̂)).
  gradient: (dy, [x, scale], { groups, epsilon }) => {
    const [batch, channels] = x.shape as [number, number];
    const space = sizeOf(x.shape.slice(2));
    const [each, count] = [channels / groups, (space * channels) / groups];
    const { centered, inverse } = standardized(x, groups, epsilon);
    const [perChannel, perGroup] = [
      [batch, channels, space],
      [batch, groups, count],
    ];
    const flatDy = reshape(dy, { to: perChannel });
    const inGroups = (sums: Tensor) => reshape(sums, { to: [batch, groups, each] });
    const sumDy = inGroups(sum(flatDy, { axes: [2] }));
    const sumDyX = inGroups(spatialDot(flatDy, reshape(centered, { to: perChannel }))); // Σ dy · centered
    const scales = reshape(scale, { to: [1, groups, each] });
    const factor = mul(inverse, scales); // [N, G, C / G]
    const shared = mul(inverse, -1 / count); // [N, G, 1]
    const offset = mul(shared, sum(mul(sumDy, scales), { axes: [2] }));
    const along = mul(mul(shared, mul(inverse, inverse)), sum(mul(sumDyX, scales), { axes: [2] }));
    const direct = reshape(mul(flatDy, reshape(factor, { to: [batch, channels, 1] })), { to: perGroup });
    const dx = add(add(direct, mul(centered, along)), offset);
    return [
      reshape(dx, { to: x.shape }),
      reshape(sum(mul(sumDyX, inverse), { axes: [0] }), { to: [channels] }),
      reshape(sum(sumDy, { axes: [0] }), { to: [channels] }),
    ];
  },
  cases: [
    { inputs: [[2, 4, 3, 2], [4], [4]], attrs: { groups: 2, epsilon: 1e-5 } },
    { inputs: [[2, 3, 4], [3], [3]], attrs: { groups: 1, epsilon: 1e-3 } },
    { inputs: [[2, 6], [6], [6]], attrs: { groups: 2, epsilon: 1e-2 } },
    { inputs: [[2, 4, 3], [4], [4]], attrs: { groups: 2, epsilon: 1e-3, openSizes: true } },
  ],
});

/** [N, C, 1, ..] -> [C] */
function perChannelSum(x: Tensor): Tensor {
  return sumOver(x, { axes: x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis])) });
}
