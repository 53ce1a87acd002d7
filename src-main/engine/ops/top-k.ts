/** @file The k largest elements along an axis. */
import { defineOp, expectShape, none, type Op, type Tensor } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { mean } from "./reductions.ts";
import { scatterAdd, zerosOf } from "./shapes.ts";

export interface TopKAttrs {
  k: number;
  axis: number;
}

function topKShape(x: Tensor, { k, axis }: TopKAttrs): number[] {
  expectShape(axis >= 0 && axis < x.shape.length, `axis must be in 0..${x.shape.length - 1}, got ${axis}.`);
  expectShape(Number.isInteger(k) && k >= 1 && k <= x.shape[axis]!, `k must be in 1..${x.shape[axis]}, got ${k}.`);
  return x.shape.map((size, other) => (other === axis ? k : size));
}

/** [values, indices], largest first. ONNX TopK, opset 11; at a tie the first index. */
function emitTopK(onnx: OnnxGraph, x: Value, { k, axis }: TopKAttrs): readonly string[] {
  return onnx.nodeWithOutputs(2, "TopK", [x, onnx.int64s([k])], { axis, largest: 1, sorted: 1 });
}

/** The k largest elements along `axis`, largest first: [.., axis, ..] -> [.., k, ..]. ONNX TopK, opset 11. */
export const topK: Op<TopKAttrs> = defineOp("topK", {
  shape: ([x], attrs) => topKShape(x, attrs),
  emit: (onnx, [x], attrs) => emitTopK(onnx, x, attrs)[0]!,
  gradient: (dy, [x], attrs) => [scatterAdd(zerosOf(x.shape), topKIndices(x, attrs), dy, { axis: attrs.axis })],
  cases: [
    { inputs: [[2, 5]], attrs: { k: 2, axis: 1 } },
    { inputs: [[4, 2, 2]], attrs: { k: 3, axis: 0 } },
    {
      inputs: [{ shape: [3], values: [1, 2, 2] }],
      attrs: { k: 1, axis: 0 },
      gradientUnchecked: "at a tie the two one-sided differences disagree; the first element gets all",
    },
  ],
});

/** Where `topK` found them: int64, the first index at a tie. */
export const topKIndices: Op<TopKAttrs> = defineOp("topKIndices", {
  shape: ([x], attrs) => topKShape(x, attrs),
  dtype: () => "int64",
  emit: (onnx, [x], attrs) => emitTopK(onnx, x, attrs)[1]!,
  gradient: none("piecewise constant"),
  cases: [{ inputs: [{ shape: [1, 4], values: [3, 1, 3, 2] }], attrs: { k: 2, axis: 1 } }],
});

/** Mean of the k largest elements along `axis`, which is removed. */
export function topKMean(x: Tensor, { k, axis }: TopKAttrs): Tensor {
  return mean(topK(x, { k, axis }), { axes: [axis] });
}
