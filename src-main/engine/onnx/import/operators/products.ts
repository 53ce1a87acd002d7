/** @file Imported operators: matrix products. */
import type { Tensor } from "../../../graph.ts";
import { add, mul } from "../../../ops/elementwise.ts";
import { matmul, transposed } from "../../../ops/matmul.ts";
import { reshape } from "../../../ops/shapes.ts";
import type { Operator } from "../call.ts";

/** A vector counts as a row on the left and a column on the right; the axis is dropped again. */
export const MatMul: Operator = (call) => {
  const [a, b] = [call.float32(0), call.float32(1)];
  const isRow = a.shape.length === 1;
  const isColumn = b.shape.length === 1;
  const left = isRow ? reshape(a, { to: [1, a.shape[0]!] }) : a;
  const right = isColumn ? reshape(b, { to: [b.shape[0]!, 1] }) : b;
  const y = matmul(left, right);
  if (!isRow && !isColumn) return y;
  const rank = y.shape.length;
  const dropped = [...(isRow ? [rank - 2] : []), ...(isColumn ? [rank - 1] : [])];
  return reshape(y, { to: y.shape.filter((_, axis) => !dropped.includes(axis)) });
};

/** alpha A B + beta C, each of A and B transposed on request. */
export const Gemm: Operator = (call) => {
  const factor = (index: number, name: string): Tensor => {
    const x = call.float32(index);
    return call.int(name, 0) === 0 ? x : transposed(x);
  };
  const scaled = (x: Tensor, by: number): Tensor => (by === 1 ? x : mul(x, by));
  const product = scaled(matmul(factor(0, "transA"), factor(1, "transB")), call.float("alpha", 1));
  return call.has(2) ? add(product, scaled(call.float32(2), call.float("beta", 1))) : product;
};
