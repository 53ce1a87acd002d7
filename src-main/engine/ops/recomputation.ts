/** @file Trading time for memory: segments whose intermediate values are computed again in the backward pass. */
import { defineOp, isFloating, type NoAttrs, type Op, type Tensor } from "../graph.ts";
import { pullBack } from "../gradient.ts";
import { substitute } from "../rewrite.ts";

/**
 * x, bit for bit, but not before `dy` is known: a product with a 1 that is made from dy's first element and that no graph
 * optimizer can foresee. Keeps the copies of a segment's nodes apart from the originals, and ONNX Runtime from running them early.
 */
export const later: Op<NoAttrs, 2> = defineOp("later", {
  shape: ([x]) => x.shape,
  emit: (onnx, [x, dy]) => {
    const axes = dy.shape.map((_, axis) => axis);
    const limits = [axes.map(() => 0), axes.map(() => 1)].map((list) => onnx.int64s(list));
    const corner = axes.length === 0 ? dy : onnx.node("Slice", [dy, ...limits, onnx.int64s(axes)]);
    const first = axes.length === 0 ? dy : onnx.node("Reshape", [corner, onnx.int64s([])]);
    const one = onnx.node("Where", [onnx.node("Equal", [first, first]), onnx.float(1), onnx.float(1)]);
    return onnx.node("Mul", [x, one]);
  },
  gradient: (g) => [g, null], // the value does not depend on dy
  cases: [
    {
      inputs: [
        [2, 3],
        [3, 2, 1],
      ],
      attrs: {},
    },
    { inputs: [[2], []], attrs: {} },
  ],
});

/**
 * The first input: what a segment made of the others, of which the first `moving` are tensors that were given to it and the rest
 * parameters that it reads. Its gradient is that of a copy of the segment, run when dy is known; nothing of the original is kept.
 */
export const recomputed: Op<{ moving: number }, "list"> = defineOp("recomputed", {
  shape: ([y]) => y.shape,
  emit: (_, [y]) => y.name,
  gradient: (dy, inputs, { moving }) => {
    const [y, ...sources] = inputs as readonly Tensor[] as readonly [Tensor, ...Tensor[]];
    if (sources.length === 0) return [dy]; // made of nothing that could change
    const copies = sources.map((source, at) => (at < moving && isFloating(source.dtype) ? later(source, dy) : source));
    const replacements = new Map(sources.map((source, at) => [source, copies[at]!]));
    const [copy] = substitute([y], replacements, { pass: "backward" });
    return [null, ...pullBack([[copy!, dy]], copies, { stopAtWrt: true })];
  },
  cases: [{ inputs: [[2, 3]], attrs: { moving: 0 } }],
});

/**
 * The same function, whose intermediate values are not kept for the backward pass but computed again there: about a forward pass
 * more time for the memory of all but inputs and result. Chen et al. 2016, arXiv:1604.06174. Give it all tensors that it needs
 * (parameters may come from a scope): what it merely closes over is computed again too, down to the parameters. Gradients
 * with respect to tensors inside of it are zero; those of parameters and inputs are exact.
 */
export function checkpoint<Inputs extends readonly Tensor[]>(
  segment: (...inputs: Inputs) => Tensor,
): (...inputs: Inputs) => Tensor {
  return (...inputs) => {
    const y = segment(...inputs);
    return recomputed([y, ...inputs, ...leavesOf(y, inputs)], { moving: inputs.length });
  };
}

/** States and fed inputs that y depends on by ways that do not lead through `inputs`. */
function leavesOf(y: Tensor, inputs: readonly Tensor[]): Tensor[] {
  const visited = new Set<Tensor>(inputs);
  const leaves: Tensor[] = [];
  const pending = [y];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (visited.has(tensor)) continue;
    visited.add(tensor);
    const { leaf } = tensor.node;
    if (leaf && leaf.kind !== "constant") leaves.push(tensor);
    pending.push(...tensor.node.inputs.toReversed());
  }
  return leaves;
}
