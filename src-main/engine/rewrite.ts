/** @file Rebuilding a graph: the same ops on other tensors. For virtual steps, recomputed segments, other precisions. */
import { describe, sameShape, Tensor, topologicalOrder, type Node, type OpDefinition } from "./graph.ts";

/** The node of `tensor` applied to other inputs; shape and dtype follow from the op's rule. Keeps the place in the network. */
export function rebuilt(tensor: Tensor, inputs: readonly Tensor[], pass = tensor.node.pass): Tensor {
  const { op, attrs } = tensor.node;
  if (!op) throw new Error(`rewrite: ${describe(tensor)} at ${tensor.path || "the root"} is a leaf: nothing made it.`);
  const definition = op.definition as unknown as OpDefinition<object>;
  const operands = inputs as unknown as [Tensor, Tensor, Tensor, Tensor];
  const shape = definition.shape(operands, attrs);
  const dtype = definition.dtype?.(operands, attrs) ?? inputs[0]!.dtype;
  return new Tensor({ shape, dtype }, { ...tensor.node, inputs, pass });
}

/**
 * `outputs` as they would be with other tensors in place of some: what depends on a replaced tensor is built anew, the rest is
 * shared. A loss of weights w becomes the loss of w - lr · dL/dw; a state becomes a fed input or its `stopGradient` alias. What
 * is built belongs to `pass`, by default to that of its original. Throws if a replacement has another shape or dtype.
 */
export function substitute(
  outputs: readonly Tensor[],
  replacements: ReadonlyMap<Tensor, Tensor>,
  { pass }: { pass?: Node["pass"] } = {},
): Tensor[] {
  for (const [from, to] of replacements) {
    if (!sameShape(from.shape, to.shape) || from.dtype !== to.dtype) {
      throw new Error(`substitute: ${from.path || "a tensor"}: expected ${describe(from)}, got ${describe(to)}.`);
    }
  }
  const now = new Map<Tensor, Tensor>();
  for (const tensor of topologicalOrder(outputs)) {
    const inputs = tensor.node.inputs.map((input) => now.get(input)!);
    const isKept = inputs.every((input, index) => input === tensor.node.inputs[index]);
    now.set(tensor, replacements.get(tensor) ?? (isKept ? tensor : rebuilt(tensor, inputs, pass)));
  }
  return outputs.map((tensor) => now.get(tensor)!);
}
