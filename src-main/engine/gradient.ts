/** @file Reverse-mode differentiation. Gradients are ordinary tensors, so they can be differentiated again. */
import {
  constant,
  describe,
  layerOf,
  markBackward,
  sizeOf,
  topologicalOrder,
  type Gradient,
  type Tensor,
} from "./graph.ts";
import { add } from "./ops/elementwise.ts";
import { broadcastTo } from "./ops/reductions.ts";

/**
 * dLoss/d(each of `wrt`): tensors of the same shapes. `loss` must be one float32 number.
 * A tensor that does not influence the loss gets zeros.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (sizeOf(loss.shape) !== 1 || loss.dtype !== "float32") {
    throw new Error(`gradients: the loss must be one float32 number, got ${describe(loss)}. Sum or average it first.`);
  }
  const order = topologicalOrder([loss]);
  const leadsToWanted = new Set<Tensor>(wrt);
  for (const tensor of order) {
    if (tensor.node.inputs.some((input) => leadsToWanted.has(input))) leadsToWanted.add(tensor);
  }

  /** Tensors whose place is settled: those of the loss and of the gradients so far. */
  const placed = new Set([...order, ...wrt]);
  const gradientOf = new Map<Tensor, Tensor>();
  gradientOf.set(loss, broadcastTo(constant([1], { shape: [] }), { to: loss.shape }));
  for (const tensor of order.toReversed()) {
    const dy = gradientOf.get(tensor);
    const { op, inputs, attrs } = tensor.node;
    if (!dy || !op || !inputs.some((input) => leadsToWanted.has(input))) continue;
    const rule = op.definition.gradient;
    if (typeof rule !== "function") continue; // piecewise constant or stopped: contributes nothing
    const operands = inputs as unknown as [Tensor, Tensor, Tensor, Tensor];
    const parts = (rule as Gradient<object>)(dy, operands, attrs, tensor);
    markBackward([dy, ...parts.filter((part) => part !== null)], placed, tensor.path);
    for (const [index, part] of parts.entries()) {
      const target = inputs[index]!;
      if (!part || !leadsToWanted.has(target) || target.dtype !== "float32") continue;
      if (part.shape.join() !== target.shape.join()) {
        throw new Error(
          `${op.opName} at ${tensor.path}: gradient of input ${index} has shape [${part.shape.join(", ")}], expected [${target.shape.join(", ")}].`,
        );
      }
      const sofar = gradientOf.get(target);
      gradientOf.set(target, sofar ? add(sofar, part) : part);
    }
  }
  return wrt.map((tensor) => {
    const gradient = gradientOf.get(tensor) ?? broadcastTo(constant([0], { shape: [] }), { to: tensor.shape });
    markBackward([gradient], placed, layerOf(tensor));
    return gradient;
  });
}
