/** @file Softmax and log-softmax along one axis. */
import { defineOp, expectAxis, floatingShape, type Op } from "../graph.ts";
import { mul, sub } from "./elementwise.ts";
import { sum } from "./reductions.ts";

const CASES = [
  { inputs: [[2, 3, 4]], attrs: { axis: 1 } },
  { inputs: [[2, 5]], attrs: { axis: 1 } },
  { inputs: [{ shape: [1, 3], values: [1000, 1000, -1000] }], attrs: { axis: 1 } },
] as const;

/** Positive numbers that sum to 1 along `axis`. ONNX Softmax, opset 13. */
export const softmax: Op<{ axis: number }> = defineOp("softmax", {
  shape: ([x], { axis }) => {
    expectAxis(axis, x.shape.length);
    return floatingShape([x]);
  },
  emit: (onnx, [x], { axis }) => onnx.node("Softmax", [x], { axis }),
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
  emit: (onnx, [x], { axis }) => onnx.node("LogSoftmax", [x], { axis }),
  // dx = dy - softmax(x) Σ dy
  gradient: (dy, [x], { axis }) => [sub(dy, mul(softmax(x, { axis }), sum(dy, { axes: [axis] })))],
  cases: CASES,
});
