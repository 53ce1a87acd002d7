/** @file Layer normalization with a hand-derived gradient, and the statistics that it shares with the forward pass. */
import { defineOp, expectShape, sameShape, sizeOf, type Op, type Shape, type Tensor } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { mul, sub } from "./elementwise.ts";
import { broadcastTo, mean, sum, sumTo } from "./reductions.ts";

export interface LayerNormalizationAttrs {
  /** How many of the last axes are normalized together. */
  lastAxes: number;
  epsilon: number;
}

function checkOperands(x: Tensor, scale: Tensor, shift: Tensor, lastAxes: number): void {
  const inRange = Number.isInteger(lastAxes) && lastAxes >= 1 && lastAxes <= x.shape.length;
  expectShape(inRange, `lastAxes must be in 1..${x.shape.length}, got ${lastAxes}.`);
  const tail = x.shape.slice(-lastAxes);
  expectShape(
    sameShape(scale.shape, tail) && sameShape(shift.shape, tail),
    `scale and shift must be [${tail.join(", ")}].`,
  );
}

/** [y, mean, 1 / √(variance + epsilon)]; one node for the three ops below. */
function emitLayer(onnx: OnnxGraph, operands: readonly Value[], { lastAxes, epsilon }: LayerNormalizationAttrs) {
  return onnx.nodeWithOutputs(3, "LayerNormalization", operands.slice(0, 3), {
    axis: -lastAxes,
    epsilon: { float: epsilon },
  });
}

const reducedShape = (x: Tensor, lastAxes: number): Shape =>
  x.shape.map((size, axis) => (axis < x.shape.length - lastAxes ? size : 1));
const axesOf = (x: Tensor, lastAxes: number) =>
  Array.from({ length: lastAxes }, (_, index) => x.shape.length - lastAxes + index);

const CASES = [
  { inputs: [[2, 3, 4], [4], [4]], attrs: { lastAxes: 1, epsilon: 1e-5 } },
  {
    inputs: [
      [2, 3, 2],
      [3, 2],
      [3, 2],
    ],
    attrs: { lastAxes: 2, epsilon: 1e-3 },
  },
] as const;

/**
 * Every row (the last `lastAxes` axes together) to mean 0 and variance 1, then scaled and shifted element by element: scale and shift
 * have the shape of a row. Ba et al. 2016, arXiv:1607.06450. ONNX LayerNormalization, opset 17.
 */
export const layerNormalization: Op<LayerNormalizationAttrs, 3> = defineOp("layerNormalization", {
  shape: ([x, scale, shift], { lastAxes }) => {
    checkOperands(x, scale, shift, lastAxes);
    return x.shape;
  },
  emit: (onnx, operands, attrs) => emitLayer(onnx, operands, attrs)[0]!,
  // With g = scale dy: dx = inverse (g - mean g - x̂ mean(g x̂))
  gradient: (dy, [x, scale, shift], attrs) => {
    const axes = axesOf(x, attrs.lastAxes);
    const count = sizeOf(scale.shape);
    const inverse = layerInverseDeviation(x, scale, shift, attrs);
    const normal = mul(sub(x, layerMean(x, scale, shift, attrs)), inverse);
    const g = mul(dy, scale);
    const along = mul(sum(mul(g, normal), { axes }), 1 / count);
    const dx = mul(inverse, sub(sub(g, mean(g, { axes, keepDims: true })), mul(normal, along)));
    return [dx, sumTo(mul(dy, normal), scale.shape), sumTo(dy, shift.shape)];
  },
  cases: CASES,
});

/** Mean of every row, the normalized axes kept with size 1. Second output of the node of `layerNormalization`. */
export const layerMean: Op<LayerNormalizationAttrs, 3> = defineOp("layerMean", {
  shape: ([x, scale, shift], { lastAxes }) => {
    checkOperands(x, scale, shift, lastAxes);
    return reducedShape(x, lastAxes);
  },
  emit: (onnx, operands, attrs) => emitLayer(onnx, operands, attrs)[1]!,
  gradient: (dy, [x, scale]) => [broadcastTo(mul(dy, 1 / sizeOf(scale.shape)), { to: x.shape }), null, null],
  cases: CASES,
});

/** 1 / √(variance + epsilon) of every row, the normalized axes kept with size 1. Third output of that node. */
export const layerInverseDeviation: Op<LayerNormalizationAttrs, 3> = defineOp("layerInverseDeviation", {
  shape: ([x, scale, shift], { lastAxes }) => {
    checkOperands(x, scale, shift, lastAxes);
    return reducedShape(x, lastAxes);
  },
  emit: (onnx, operands, attrs) => emitLayer(onnx, operands, attrs)[2]!,
  // r = (v + ε)^-½: dr/dx = -r³ (x - mean) / n
  gradient: (dy, [x, scale, shift], attrs, y) => {
    const slope = mul(mul(dy, mul(y, mul(y, y))), -1 / sizeOf(scale.shape));
    return [mul(slope, sub(x, layerMean(x, scale, shift, attrs))), null, null];
  },
  cases: CASES,
});
