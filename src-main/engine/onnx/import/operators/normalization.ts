/** @file Imported operators: normalization. */
import { constant, sizeOf, type Tensor } from "../../../graph.ts";
import { add, mul, sub } from "../../../ops/elementwise.ts";
import { rsqrt } from "../../../ops/activations.ts";
import { groupNormalization, instanceNormalization } from "../../../ops/normalization.ts";
import { mean, sumOver, variance } from "../../../ops/reductions.ts";
import { reshape } from "../../../ops/shapes.ts";
import { square, sqrt, div } from "../../../ops/elementwise.ts";
import type { Operator } from "../call.ts";
import { Known } from "../values.ts";

const EPSILON = 1e-5;

/** [C] beside an image [N, C, ..]. */
const perChannel = (x: Tensor, image: Tensor): Tensor =>
  reshape(x, { to: [x.shape[0]!, ...image.shape.slice(2).map(() => 1)] });

/**
 * x [N, C, ..], scale [C], shift [C], mean [C], variance [C]. Frozen: with the stored statistics, which are constants, as at inference;
 * scale and shift go on learning. Batch: with the statistics of the batch, as in training.
 */
export const BatchNormalization: Operator = (call) => {
  const [x, scale, shift] = [call.float32(0), call.float32(1), call.float32(2)];
  const epsilon = call.float("epsilon", EPSILON);
  const mode = call.context.batchNorm ?? (call.int("training_mode", 0) === 0 ? "frozen" : "batch");
  if (mode === "batch") {
    const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const centered = sub(x, mean(x, { axes, keepDims: true }));
    const inverse = rsqrt(add(variance(x, { axes, keepDims: true }), epsilon));
    return add(mul(mul(centered, inverse), perChannel(scale, x)), perChannel(shift, x));
  }
  const [center, spread] = [call.known(3, "the stored mean"), call.known(4, "the stored variance")];
  if (center.values.length !== x.shape[1] || spread.values.length !== x.shape[1]) {
    throw new Error(
      `statistics of ${x.shape[1]} channels expected, got ${center.values.length} and ${spread.values.length}.`,
    );
  }
  const inverse = constant(
    Float32Array.from(spread.values, (value) => 1 / Math.sqrt(value + epsilon)),
    { shape: [x.shape[1]!] },
  );
  // One factor and one offset per channel: y = x · factor + (shift - mean · factor)
  const factor = mul(scale, inverse);
  const offset = sub(shift, mul(factor, Known.of(center.values, center.shape, "float32").tensor()));
  return add(mul(x, perChannel(factor, x)), perChannel(offset, x));
};

export const InstanceNormalization: Operator = (call) =>
  instanceNormalization(call.float32(0), call.float32(1), call.float32(2), { epsilon: call.float("epsilon", EPSILON) });

/** Opset 17: mean 0 and variance 1 over the axes from `axis` on, then scale and shift. Ba et al. 2016, arXiv:1607.06450. */
export const LayerNormalization: Operator = (call) => {
  const x = call.float32(0);
  const first = call.axis(call.int("axis", -1), x.shape.length);
  const axes = x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []));
  const centered = sub(x, mean(x, { axes, keepDims: true }));
  const inverse = rsqrt(add(mean(square(centered), { axes, keepDims: true }), call.float("epsilon", EPSILON)));
  const scaled = mul(mul(centered, inverse), call.float32(1));
  return call.has(2) ? add(scaled, call.float32(2)) : scaled;
};

/** Opset 18 (scale and shift per group) and 21 (per channel). Wu & He 2018, arXiv:1803.08494. */
export const GroupNormalization: Operator = (call) => {
  const [x, scale, shift] = [call.float32(0), call.float32(1), call.float32(2)];
  const groups = call.int("num_groups", 1);
  const [batch, channels, ...size] = x.shape as [number, number, ...number[]];
  if (!(groups >= 1) || channels % groups !== 0) throw new Error(`${channels} channels do not form ${groups} groups.`);
  const epsilon = call.float("epsilon", EPSILON);
  if (scale.shape[0] === channels) return groupNormalization(x, scale, shift, { groups, epsilon });
  const grouped = reshape(x, { to: [batch, groups, (channels / groups) * sizeOf(size)] });
  return reshape(instanceNormalization(grouped, scale, shift, { epsilon }), { to: x.shape });
};

/** x / (a norm of x along one axis). */
export const LpNormalization: Operator = (call) => {
  const x = call.float32(0);
  const axis = call.axis(call.int("axis", -1), x.shape.length);
  if (call.int("p", 2) !== 2) return call.unsupported("a norm other than p = 2");
  return div(x, sqrt(sumOver(square(x), { axes: [axis], keepDims: true })));
};
