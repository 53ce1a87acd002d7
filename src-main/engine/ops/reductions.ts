/** @file Sum and broadcast (mutual adjoints), and the reductions made of them. */
import { defineOp, expectShape, sameShape, sizeOf, type NoAttrs, type Op, type Shape, type Tensor } from "../graph.ts";
import { broadcastShapes, add, cast, div, equal, exp, log, mul, square, stopGradient, sub } from "./elementwise.ts";
import { timesTransposed } from "./matmul.ts";
import { reshape } from "./shapes.ts";

function keptDims(x: Tensor, axes: readonly number[]): number[] {
  expectShape(new Set(axes).size === axes.length, `axes must differ, got [${axes.join(", ")}].`);
  for (const axis of axes) {
    const inRange = Number.isInteger(axis) && axis >= 0 && axis < x.shape.length;
    expectShape(inRange, `axis must be in 0..${x.shape.length - 1}, got ${axis}.`);
  }
  return x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
}

/**
 * Sum over `axes`, kept with size 1: [2, 3, 4] over [0, 2] -> [1, 3, 1]. float32, int64.
 * ONNX ReduceSum, opset 13: axes are an input, not an attribute.
 */
export const sum: Op<{ axes: readonly number[] }> = defineOp("sum", {
  shape: ([x], { axes }) => keptDims(x, axes),
  emit: (onnx, [x], { axes }) =>
    axes.length === 0 ? x.name : onnx.node("ReduceSum", [x, onnx.int64s(axes)], { keepdims: 1 }),
  // dL/dx = dL/dy at every summed position: each element entered its sum once.
  gradient: (dy, [x]) => [broadcastTo(dy, { to: x.shape })],
  cases: [
    { inputs: [[2, 3, 4]], attrs: { axes: [0, 2] } },
    { inputs: [[1, 5]], attrs: { axes: [0] } },
    { inputs: [[2, 3]], attrs: { axes: [] } },
  ],
});

/** Repeats x along axes of size 1 (and new leading axes) until it has shape `to`. ONNX Expand, opset 13. */
export const broadcastTo: Op<{ to: Shape }> = defineOp("broadcastTo", {
  shape: ([x], { to }) => {
    expectShape(sameShape(broadcastShapes(x.shape, to), to), `cannot be broadcast to [${to.join(", ")}].`);
    return to;
  },
  emit: (onnx, [x], { to }) => (sameShape(x.shape, to) ? x.name : onnx.node("Expand", [x, onnx.int64s(to)])),
  gradient: (dy, [x]) => [sumTo(dy, x.shape)],
  cases: [
    { inputs: [[3, 1]], attrs: { to: [2, 3, 4] } },
    { inputs: [[]], attrs: { to: [2, 2] } },
  ],
});

/**
 * Σ a · b over space: two [N, C, ..] -> [N, C, 1, ..]. A batched product of rows, which reads both once and writes no
 * intermediate: a fifth of the time of Mul and ReduceSum.
 */
export const spatialDot: Op<NoAttrs, 2> = defineOp("spatialDot", {
  shape: ([a, b]) => {
    expectShape(a.shape.length >= 3 && sameShape(a.shape, b.shape), "both operands must be one [N, C, ..size].");
    return a.shape.map((size, axis) => (axis < 2 ? size : 1));
  },
  emit: (onnx, [a, b]) => {
    // 0 keeps the size of that axis, so the nodes do not depend on the batch size.
    const rows = onnx.int64s([0, 0, 1, sizeOf(a.shape.slice(2))]);
    const flat = [a, b].map((operand) => onnx.node("Reshape", [operand, rows]));
    const dots = timesTransposed(onnx, flat[0]!, flat[1]!, 4);
    // Reshape also where the shape is right already: a factor after the product must not be fused into it, since ONNX Runtime's
    // product of rows with a factor takes ten times as long.
    return onnx.node("Reshape", [dots, onnx.int64s(a.shape.map((_, axis) => (axis < 2 ? 0 : 1)))]);
  },
  gradient: (dy, [a, b]) => [mul(b, dy), mul(a, dy)],
  cases: [
    {
      inputs: [
        [2, 3, 4, 2],
        [2, 3, 4, 2],
      ],
      attrs: {},
    },
  ],
});

/** Undoes a broadcast: sums x until it has shape `to`. */
export function sumTo(x: Tensor, to: Shape): Tensor {
  if (sameShape(x.shape, to)) return x;
  const added = x.shape.length - to.length;
  const axes = x.shape.flatMap((size, axis) => (axis < added || (to[axis - added] === 1 && size !== 1) ? [axis] : []));
  return reshape(sum(x, { axes }), { to });
}

export interface ReductionOptions {
  /** Default: all axes. */
  axes?: readonly number[];
  /** Keep reduced axes with size 1. Default false: they are removed. */
  keepDims?: boolean;
}

/** Applies a reduction that keeps its axes, then removes them unless asked not to. */
function reduced(
  x: Tensor,
  { axes = x.shape.map((_, axis) => axis), keepDims = false }: ReductionOptions,
  reduce: (axes: readonly number[]) => Tensor,
): Tensor {
  const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const kept = reduce(positive);
  if (keepDims) return kept;
  return reshape(kept, { to: kept.shape.filter((_, axis) => !positive.includes(axis)) });
}

/** Sum; by default over everything, to shape []. Negative axes count from the end. */
export function sumOver(x: Tensor, options: ReductionOptions = {}): Tensor {
  return reduced(x, options, (axes) => sum(x, { axes }));
}

/** Mean; by default over everything, to shape []. */
export function mean(x: Tensor, options: ReductionOptions = {}): Tensor {
  return reduced(x, options, (axes) => {
    const total = sum(x, { axes });
    return mul(total, sizeOf(total.shape) / sizeOf(x.shape));
  });
}

/** Variance about the mean; `correction` 1 divides by n - 1 (Bessel), 0 by n. */
export function variance(
  x: Tensor,
  { correction = 0, ...options }: ReductionOptions & { correction?: number } = {},
): Tensor {
  return reduced(x, options, (axes) => {
    const count = axes.reduce((size, axis) => size * x.shape[axis]!, 1);
    const squares = sum(square(sub(x, mean(x, { axes, keepDims: true }))), { axes });
    return mul(squares, 1 / (count - correction));
  });
}

/** Largest value over `axes`, kept with size 1. Ties share the gradient equally. ONNX ReduceMax, opset 18. */
export const reduceMax: Op<{ axes: readonly number[] }> = defineOp("reduceMax", {
  shape: ([x], { axes }) => keptDims(x, axes),
  emit: (onnx, [x], { axes }) =>
    axes.length === 0 ? x.name : onnx.node("ReduceMax", [x, onnx.int64s(axes)], { keepdims: 1 }),
  gradient: (dy, [x], { axes }, y) => {
    const isLargest = cast(equal(x, y), { to: x.dtype });
    return [mul(isLargest, div(dy, sum(isLargest, { axes })))];
  },
  cases: [
    { inputs: [[2, 3, 4]], attrs: { axes: [0, 2] } },
    { inputs: [[2, 3]], attrs: { axes: [] } },
    {
      inputs: [{ shape: [1, 3], values: [2, 2, 1] }],
      attrs: { axes: [1] },
    },
  ],
});

/** Largest value; by default of everything, to shape []. */
export function max(x: Tensor, options: ReductionOptions = {}): Tensor {
  return reduced(x, options, (axes) => reduceMax(x, { axes }));
}

/** log Σ eˣ without overflow: the largest value is taken out first. */
export function logSumExp(x: Tensor, options: ReductionOptions = {}): Tensor {
  return reduced(x, options, (axes) => {
    // The shift cancels in exact arithmetic, so no gradient needs to pass through it.
    const shift = stopGradient(reduceMax(x, { axes }));
    return add(log(sum(exp(sub(x, shift)), { axes })), shift);
  });
}
