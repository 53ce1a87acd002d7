/** @file Imported operators: arithmetic, comparisons, powers, elementwise functions. */
import { constant, type Tensor } from "../../../graph.ts";
import {
  abs,
  add,
  cast,
  cos,
  div,
  equal,
  exp,
  greater,
  log,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  sign,
  sin,
  sqrt,
  square,
  stopGradient,
  sub,
  where,
} from "../../../ops/elementwise.ts";
import { castTarget } from "../fold.ts";
import { programDtype, type Operator } from "../call.ts";
import { Known } from "../values.ts";

const binary =
  (op: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    op(call.tensor(0), call.tensor(1));

const unary =
  (op: (x: Tensor) => Tensor): Operator =>
  (call) =>
    op(call.float32(0));

const variadic =
  (op: (a: Tensor, b: Tensor) => Tensor): Operator =>
  (call) =>
    call.tensors().reduce(op);

/** Opset 14 and before. */
export const Add = binary(add);
export const Sub = binary(sub);
export const Mul = binary(mul);
export const Div = binary(div);
export const Min = variadic(minimum);
export const Max = variadic(maximum);
export const Sum = variadic(add);
export const Mean: Operator = (call) =>
  mul(
    call.tensors().reduce((a, b) => add(a, b)),
    1 / call.inputs.length,
  );

/** x to a fixed power, or a fixed number to a power that is computed. */
export const Pow: Operator = (call) => {
  const [base, exponent] = [call.value(0), call.value(1)];
  if (exponent instanceof Known && exponent.values.length === 1) {
    const x = call.float32(0);
    switch (exponent.values[0]!) {
      case 1:
        return x;
      case 2:
        return square(x);
      case 0.5:
        return sqrt(x);
      case -1:
        return div(1, x);
      default:
        return pow(x, { exponent: exponent.values[0]! });
    }
  }
  if (base instanceof Known && base.values.length === 1 && base.values[0]! > 0) {
    return exp(mul(call.float32(1), Math.log(base.values[0]!)));
  }
  return call.unsupported("neither base nor exponent is one fixed number");
};

export const Neg = unary(neg);
export const Abs = unary(abs);
export const Exp = unary(exp);
export const Log = unary(log);
export const Sqrt = unary(sqrt);
export const Sin = unary(sin);
export const Cos = unary(cos);
export const Sign = unary(sign);
export const Reciprocal = unary((x) => div(1, x));

const not = (x: Tensor): Tensor => equal(cast(x, { to: "float32" }), 0);
const asNumber = (x: Tensor): Tensor => cast(x, { to: "float32" });
const notFinite = (x: Tensor): Tensor => not(equal(x, x));

export const Equal: Operator = (call) => {
  const [a, b] = [call.tensor(0), call.tensor(1)];
  return a.dtype === "bool" ? equal(asNumber(a), asNumber(b)) : equal(a, b);
};
export const Greater = binary(greater);
export const Less = binary((a, b) => greater(b, a));
// Not "not less": a comparison with NaN is false both ways.
export const GreaterOrEqual = binary((a, b) => or(greater(a, b), equal(a, b)));
export const LessOrEqual = binary((a, b) => or(greater(b, a), equal(a, b)));
export const Not: Operator = (call) => not(call.tensor(0));
export const And = binary((a, b) => cast(mul(asNumber(a), asNumber(b)), { to: "bool" }));
export const Or = binary(or);
export const Xor = binary((a, b) => not(equal(asNumber(a), asNumber(b))));
export const IsNaN = unary(notFinite);

function or(a: Tensor, b: Tensor): Tensor {
  return cast(maximum(asNumber(a), asNumber(b)), { to: "bool" });
}

export const Where: Operator = (call) => where(call.tensor(0), call.tensor(1), call.tensor(2));

/** float16 and double become float32: everything computes in it. */
export const Cast: Operator = (call) => {
  const to = programDtype(castTarget(call));
  const x = call.value(0);
  // A parameter kept in half precision stays a parameter.
  return x.dtype === to ? x : cast(call.tensor(0), { to });
};

export const CastLike: Operator = (call) => cast(call.tensor(0), { to: programDtype(call.dtypeOf(1)) });

export const Identity: Operator = (call) => call.value(0);

/** As inference: all pass. The mask output is not made. */
export const Dropout: Operator = (call) => {
  const isTraining = call.has(2) && call.number(2, "training_mode") !== 0;
  return isTraining ? call.unsupported("it is in training mode; export the model with eval()") : call.value(0);
};

/** Used by exporters as a constant mask: kept, but nothing is learned through it. */
export const Floor: Operator = (call) => {
  const x = call.float32(0);
  // Truncation toward zero, one less where that rounded up.
  const truncated = cast(cast(x, { to: "int64" }), { to: "float32" });
  const one = constant([1], { shape: [] });
  return stopGradient(where(greater(truncated, x), sub(truncated, one), truncated));
};
