/** @file Matrix products. */
import { defineOp, expectFloating, expectShape, type NoAttrs, type Op, type Tensor } from "../graph.ts";
import type { OnnxGraph } from "../onnx/graph-builder.ts";
import { broadcastShapes } from "./elementwise.ts";
import { sumTo } from "./reductions.ts";
import { transpose } from "./shapes.ts";

/** [.., M, K] × [.., K, N] -> [.., M, N]; leading axes broadcast. ONNX MatMul, opset 13. */
export const matmul: Op<NoAttrs, 2> = defineOp("matmul", {
  shape: ([a, b]) => {
    expectShape(a.shape.length >= 2 && b.shape.length >= 2, "both operands must be matrices or stacks of them.");
    expectFloating(a, b);
    const [rows, inner] = a.shape.slice(-2) as [number, number];
    const [innerOfB, columns] = b.shape.slice(-2) as [number, number];
    expectShape(inner === innerOfB, `inner sizes must agree, got ${inner} and ${innerOfB}.`);
    return [...broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns];
  },
  emit: (onnx, [a, b]) => onnx.node("MatMul", [a, b]),
  // Y = A B: dA = dY Bᵀ, dB = Aᵀ dY
  gradient: (dy, [a, b]) => [sumTo(matmul(dy, transposed(b)), a.shape), sumTo(matmul(transposed(a), dy), b.shape)],
  cases: [
    {
      inputs: [
        [3, 4],
        [4, 2],
      ],
      attrs: {},
    },
    {
      inputs: [
        [2, 3, 4, 5],
        [3, 5, 2],
      ],
      attrs: {},
    },
  ],
});

/** Swaps the last two axes. ONNX Runtime folds this into the product. */
export function transposed(x: Tensor): Tensor {
  const rank = x.shape.length;
  return transpose(x, { order: [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2] });
}

/**
 * Emits a × bᵀ for matrices [.., M, L] and [.., P, L] of `rank` axes -> [.., M, P]. ONNX Runtime fuses the pair of standard nodes
 * into one product that reads b in place (its MatmulTransposeFusion; seen in the profile), so nothing is moved.
 */
export function timesTransposed(onnx: OnnxGraph, a: string, b: string, rank: 3 | 4): string {
  const perm = rank === 3 ? [0, 2, 1] : [0, 1, 3, 2];
  return onnx.node("MatMul", [a, onnx.node("Transpose", [b], { perm })]);
}
