/** @file Comparisons and logic: bool in, bool out, no gradient. `greater` and `equal` stand with the arithmetic that needs them. */
import { defineOp, expectShape, none, type NoAttrs, type Op, type OpDefinition } from "../graph.ts";
import { binary, broadcastShapes } from "./elementwise.ts";

const COMPARISON_CASES = [
  {
    inputs: [
      { shape: [3], values: [1, 2, 3] },
      { shape: [3], values: [3, 2, 1] },
    ],
    attrs: {},
  },
] as const;

/** a < b, bool. ONNX Less, opset 13. */
export const less: Op<NoAttrs, 2> = defineOp("less", {
  ...binary("Less"),
  dtype: () => "bool",
  gradient: none("piecewise constant"),
  cases: COMPARISON_CASES,
});

/** a ≤ b, bool. ONNX LessOrEqual, opset 16. */
export const lessOrEqual: Op<NoAttrs, 2> = defineOp("lessOrEqual", {
  ...binary("LessOrEqual"),
  dtype: () => "bool",
  gradient: none("piecewise constant"),
  cases: COMPARISON_CASES,
});

/** a ≥ b, bool. ONNX GreaterOrEqual, opset 16. */
export const greaterOrEqual: Op<NoAttrs, 2> = defineOp("greaterOrEqual", {
  ...binary("GreaterOrEqual"),
  dtype: () => "bool",
  gradient: none("piecewise constant"),
  cases: COMPARISON_CASES,
});

/** Operands of and, or: bool, NumPy broadcasting. */
function logical(type: string): Pick<OpDefinition<NoAttrs>, "shape" | "emit"> {
  return {
    shape: ([a, b]) => {
      expectShape(a.dtype === "bool" && b.dtype === "bool", `operands must be bool, got ${a.dtype} and ${b.dtype}.`);
      return broadcastShapes(a.shape, b.shape);
    },
    emit: (onnx, [a, b]) => onnx.node(type, [a, b]),
  };
}

const LOGICAL_CASES = [
  {
    inputs: [
      { shape: [2, 2], dtype: "bool", values: [1, 0, 0, 1] },
      { shape: [2], dtype: "bool", values: [1, 0] },
    ],
    attrs: {},
  },
] as const;

/** Both true. ONNX And, opset 7. */
export const logicalAnd: Op<NoAttrs, 2> = defineOp("logicalAnd", {
  ...logical("And"),
  gradient: none("piecewise constant"),
  cases: LOGICAL_CASES,
});

/** Either true. ONNX Or, opset 7. */
export const logicalOr: Op<NoAttrs, 2> = defineOp("logicalOr", {
  ...logical("Or"),
  gradient: none("piecewise constant"),
  cases: LOGICAL_CASES,
});

/** True where x is false. ONNX Not, opset 1. */
export const logicalNot: Op = defineOp("logicalNot", {
  shape: ([x]) => {
    expectShape(x.dtype === "bool", `operand must be bool, got ${x.dtype}. Compare or cast first.`);
    return x.shape;
  },
  emit: (onnx, [x]) => onnx.node("Not", [x]),
  gradient: none("piecewise constant"),
  cases: [{ inputs: [{ shape: [2], dtype: "bool", values: [1, 0] }], attrs: {} }],
});
