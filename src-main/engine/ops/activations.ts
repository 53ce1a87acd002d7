/** @file Activation functions. Each gradient reads the output where that saves keeping the input. */
import { defineOp, expectShape, floatingShape, none, type NoAttrs, type Op } from "../graph.ts";
import { add, div, exp, greater, mul, neg, sqrt, square, sub, where } from "./elementwise.ts";
import { sumTo } from "./reductions.ts";
import { reshape } from "./shapes.ts";

const SIGNED = { inputs: [[2, 3]], attrs: {} } as const;
const AT_ZERO = { inputs: [{ shape: [1], values: [0] }] } as const;

/** 1 where x > 0, else `slope`: what a rectifier multiplies the gradient by. */
export const rectifierSlope: Op<{ slope: number }> = defineOp("rectifierSlope", {
  shape: ([x]) => x.shape,
  emit: (onnx, [x], { slope }) => {
    // In half precision the multiple would overflow, and 0 times infinity is not 0.
    if (slope > 1 || x.dtype === "float16")
      return onnx.node("Where", [onnx.node("Greater", [x, onnx.float(0)]), onnx.float(1), onnx.float(slope)]);
    // Clip of a huge multiple: together with the product 1.2 ms for 2 million numbers, where Greater and Where take 3.1.
    // Exact but for 0 < x < 1e-38, which no float32 network tells from 0.
    return onnx.node("Clip", [onnx.node("Mul", [x, onnx.float(HUGE)]), onnx.float(slope), onnx.float(1)]);
  },
  gradient: none("piecewise constant"),
  cases: [
    { inputs: [{ shape: [3], values: [-1, 0, 1e-30] }], attrs: { slope: 0.2 } },
    { inputs: [{ shape: [2], values: [-1, 1] }], attrs: { slope: 2 } },
  ],
});

/** Near the largest float32. */
const HUGE = 3e38;

/** max(x, 0); gradient 0 at x = 0. ONNX Relu, opset 14. */
export const relu: Op = defineOp("relu", {
  shape: floatingShape,
  emit: (onnx, [x]) => onnx.node("Relu", [x]),
  gradient: (dy, _x, _a, y) => [mul(dy, rectifierSlope(y, { slope: 0 }))],
  cases: [SIGNED, { ...AT_ZERO, attrs: {}, gradientUnchecked: "the two one-sided differences disagree; 0 is passed" }],
});

/** x where positive, slope · x elsewhere; gradient `slope` at 0. ONNX LeakyRelu, opset 16. */
export const leakyRelu: Op<{ slope: number }> = defineOp("leakyRelu", {
  shape: floatingShape,
  emit: (onnx, [x], { slope }) => onnx.node("LeakyRelu", [x], { alpha: { float: slope } }),
  // For slope > 0 the output has the sign of the input, so x itself need not be kept.
  gradient: (dy, [x], { slope }, y) => [mul(dy, rectifierSlope(slope > 0 ? y : x, { slope }))],
  cases: [
    { inputs: [[2, 3]], attrs: { slope: 0.2 } },
    { inputs: [[2, 3]], attrs: { slope: -0.5 } },
    { ...AT_ZERO, attrs: { slope: 0.2 }, gradientUnchecked: "the two one-sided differences disagree; slope is passed" },
  ],
});

/**
 * x where positive, slope · x elsewhere, one learned slope per channel: x [N, C, ..], slope [C] or [1]. The gradient at 0 takes the slope.
 * He et al. 2015, arXiv:1502.01852. ONNX PRelu, opset 16.
 */
export const prelu: Op<NoAttrs, 2> = defineOp("prelu", {
  shape: ([x, slope]) => {
    const channels = x.shape[1] ?? 1;
    const fits = slope.shape.length === 1 && (slope.shape[0] === channels || slope.shape[0] === 1);
    expectShape(x.shape.length >= 2 && fits, `x must be [N, C, ..], slope [${channels}] or [1].`);
    return x.shape;
  },
  emit: (onnx, [x, slope]) => {
    const column = [slope.shape[0]!, ...x.shape.slice(2).map(() => 1)];
    return onnx.node("PRelu", [x, onnx.node("Reshape", [slope, onnx.int64s(column)])]);
  },
  gradient: (dy, [x, slope]) => {
    const columns = reshape(slope, { to: [slope.shape[0]!, ...x.shape.slice(2).map(() => 1)] });
    const positive = rectifierSlope(x, { slope: 0 });
    const dx = mul(dy, add(columns, mul(positive, sub(1, columns))));
    return [dx, reshape(sumTo(mul(dy, sub(x, relu(x))), columns.shape), { to: slope.shape })];
  },
  cases: [
    // These ranges keep random inputs away from 0.
    { inputs: [[2, 3, 2, 2], [3]], attrs: {}, range: [-1, 1.1] },
    { inputs: [[2, 3], [1]], attrs: {}, range: [-1, 1.3] },
    {
      inputs: [
        { shape: [1, 2], values: [0, -2] },
        { shape: [2], values: [0.25, 0.5] },
      ],
      attrs: {},
      gradientUnchecked: "the two one-sided differences disagree; slope is passed",
    },
  ],
});

/** 1 / (1 + e⁻ˣ). ONNX Sigmoid, opset 13. */
export const sigmoid: Op = defineOp("sigmoid", {
  shape: floatingShape,
  emit: (onnx, [x]) => onnx.node("Sigmoid", [x]),
  // dy/dx = y (1 - y)
  gradient: (dy, _x, _a, y) => [mul(dy, mul(y, sub(1, y)))],
  cases: [SIGNED],
});

/** Hyperbolic tangent. ONNX Tanh, opset 13. */
export const tanh: Op = defineOp("tanh", {
  shape: floatingShape,
  emit: (onnx, [x]) => onnx.node("Tanh", [x]),
  gradient: (dy, _x, _a, y) => [mul(dy, sub(1, square(y)))],
  cases: [SIGNED],
});

/** log(1 + eˣ), without overflow. ONNX Softplus, opset 1. */
export const softplus: Op = defineOp("softplus", {
  shape: floatingShape,
  emit: (onnx, [x]) => onnx.node("Softplus", [x]),
  gradient: (dy, [x]) => [mul(dy, sigmoid(x))],
  cases: [SIGNED, { inputs: [{ shape: [2], values: [-30, 30] }], attrs: {} }],
});

/** x where positive, alpha (eˣ - 1) elsewhere. Clevert et al. 2015, arXiv:1511.07289. ONNX Elu, opset 6. */
export const elu: Op<{ alpha: number }> = defineOp("elu", {
  shape: floatingShape,
  emit: (onnx, [x], { alpha }) => onnx.node("Elu", [x], { alpha: { float: alpha } }),
  // Where x ≤ 0: dy/dx = alpha eˣ = y + alpha
  gradient: (dy, [x], { alpha }, y) => [where(greater(x, 0), dy, mul(dy, add(y, alpha)))],
  cases: [
    { inputs: [[2, 3]], attrs: { alpha: 1 } },
    { inputs: [[2, 3]], attrs: { alpha: 0.5 } },
  ],
});

/** x · sigmoid(x). Ramachandran et al. 2017, arXiv:1710.05941. */
export const silu: Op = defineOp("silu", {
  shape: floatingShape,
  emit: (onnx, [x]) => onnx.node("Mul", [x, onnx.node("Sigmoid", [x])]),
  // dy/dx = s + y (1 - s), s = sigmoid(x)
  gradient: (dy, [x], _, y) => {
    const s = sigmoid(x);
    return [mul(dy, add(s, mul(y, sub(1, s))))];
  },
  cases: [SIGNED],
});

/** Gauss error function. ONNX Erf, opset 13. */
export const erf: Op = defineOp("erf", {
  shape: floatingShape,
  emit: (onnx, [x]) => onnx.node("Erf", [x]),
  gradient: (dy, [x]) => [mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI)))],
  cases: [SIGNED],
});

/** x · Φ(x), exact form. Hendrycks & Gimpel 2016, arXiv:1606.08415. */
export const gelu: Op = defineOp("gelu", {
  shape: floatingShape,
  emit: (onnx, [x]) => {
    const halfErf = onnx.node("Mul", [
      onnx.node("Erf", [onnx.node("Mul", [x, onnx.float(Math.SQRT1_2)])]),
      onnx.float(0.5),
    ]);
    return onnx.node("Mul", [x, onnx.node("Add", [halfErf, onnx.float(0.5)])]);
  },
  // dy/dx = Φ(x) + x φ(x)
  gradient: (dy, [x]) => {
    const cumulative = add(mul(erf(mul(x, Math.SQRT1_2)), 0.5), 0.5);
    const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return [mul(dy, add(cumulative, mul(x, density)))];
  },
  cases: [SIGNED],
});

/** x · Φ(x) by the tanh approximation of the same paper. */
export const geluTanh: Op<NoAttrs> = defineOp("geluTanh", {
  shape: floatingShape,
  emit: (onnx, [x]) => {
    const cubed = onnx.node("Mul", [onnx.node("Mul", [x, x]), x]);
    const inner = onnx.node("Add", [x, onnx.node("Mul", [cubed, onnx.float(0.044715)])]);
    const t = onnx.node("Tanh", [onnx.node("Mul", [inner, onnx.float(Math.sqrt(2 / Math.PI))])]);
    return onnx.node("Mul", [onnx.node("Mul", [x, onnx.float(0.5)]), onnx.node("Add", [t, onnx.float(1)])]);
  },
  // With u = √(2/π)(x + 0.044715 x³), t = tanh u: dy/dx = ½(1 + t) + ½ x (1 - t²) u'
  gradient: (dy, [x]) => {
    const c = Math.sqrt(2 / Math.PI);
    const x2 = square(x);
    const t = tanh(mul(mul(x, add(mul(x2, 0.044715), 1)), c));
    const slope = add(mul(x2, 3 * 0.044715 * c), c);
    return [mul(dy, mul(add(add(t, 1), mul(mul(x, sub(1, square(t))), slope)), 0.5))];
  },
  cases: [SIGNED],
});

/** x / √(mean x² + eps) is composed where needed; `rsqrt` is the piece it needs: 1 / √x. */
export function rsqrt(x: Parameters<typeof sqrt>[0]): ReturnType<typeof sqrt> {
  return div(1, sqrt(x));
}
