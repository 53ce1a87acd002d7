/** @file Emission of an op that is made of others but owns its gradient. */
import { input, topologicalOrder, type OpDefinition, type Tensor } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";

/**
 * Emits the nodes of the tensor that `build` makes of the operands. A gradient that builds the same pieces from the same tensors
 * shares these nodes, since equal nodes are emitted once: nothing of the forward pass is computed twice.
 */
export function emitComposed(
  onnx: OnnxGraph,
  operands: readonly Value[],
  build: (operands: Tensor[]) => Tensor,
): string {
  const leaves = operands.map((operand, index) => input(`operand ${index}`, operand));
  const named = new Map<Tensor, Value>(leaves.map((leaf, index) => [leaf, operands[index]!]));
  const result = build(leaves);
  for (const tensor of topologicalOrder([result])) {
    if (named.has(tensor)) continue;
    const { shape, dtype, node } = tensor;
    if (node.leaf && node.leaf.kind !== "constant") throw new Error(`composed: ${node.leaf.name} is not an operand.`);
    const values = node.inputs.map((one) => named.get(one)!) as unknown as [Value, Value, Value, Value];
    const name = node.leaf
      ? onnx.constant(node.leaf.values, shape, dtype)
      : (node.op!.definition as unknown as OpDefinition<object>).emit(onnx, values, node.attrs);
    named.set(tensor, { name, shape, dtype });
  }
  return named.get(result)!.name;
}
