/** @file Imported operators: activation functions and softmax. */
import { sizeOf, type Tensor } from "../../../graph.ts";
import { elu, erf, gelu, geluTanh, leakyRelu, relu, sigmoid, softplus, tanh } from "../../../ops/activations.ts";
import { abs, add, clip, div, maximum, minimum, mul, neg, sub } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/shapes.ts";
import { logSoftmax, softmax } from "../../../ops/softmax.ts";
import type { Operator, OperatorCall } from "../call.ts";

const unary =
  (op: (x: Tensor) => Tensor): Operator =>
  (call) =>
    op(call.float32(0));

export const Relu = unary(relu);
export const Sigmoid = unary(sigmoid);
export const Tanh = unary(tanh);
export const Softplus = unary(softplus);
export const Erf = unary(erf);
export const LeakyRelu: Operator = (call) => leakyRelu(call.float32(0), { slope: call.float("alpha", 0.01) });
export const Elu: Operator = (call) => elu(call.float32(0), { alpha: call.float("alpha", 1) });
export const Softsign = unary((x) => div(x, add(abs(x), 1)));
/** x · tanh(softplus x), opset 18. Misra 2019, arXiv:1908.08681. */
export const Mish = unary((x) => mul(x, tanh(softplus(x))));

/** gamma · elu(x). Klambauer et al. 2017, arXiv:1706.02515. */
export const Selu: Operator = (call) =>
  mul(elu(call.float32(0), { alpha: call.float("alpha", 1.6732632) }), call.float("gamma", 1.050701));

/** max(0, x) + min(0, alpha (e^(x / alpha) - 1)). */
export const Celu: Operator = (call) => {
  const alpha = call.float("alpha", 1);
  return mul(elu(mul(call.float32(0), 1 / alpha), { alpha: 1 }), alpha);
};

/** x where positive, slope · x elsewhere, with a slope that is learned. */
export const PRelu: Operator = (call) => {
  const x = call.float32(0);
  return sub(relu(x), mul(call.float32(1), relu(neg(x))));
};

/** Opset 20. */
export const Gelu: Operator = (call) =>
  call.string("approximate", "none") === "tanh" ? geluTanh(call.float32(0)) : gelu(call.float32(0));

const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor =>
  clip(add(mul(x, alpha), beta), { min: 0, max: 1 });

export const HardSigmoid: Operator = (call) =>
  hardSigmoid(call.float32(0), call.float("alpha", 0.2), call.float("beta", 0.5));

/** x · hardSigmoid(x), opset 14. Howard et al. 2019, arXiv:1905.02244. */
export const HardSwish = unary((x) => mul(x, hardSigmoid(x, 1 / 6, 0.5)));

/** Bounds are attributes before opset 11, inputs since. */
export const Clip: Operator = (call) => {
  const x = call.tensor(0);
  const isOld = call.opset < 11;
  const min = isOld ? call.float("min", -Infinity) : call.has(1) ? call.number(1, "min") : -Infinity;
  const max = isOld ? call.float("max", Infinity) : call.has(2) ? call.number(2, "max") : Infinity;
  if (min === 0 && max === Infinity && x.dtype === "float32") return relu(x);
  if (Number.isFinite(min) && Number.isFinite(max) && x.dtype === "float32") return clip(x, { min, max });
  const raised = Number.isFinite(min) ? maximum(x, min) : x;
  return Number.isFinite(max) ? minimum(raised, max) : raised;
};

/** Before opset 13 the axes from `axis` on count as one. */
function overAxis(call: OperatorCall, op: (x: Tensor, attrs: { axis: number }) => Tensor): Tensor {
  const x = call.float32(0);
  const rank = x.shape.length;
  const axis = call.axis(call.int("axis", call.opset < 13 ? 1 : -1), rank);
  if (call.opset >= 13 || axis === rank - 1) return op(x, { axis });
  const flat = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))];
  return reshape(op(reshape(x, { to: flat }), { axis: 1 }), { to: x.shape });
}

export const Softmax: Operator = (call) => overAxis(call, softmax);
export const LogSoftmax: Operator = (call) => overAxis(call, logSoftmax);
