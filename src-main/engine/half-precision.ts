/**
 * @file Mixed precision as a rewrite of the forward graph. What costs most and is safe computes in float16; what adds up many
 * numbers or grows fast stays float32. Gradients of the rewritten graph follow by themselves. After Micikevicius et al. 2017,
 * arXiv:1710.03740, with the division of work that PyTorch's autocast settled on.
 */
import { isFloating, topologicalOrder, type AnyOp, type Tensor } from "./graph.ts";
import { elu, gelu, geluTanh, leakyRelu, relu, sigmoid, silu, tanh } from "./ops/activations.ts";
import { convolution, convolutionInputGradient } from "./ops/convolution.ts";
import { abs, add, cast, clip, maximum, minimum, mul, neg, stopGradient, sub, where } from "./ops/elementwise.ts";
import { matmul } from "./ops/matmul.ts";
import { maxPoolNd, upsampleNearest } from "./ops/pooling.ts";
import { recomputed } from "./ops/recomputation.ts";
import { broadcastTo } from "./ops/reductions.ts";
import { concat, pad, reshape, slice, transpose } from "./ops/shapes.ts";
import { rebuilt } from "./rewrite.ts";

/** Always float16: products of many numbers, where the time goes. */
const IN_HALF = new Set<unknown>([convolution, convolutionInputGradient, matmul]);

/** As their inputs: they neither sum nor grow, so a float16 tensor may stay one. */
const AS_INPUTS = new Set<unknown>([
  ...[relu, leakyRelu, elu, silu, gelu, geluTanh, sigmoid, tanh],
  ...[add, sub, mul, neg, abs, maximum, minimum, clip, where, stopGradient],
  ...[concat, pad, reshape, slice, transpose, broadcastTo, maxPoolNd, upsampleNearest],
]);

/** Whether an op ever computes in float16. */
export function runsInHalf(op: unknown): boolean {
  return IN_HALF.has(op) || AS_INPUTS.has(op);
}

/** A parameter or a number in the graph: it takes the precision of what it meets. */
const adapts = ({ node }: Tensor) => node.leaf?.kind === "state" || node.leaf?.kind === "constant";

/**
 * The same outputs, float32 as before, with convolutions and products in float16 and all else as described above: norms,
 * softmax, reductions, losses and every op not named here in float32. States and inputs stay float32 and are cast where used.
 */
export function inHalfPrecision<Outputs extends Readonly<Record<string, Tensor>>>(outputs: Outputs): Outputs {
  const now = new Map<Tensor, Tensor>();
  const casts = new Map<Tensor, Tensor>();
  const as = (tensor: Tensor, to: "float32" | "float16") => {
    if (!isFloating(tensor.dtype) || tensor.dtype === to) return tensor;
    const known = casts.get(tensor);
    if (known) return known;
    const made = cast(tensor, { to });
    casts.set(tensor, made);
    return made;
  };
  for (const tensor of topologicalOrder(Object.values(outputs))) {
    const { op, inputs } = tensor.node;
    const current = inputs.map((input) => now.get(input)!);
    now.set(tensor, op ? rebuilt(tensor, placed(op, current, as)) : tensor);
  }
  const entries = Object.entries(outputs).map(([name, tensor]) => [
    name,
    as(now.get(tensor)!, tensor.dtype as "float32"),
  ]);
  return Object.fromEntries(entries) as Outputs;
}

function placed(op: AnyOp, inputs: readonly Tensor[], as: (tensor: Tensor, to: "float32" | "float16") => Tensor) {
  if ((op as unknown) === recomputed) return inputs; // it names what its segment reads: a cast of that is something else
  const deciding = inputs.filter((input) => isFloating(input.dtype) && !adapts(input));
  const isHalf = deciding.length > 0 && deciding.every(({ dtype }) => dtype === "float16");
  const half = IN_HALF.has(op) || (AS_INPUTS.has(op) && isHalf);
  return inputs.map((input) => as(input, half ? "float16" : "float32"));
}
