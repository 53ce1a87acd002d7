/** @file Imported operators: reductions. Axes are an attribute before opset 18 (ReduceSum: 13), an input since. */
import type { Tensor } from "../../../graph.ts";
import { abs, cast, log, neg, sqrt, square } from "../../../ops/elementwise.ts";
import { logSumExp, max, mean, sumOver, type ReductionOptions } from "../../../ops/reductions.ts";
import { argMax, reshape } from "../../../ops/shapes.ts";
import type { Operator } from "../call.ts";

function reduction(reduce: (x: Tensor, options: ReductionOptions) => Tensor): Operator {
  return (call) => {
    const x = call.float32(0);
    const given = call.intsOrInput("axes", 1);
    const isAll = given === null || given.length === 0;
    if (isAll && call.int("noop_with_empty_axes", 0) !== 0) return x;
    const axes = isAll ? x.shape.map((_, axis) => axis) : call.axes(given, x.shape.length);
    return reduce(x, { axes, keepDims: call.int("keepdims", 1) !== 0 });
  };
}

export const ReduceSum = reduction(sumOver);
export const ReduceMean = reduction(mean);
export const ReduceMax = reduction(max);
export const ReduceMin = reduction((x, options) => neg(max(neg(x), options)));
export const ReduceL1 = reduction((x, options) => sumOver(abs(x), options));
export const ReduceL2 = reduction((x, options) => sqrt(sumOver(square(x), options)));
export const ReduceSumSquare = reduction((x, options) => sumOver(square(x), options));
export const ReduceLogSum = reduction((x, options) => log(sumOver(x, options)));
export const ReduceLogSumExp = reduction(logSumExp);

/** int64; the first at a tie. */
export const ArgMax: Operator = (call) => {
  const x = call.float32(0);
  const axis = call.axis(call.int("axis", 0), x.shape.length);
  if (call.int("select_last_index", 0) !== 0) return call.unsupported("the last index at a tie");
  const indices = argMax(x, { axis });
  if (call.int("keepdims", 1) === 0) return indices;
  return reshape(indices, { to: x.shape.map((size, other) => (other === axis ? 1 : size)) });
};

export const ArgMin: Operator = (call) => {
  const x = call.float32(0);
  const axis = call.axis(call.int("axis", 0), x.shape.length);
  if (call.int("select_last_index", 0) !== 0) return call.unsupported("the last index at a tie");
  const indices = argMax(neg(x), { axis });
  if (call.int("keepdims", 1) === 0) return cast(indices, { to: "int64" });
  return reshape(indices, { to: x.shape.map((size, other) => (other === axis ? 1 : size)) });
};
