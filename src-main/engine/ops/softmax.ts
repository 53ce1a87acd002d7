/** @file Softmax and log-softmax along one axis. */
import { defineOp, expectAxis, floatingShape, type Op } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { mul, sub } from "./elementwise.ts";
import { sum } from "./reductions.ts";

const CASES = [
  { inputs: [[2, 3, 4]], attrs: { axis: 1 } },
  { inputs: [[2, 5]], attrs: { axis: 1 } },
  { inputs: [{ shape: [1, 3], values: [1000, 1000, -1000] }], attrs: { axis: 1 } },
] as const;

/**
 * Whether ONNX Runtime's own operator is slow: on the CPU, along any axis but the last, it turns the numbers round and back on one thread. Written
 * out it takes a tenth of the time at 100 000 numbers and a thirtieth at 1 500 000 (engine/LOWERINGS.md).
 */
function isWrittenOut(onnx: OnnxGraph, { shape, dtype }: Value, axis: number): boolean {
  return onnx.device === "cpu" && dtype === "float32" && axis < shape.length - 1;
}

/** x less the largest along `axis`, e to that, and the sum of those. */
function shiftedExponentials(onnx: OnnxGraph, x: Value, axis: number) {
  const axes = onnx.int64s([axis]);
  const shifted = onnx.node("Sub", [x, onnx.node("ReduceMax", [x, axes], { keepdims: 1 })]);
  const exponentials = onnx.node("Exp", [shifted]);
  return { shifted, exponentials, total: onnx.node("ReduceSum", [exponentials, axes], { keepdims: 1 }) };
}

function emitSoftmax(onnx: OnnxGraph, x: Value, axis: number): string {
  if (!isWrittenOut(onnx, x, axis)) return onnx.node("Softmax", [x], { axis });
  const { exponentials, total } = shiftedExponentials(onnx, x, axis);
  return onnx.node("Div", [exponentials, total]);
}

/** Shares its nodes with the softmax of the same x. */
export function emitLogSoftmax(onnx: OnnxGraph, x: Value, axis: number): string {
  if (!isWrittenOut(onnx, x, axis)) return onnx.node("LogSoftmax", [x], { axis });
  const { shifted, total } = shiftedExponentials(onnx, x, axis);
  return onnx.node("Sub", [shifted, onnx.node("Log", [total])]);
}

/** Positive numbers that sum to 1 along `axis`. ONNX Softmax, opset 13. */
export const softmax: Op<{ axis: number }> = defineOp("softmax", {
  shape: ([x], { axis }) => {
    expectAxis(axis, x.shape.length);
    return floatingShape([x]);
  },
  emit: (onnx, [x], { axis }) => emitSoftmax(onnx, x, axis),
  // dx = y (dy - Σ y dy)
  gradient: (dy, _x, { axis }, y) => [mul(y, sub(dy, sum(mul(y, dy), { axes: [axis] })))],
  cases: CASES,
});

/** log(softmax(x)), without overflow. ONNX LogSoftmax, opset 13. */
export const logSoftmax: Op<{ axis: number }> = defineOp("logSoftmax", {
  shape: ([x], { axis }) => {
    expectAxis(axis, x.shape.length);
    return floatingShape([x]);
  },
  emit: (onnx, [x], { axis }) => emitLogSoftmax(onnx, x, axis),
  // dx = dy - softmax(x) Σ dy
  gradient: (dy, [x], { axis }) => [sub(dy, mul(softmax(x, { axis }), sum(dy, { axes: [axis] })))],
  cases: CASES,
});
