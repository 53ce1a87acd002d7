/** @file Reverse-mode differentiation. Gradients are ordinary tensors, so they can be differentiated again. */
import {
  constant,
  describe,
  isFloating,
  layerOf,
  markBackward,
  sameShape,
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
  const slopes = pullBack([[loss, filled(loss, 1)]], wrt);
  return wrt.map((tensor, index) => slopes[index] ?? filled(tensor, 0));
}

function filled({ shape, dtype }: Tensor, value: number): Tensor {
  return broadcastTo(constant([value], { shape: [], dtype }), { to: shape });
}

/**
 * Σ dyᵀ · dy/d(each of `wrt`) for outputs y of any shape, given their gradients; null where `wrt` does not influence them. With
 * `stopAtWrt`, nothing flows past a wanted tensor: what one of them owes to another is left out.
 */
export function pullBack(
  seeds: readonly (readonly [y: Tensor, dy: Tensor])[],
  wrt: readonly Tensor[],
  { stopAtWrt = false } = {},
): (Tensor | null)[] {
  const order = topologicalOrder(seeds.map(([y]) => y));
  const wanted = new Set<Tensor>(wrt);
  const leadsToWanted = new Set<Tensor>(wrt);
  for (const tensor of order) {
    if (tensor.node.inputs.some((input) => leadsToWanted.has(input))) leadsToWanted.add(tensor);
  }

  /** Tensors whose place is settled: those of the loss and of the gradients so far. */
  const placed = new Set([...order, ...wrt]);
  const gradientOf = new Map<Tensor, Tensor>();
  const addTo = (target: Tensor, part: Tensor) => {
    const sofar = gradientOf.get(target);
    gradientOf.set(target, sofar ? add(sofar, part) : part);
  };
  for (const [y, dy] of seeds) addTo(y, dy);
  for (const tensor of order.toReversed()) {
    const dy = gradientOf.get(tensor);
    const { op, inputs, attrs } = tensor.node;
    if (!dy || !op || !inputs.some((input) => leadsToWanted.has(input))) continue;
    if (stopAtWrt && wanted.has(tensor)) continue;
    const rule = op.definition.gradient;
    if (typeof rule !== "function") continue; // piecewise constant or stopped: contributes nothing
    const operands = inputs as unknown as [Tensor, Tensor, Tensor, Tensor];
    const parts = (rule as Gradient<object>)(dy, operands, attrs, tensor);
    markBackward([dy, ...parts.filter((part) => part !== null)], placed, tensor.path);
    for (const [index, part] of parts.entries()) {
      const target = inputs[index]!;
      if (!part || !leadsToWanted.has(target) || !isFloating(target.dtype)) continue;
      if (!sameShape(part.shape, target.shape) || part.dtype !== target.dtype) {
        throw new Error(
          `${op.opName} at ${tensor.path}: gradient of input ${index} is ${describe(part)}, expected ${describe(target)}.`,
        );
      }
      addTo(target, part);
    }
  }
  return wrt.map((tensor) => {
    const slope = gradientOf.get(tensor) ?? null;
    if (slope) markBackward([slope], placed, layerOf(tensor));
    return slope;
  });
}
