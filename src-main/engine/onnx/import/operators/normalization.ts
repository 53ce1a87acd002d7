/** @file Imported operators: normalization. */
import { sameShape, sizeOf, type Tensor } from "../../../graph.ts";
import { add, mul, sub } from "../../../ops/elementwise.ts";
import { batchNormalization, batchStatistics } from "../../../ops/batch-normalization.ts";
import { layerNormalization } from "../../../ops/layer-normalization.ts";
import { rsqrt } from "../../../ops/activations.ts";
import { groupNormalization, instanceNormalization } from "../../../ops/normalization.ts";
import { mean, sumOver } from "../../../ops/reductions.ts";
import { reshape } from "../../../ops/shapes.ts";
import { square, sqrt, div } from "../../../ops/elementwise.ts";
import type { Operator } from "../call.ts";

const EPSILON = 1e-5;

/**
 * x [N, C, ..], scale [C], shift [C], mean [C], variance [C]. The statistics become buffers of the scope, `<output>.mean` and
 * `<output>.variance`: named after the node's output, because exporters let layers share initializers of equal values.
 * Frozen: they are used and stay, as at inference; scale and shift go on learning. Batch: a scope in the mode "train" uses those of
 * the batch and moves the stored ones; one in the mode "predict" uses the stored ones.
 */
export const BatchNormalization: Operator = (call) => {
  const [x, scale, shift] = [call.float32(0), call.float32(1), call.float32(2)];
  const epsilon = call.float("epsilon", EPSILON);
  const { scope, batchNorm } = call.context;
  const mode = batchNorm ?? (call.int("training_mode", 0) === 0 ? "frozen" : "batch");
  const shape = [x.shape[1]!];
  const names = ["mean", "variance"].map((statistic) => `${call.node.outputs[0]}.${statistic}`) as [string, string];
  const [mean, variance] = names.map((name, index) => {
    const { values } = call.known(index + 3, `the stored ${name}`);
    if (values.length !== shape[0])
      throw new Error(`statistics of ${shape[0]} channels expected, got ${values.length}.`);
    return scope.buffer(name, { shape, init: () => Float32Array.from(values) });
  }) as [Tensor, Tensor];
  if (mode === "frozen" || scope.mode === "predict") {
    return batchNormalization([x, scale, shift, mean, variance], { epsilon });
  }
  // ONNX: running = running · momentum + current · (1 - momentum)
  const share = 1 - call.float("momentum", 0.9);
  const current = batchStatistics(x);
  scope.update(names[0], add(mean, mul(sub(current.mean, mean), share)));
  scope.update(names[1], add(variance, mul(sub(current.variance, variance), share)));
  return batchNormalization([x, scale, shift], { epsilon });
};

export const InstanceNormalization: Operator = (call) =>
  instanceNormalization(call.float32(0), call.float32(1), call.float32(2), { epsilon: call.float("epsilon", EPSILON) });

/** Opset 17: mean 0 and variance 1 over the axes from `axis` on, then scale and shift. Ba et al. 2016, arXiv:1607.06450. */
export const LayerNormalization: Operator = (call) => {
  const x = call.float32(0);
  const first = call.axis(call.int("axis", -1), x.shape.length);
  const tail = x.shape.slice(first);
  const hasOwnShapes = [1, 2].every((index) => call.has(index) && sameShape(call.shapeOf(index), tail));
  if (hasOwnShapes) {
    const attrs = { lastAxes: tail.length, epsilon: call.float("epsilon", EPSILON) };
    return layerNormalization(x, call.float32(1), call.float32(2), attrs);
  }
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
