/** @file Scaled dot-product attention with a hand-derived gradient. */
import { defineOp, expectShape, sameShape, type Op, type Tensor } from "../graph.ts";
import { emitComposed } from "./composed.ts";
import { add, broadcastShapes, mul, sub } from "./elementwise.ts";
import { matmul, transposed } from "./matmul.ts";
import { sum, sumTo } from "./reductions.ts";
import { softmax } from "./softmax.ts";

/** softmax(scale · q kᵀ + bias) over the keys: [.., Lq, Lk]. The factor goes to q, the smaller side. */
function weights(q: Tensor, k: Tensor, bias: Tensor | undefined, scale: number): Tensor {
  const scores = matmul(mul(q, scale), transposed(k));
  return softmax(bias ? add(scores, bias) : scores, { axis: scores.shape.length - 1 });
}

/**
 * softmax(scale · q kᵀ + bias) v for [q, k, v] or [q, k, v, bias]: q [.., Lq, d], k [.., Lk, d], v [.., Lk, dv] -> [.., Lq, dv], the
 * leading axes equal; bias broadcasts to [.., Lq, Lk] (a mask is a bias of large negative numbers). Vaswani et al. 2017,
 * arXiv:1706.03762. The gradient reads the weights of the forward pass.
 */
export const attention: Op<{ scale: number }, "list"> = defineOp("attention", {
  shape: ([q, k, v, bias]: (Tensor | undefined)[]) => {
    const shapes = [q!.shape, k!.shape, v!.shape] as const;
    const leading = shapes.map((shape) => shape.slice(0, -2));
    expectShape(
      shapes.every((shape) => shape.length >= 2) && leading.every((axes) => sameShape(axes, leading[0]!)),
      "q, k and v must be [.., length, width] with equal leading axes.",
    );
    const [[queries, width], [keys, keyWidth], [values, valueWidth]] = shapes.map((shape) => shape.slice(-2)) as [
      [number, number],
      [number, number],
      [number, number],
    ];
    expectShape(width === keyWidth, `q and k must have one width, got ${width} and ${keyWidth}.`);
    expectShape(keys === values, `k and v must have one length, got ${keys} and ${values}.`);
    const scores = [...leading[0]!, queries, keys];
    expectShape(
      !bias || sameShape(broadcastShapes(bias.shape, scores), scores),
      `the bias must broadcast to [${scores.join(", ")}].`,
    );
    return [...leading[0]!, queries, valueWidth];
  },
  emit: (onnx, operands, { scale }) =>
    emitComposed(onnx, operands, ([q, k, v, bias]) => matmul(weights(q!, k!, bias, scale), v!)),
  // With P the weights: dV = Pᵀ dY; dP = dY Vᵀ; dS = P (dP - Σ P dP), where Σ over keys of P dP is Σ over width of dY Y.
  gradient: (dy, operands, { scale }, y) => {
    const [q, k, v, bias] = operands as readonly (Tensor | undefined)[];
    const p = weights(q!, k!, bias, scale);
    const inner = sum(mul(dy, y), { axes: [y.shape.length - 1] });
    const ds = mul(p, sub(matmul(dy, transposed(v!)), inner));
    const dq = mul(matmul(ds, k!), scale);
    const dk = matmul(transposed(ds), mul(q!, scale));
    return [dq, dk, matmul(transposed(p), dy), ...(bias ? [sumTo(ds, bias.shape)] : [])];
  },
  cases: [
    {
      inputs: [
        [3, 2],
        [4, 2],
        [4, 3],
      ],
      attrs: { scale: 0.7 },
    },
    {
      inputs: [
        [2, 2, 3, 2],
        [2, 2, 2, 2],
        [2, 2, 2, 2],
        [2, 1, 3, 2],
      ],
      attrs: { scale: 1.5 },
    },
  ],
});
