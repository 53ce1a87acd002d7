/** @file Arithmetic, with NumPy broadcasting. The gradient of a broadcast operand is summed back to its shape. */
import {
  defineOp,
  expectShape,
  none,
  floatingShape,
  ShapeError,
  type Op,
  type OpDefinition,
  isFloating,
  type Dtype,
  type NoAttrs,
  type Shape,
  type Tensor,
} from "../graph.ts";
import { ELEMENT_TYPE } from "../onnx/model.ts";
import { sumTo } from "./reductions.ts";

/** NumPy's rule: aligned at the right, sizes equal or 1. */
export function broadcastShapes(...shapes: readonly Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = Math.max(...sizes);
    if (sizes.some((other) => other !== size && other !== 1)) {
      throw new ShapeError(
        `shapes do not broadcast: expected equal sizes or 1 at axis ${axis}, got ${sizes.join(" and ")}.`,
      );
    }
    return size;
  });
}

/** What all two-operand arithmetic shares. */
export function binary(type: string): Pick<OpDefinition<NoAttrs>, "shape" | "emit"> {
  return {
    shape: ([a, b]) => {
      expectShape(a.dtype === b.dtype, `operands must have one dtype, got ${a.dtype} and ${b.dtype}. Use cast.`);
      return broadcastShapes(a.shape, b.shape);
    },
    emit: (onnx, [a, b]) => onnx.node(type, [a, b]),
  };
}

const BROADCAST_CASES = [
  {
    inputs: [
      [2, 3],
      [2, 3],
    ],
    attrs: {},
  },
  {
    inputs: [
      [2, 3, 1, 4],
      [3, 5, 1],
    ],
    attrs: {},
  },
  { inputs: [[], [3]], attrs: {} },
] as const;

/** a + b. ONNX Add, opset 14. */
export const add: Op<NoAttrs, 2> = defineOp("add", {
  ...binary("Add"),
  gradient: (dy, [a, b]) => [sumTo(dy, a.shape), sumTo(dy, b.shape)],
  cases: BROADCAST_CASES,
});

/** a - b. ONNX Sub, opset 14. */
export const sub: Op<NoAttrs, 2> = defineOp("sub", {
  ...binary("Sub"),
  gradient: (dy, [a, b]) => [sumTo(dy, a.shape), sumTo(neg(dy), b.shape)],
  cases: BROADCAST_CASES,
});

/** a · b, element by element. ONNX Mul, opset 14. */
export const mul: Op<NoAttrs, 2> = defineOp("mul", {
  ...binary("Mul"),
  gradient: (dy, [a, b]) => [sumTo(mul(dy, b), a.shape), sumTo(mul(dy, a), b.shape)],
  cases: BROADCAST_CASES,
});

/** a / b. Division by zero gives infinity or NaN, as IEEE 754 says. ONNX Div, opset 14. */
export const div: Op<NoAttrs, 2> = defineOp("div", {
  ...binary("Div"),
  gradient: (dy, [a, b], _, y) => [sumTo(div(dy, b), a.shape), sumTo(neg(div(mul(dy, y), b)), b.shape)],
  cases: BROADCAST_CASES.map((one) => ({ ...one, range: [0.5, 2] as const })),
});

/** max(a, b). At a tie each operand gets half of the gradient. ONNX Max, opset 13. */
export const maximum: Op<NoAttrs, 2> = defineOp("maximum", {
  ...binary("Max"),
  gradient: (dy, [a, b]) => [
    sumTo(mul(dy, shareOfLarger(a, b)), a.shape),
    sumTo(mul(dy, shareOfLarger(b, a)), b.shape),
  ],
  cases: [
    ...BROADCAST_CASES,
    {
      inputs: [
        { shape: [3], values: [0.5, 1, -1] },
        { shape: [3], values: [0.5, 2, -3] },
      ],
      attrs: {},
    },
  ],
});

/** min(a, b). At a tie each operand gets half of the gradient. ONNX Min, opset 13. */
export const minimum: Op<NoAttrs, 2> = defineOp("minimum", {
  ...binary("Min"),
  gradient: (dy, [a, b]) => [
    sumTo(mul(dy, shareOfLarger(b, a)), a.shape),
    sumTo(mul(dy, shareOfLarger(a, b)), b.shape),
  ],
  cases: [
    ...BROADCAST_CASES,
    {
      inputs: [
        { shape: [3], values: [0.5, 1, -1] },
        { shape: [3], values: [0.5, 2, -3] },
      ],
      attrs: {},
    },
  ],
});

/** 1 where a > b, ½ at a tie, 0 elsewhere. */
function shareOfLarger(a: Tensor, b: Tensor): Tensor {
  return add(mul(sign(sub(a, b)), 0.5), 0.5);
}

/** One-operand ops keep shape and dtype. ONNX has these for floating numbers only. */
function unaryFloating(type: string): Pick<OpDefinition<NoAttrs>, "shape" | "emit"> {
  return { shape: floatingShape, emit: (onnx, [x]) => onnx.node(type, [x]) };
}

/** The same for any number. */
function unary(type: string): Pick<OpDefinition<NoAttrs>, "shape" | "emit"> {
  return { shape: ([x]) => x.shape, emit: (onnx, [x]) => onnx.node(type, [x]) };
}

const SIGNED = { inputs: [[2, 3]], attrs: {} } as const;
const POSITIVE = { inputs: [[2, 3]], attrs: {}, range: [0.2, 3] } as const;

/** -x. ONNX Neg, opset 13. */
export const neg: Op = defineOp("neg", { ...unary("Neg"), gradient: (dy) => [neg(dy)], cases: [SIGNED] });

/** |x|; gradient 0 at x = 0. ONNX Abs, opset 13. */
export const abs: Op = defineOp("abs", {
  ...unary("Abs"),
  gradient: (dy, [x]) => [mul(dy, sign(x))],
  cases: [SIGNED, { inputs: [{ shape: [3], values: [0, -2, 3] }], attrs: {} }],
});

/** -1, 0 or 1. ONNX Sign, opset 13. */
export const sign: Op = defineOp("sign", { ...unary("Sign"), gradient: none("piecewise constant"), cases: [SIGNED] });

/** The largest whole number not above x. ONNX Floor, opset 13. */
export const floor: Op = defineOp("floor", {
  ...unaryFloating("Floor"),
  gradient: none("piecewise constant"),
  cases: [{ inputs: [{ shape: [4], values: [1.5, -1.5, 2, -0] }], attrs: {} }],
});

/** eˣ. ONNX Exp, opset 13. */
export const exp: Op = defineOp("exp", {
  ...unaryFloating("Exp"),
  gradient: (dy, _x, _a, y) => [mul(dy, y)],
  cases: [SIGNED],
});

/** Natural logarithm. ONNX Log, opset 13. */
export const log: Op = defineOp("log", {
  ...unaryFloating("Log"),
  gradient: (dy, [x]) => [div(dy, x)],
  cases: [POSITIVE],
});

/** √x; the gradient at 0 is infinite. ONNX Sqrt, opset 13. */
export const sqrt: Op = defineOp("sqrt", {
  ...unaryFloating("Sqrt"),
  gradient: (dy, _x, _a, y) => [div(mul(dy, 0.5), y)],
  cases: [POSITIVE],
});

/** x². */
export const square: Op = defineOp("square", {
  shape: ([x]) => x.shape,
  emit: (onnx, [x]) => onnx.node("Mul", [x, x]),
  gradient: (dy, [x]) => [mul(mul(dy, 2), x)],
  cases: [SIGNED],
});

/** sin x, x in radians. ONNX Sin, opset 7. */
export const sin: Op = defineOp("sin", {
  ...unaryFloating("Sin"),
  gradient: (dy, [x]) => [mul(dy, cos(x))],
  cases: [SIGNED],
});

/** cos x, x in radians. ONNX Cos, opset 7. */
export const cos: Op = defineOp("cos", {
  ...unaryFloating("Cos"),
  gradient: (dy, [x]) => [neg(mul(dy, sin(x)))],
  cases: [SIGNED],
});

/** x to a fixed power. Non-integer powers need x ≥ 0. ONNX Pow, opset 15. */
export const pow: Op<{ exponent: number }> = defineOp("pow", {
  shape: ([x]) => x.shape,
  emit: (onnx, [x], { exponent }) => onnx.node("Pow", [x, onnx.float(exponent)]),
  // x⁰ is 1 everywhere: 0 · x⁻¹ would not be 0 at 0.
  gradient: (dy, [x], { exponent }) => [
    exponent === 0 ? null : mul(mul(dy, exponent), pow(x, { exponent: exponent - 1 })),
  ],
  cases: [
    { inputs: [{ shape: [3], values: [0, -1, 2] }], attrs: { exponent: 2 } },
    { inputs: [{ shape: [2], values: [0, -1] }], attrs: { exponent: 0 } },
    { inputs: [[2, 3]], attrs: { exponent: 3 } },
    { inputs: [[2, 3]], attrs: { exponent: -0.5 }, range: [0.5, 2] },
  ],
});

/** Limits x to [min, max]; at the limits themselves the gradient passes. ONNX Clip, opset 13. */
export const clip: Op<{ min: number; max: number }> = defineOp("clip", {
  shape: ([x], { min, max }) => {
    expectShape(min <= max, `min ${min} is above max ${max}.`);
    return x.shape;
  },
  emit: (onnx, [x], { min, max }) => onnx.node("Clip", [x, onnx.float(min), onnx.float(max)]),
  gradient: (dy, [x], { min, max }) => [where(greater(x, max), 0, where(greater(min, x), 0, dy))],
  cases: [
    { inputs: [[4, 5]], attrs: { min: -0.5, max: 0.7 } },
    {
      inputs: [{ shape: [2], values: [0, 1] }],
      attrs: { min: 0, max: 1 },
      gradientUnchecked: "at the limits the two one-sided differences disagree; the gradient passes",
    },
  ],
});

/** `condition` (bool) chooses a, else b. ONNX Where, opset 16. */
export const where: Op<NoAttrs, 3> = defineOp("where", {
  shape: ([condition, a, b]) => {
    expectShape(condition.dtype === "bool", `condition must be bool, got ${condition.dtype}. Compare or cast first.`);
    expectShape(a.dtype === b.dtype, `a and b must have one dtype, got ${a.dtype} and ${b.dtype}. Use cast.`);
    return broadcastShapes(condition.shape, a.shape, b.shape);
  },
  dtype: ([, a]) => a.dtype,
  emit: (onnx, [condition, a, b]) => onnx.node("Where", [condition, a, b]),
  gradient: (dy, [condition, a, b]) => [
    null,
    sumTo(where(condition, dy, 0), a.shape),
    sumTo(where(condition, 0, dy), b.shape),
  ],
  cases: [
    { inputs: [{ shape: [2, 2], dtype: "bool", values: [1, 0, 0, 1] }, [2, 2], [1, 2]], attrs: {} },
    { inputs: [{ shape: [2, 1], dtype: "bool", values: [1, 0] }, [2, 2], []], attrs: {} },
  ],
});

/** a > b, bool. ONNX Greater, opset 13. */
export const greater: Op<NoAttrs, 2> = defineOp("greater", {
  ...binary("Greater"),
  dtype: () => "bool",
  gradient: none("piecewise constant"),
  cases: [
    {
      inputs: [
        { shape: [3], values: [1, 2, 3] },
        { shape: [3], values: [3, 2, 1] },
      ],
      attrs: {},
    },
  ],
});

/** a = b, bool. ONNX Equal, opset 13. */
export const equal: Op<NoAttrs, 2> = defineOp("equal", {
  ...binary("Equal"),
  dtype: () => "bool",
  gradient: none("piecewise constant"),
  cases: [
    {
      inputs: [
        { shape: [3], values: [1, 2, 3] },
        { shape: [3], values: [3, 2, 1] },
      ],
      attrs: {},
    },
  ],
});

/** Nearest whole number; halves go to the even one. ONNX Round, opset 11. */
export const round: Op = defineOp("round", {
  ...unaryFloating("Round"),
  gradient: none("piecewise constant"),
  cases: [SIGNED, { inputs: [{ shape: [3], values: [0.5, 1.5, -0.5] }], attrs: {} }],
});

/** Converts the dtype; float to integer truncates toward zero. ONNX Cast, opset 13. */
export const cast: Op<{ to: Dtype }> = defineOp("cast", {
  shape: ([x]) => x.shape,
  dtype: (_, { to }) => to,
  emit: (onnx, [x], { to }) => (x.dtype === to ? x.name : onnx.node("Cast", [x], { to: ELEMENT_TYPE[to] })),
  gradient: (dy, [x], { to }) => [isFloating(x.dtype) && isFloating(to) ? cast(dy, { to: x.dtype }) : null],
  cases: [
    { inputs: [{ shape: [3], dtype: "uint8", values: [0, 1, 255] }], attrs: { to: "int64" } },
    { inputs: [{ shape: [3], dtype: "int64", values: [0, 1, -7] }], attrs: { to: "float32" } },
    {
      inputs: [[2, 2]],
      attrs: { to: "float16" },
      gradientUnchecked: "float16 rounds: its steps are not small against those of the differences",
    },
  ],
});

/** x, with no gradient to what it was computed from: targets, teachers, frozen weights. */
export const stopGradient: Op = defineOp("stopGradient", {
  shape: ([x]) => x.shape,
  emit: (_, [x]) => x.name,
  gradient: none("stopped on purpose"),
  cases: [SIGNED],
});
