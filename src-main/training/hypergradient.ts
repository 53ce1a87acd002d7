/**
 * @file Second order: Hessian-vector products, and gradients through updates of the weights (architecture search, learned
 * losses, three-level optimization). Everything is a graph, so it can be part of any program and be differentiated again.
 */
import {
  add,
  div,
  gradients,
  mul,
  sqrt,
  stopGradient,
  sub,
  substitute,
  sumOver,
  type Operand,
  type Tensor,
} from "../engine/index.ts";

/** Σ over all pairs of their inner products: one number. */
function innerProduct(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  if (a.length !== b.length || a.length === 0) {
    throw new Error(`inner product: expected two lists of the same length, got ${a.length} and ${b.length} tensors.`);
  }
  return a.map((one, index) => sumOver(mul(one, b[index]!))).reduce((total, part) => add(total, part));
}

/**
 * H v: the Hessian of `loss` with respect to all of `wrt` together, times `vectors` of the same shapes. Twice the cost of a
 * gradient, and no Hessian is ever made. Pearlmutter 1994, doi 10.1162/neco.1994.6.1.147.
 */
export function hessianVectorProduct(loss: Tensor, wrt: readonly Tensor[], vectors: readonly Tensor[]): Tensor[] {
  return gradients(
    innerProduct(
      gradients(loss, wrt),
      vectors.map((vector) => stopGradient(vector)),
    ),
    wrt,
  );
}

/** A step of plain gradient descent that is not taken, only thought through. */
export interface VirtualStep {
  readonly loss: Tensor;
  readonly weights: readonly Tensor[];
  /** Learning rate: a number or a scalar tensor. */
  readonly rate: Operand;
  /**
   * For `differenceGradient`: the part of the loss in which what the gradient is wanted for acts. The rest has no mixed derivative,
   * and need not be computed twice. Default: all of it.
   */
  readonly coupled?: Tensor;
}

/** weight -> weight - rate · dLoss/dWeight, for `substitute`. Differentiable: the gradient flows through the step. */
export function virtualStep({ loss, weights, rate }: VirtualStep): Map<Tensor, Tensor> {
  const slopes = gradients(loss, weights);
  return new Map(weights.map((weight, index) => [weight, sub(weight, mul(slopes[index]!, rate))]));
}

export interface UnrolledOptions {
  /** What is minimized in the end, a function of the weights that `steps` change. */
  readonly outer: Tensor;
  /**
   * Virtual steps in the order of doing, each seen by all after it: several on one network with a batch each, or one on the
   * generator and then one on the segmenter that learns from its images.
   */
  readonly steps: readonly VirtualStep[];
  /** What the gradient is wanted for; it may act in the steps, in `outer`, or in both. */
  readonly wrt: readonly Tensor[];
}

/**
 * d outer(w′)/d wrt with w′ = w - rate · d loss(w)/dw, exactly, by differentiating through the steps. Time and memory: README.
 * Liu et al. 2018, arXiv:1806.09055, equation 6 (first term, unapproximated).
 */
export function unrolledGradient({ outer, steps, wrt }: UnrolledOptions): Tensor[] {
  return gradients(unrolledLoss({ outer, steps }), wrt);
}

/** `outer` as a function of the weights after the steps. */
export function unrolledLoss({ outer, steps }: Pick<UnrolledOptions, "outer" | "steps">): Tensor {
  let moved = new Map<Tensor, Tensor>();
  for (const { loss, weights, rate } of steps) {
    // The step begins at what earlier steps left, and differentiates with respect to that.
    const [now, ...from] = substitute([loss, ...weights], moved) as [Tensor, ...Tensor[]];
    const slopes = gradients(now, from);
    moved = new Map([
      ...moved,
      ...weights.map((weight, index) => [weight, sub(from[index]!, mul(slopes[index]!, rate))] as const),
    ]);
  }
  return substitute([outer], moved)[0]!;
}

export interface MixedProductOptions {
  readonly loss: Tensor;
  readonly weights: readonly Tensor[];
  /** One per weight. */
  readonly vectors: readonly Tensor[];
  readonly wrt: readonly Tensor[];
  /** Length of the whole step: weights move by ± length · v / ‖v‖. Default 1e-3; kinks want less, rounding wants more. */
  readonly length?: number;
}

/**
 * ∂/∂wrt (∂loss/∂weights · v), by a central difference of first gradients: two forward and backward passes, no second-order
 * graph. The weights are not touched: two copies of the loss read weights ± e v, with the same feeds. arXiv:1806.09055, eq. 8.
 */
export function differenceProduct({ loss, weights, vectors, wrt, length = 1e-3 }: MixedProductOptions): Tensor[] {
  const fixed = vectors.map((vector) => stopGradient(vector));
  // A zero vector (nothing to learn from) gives zeros, not 0 / 0.
  const norm = add(sqrt(innerProduct(fixed, fixed)), 1e-20);
  const step = div(length, norm);
  const slopesAt = (sign: 1 | -1) => {
    const moved = weights.map((weight, index) => [weight, add(weight, mul(fixed[index]!, mul(step, sign)))] as const);
    // What the derivative is wanted for stays as it is, even if it was computed from the weights.
    const kept = wrt.filter((tensor) => !weights.includes(tensor)).map((tensor) => [tensor, tensor] as const);
    return gradients(substitute([loss], new Map([...moved, ...kept]))[0]!, wrt);
  };
  const [ahead, behind] = [slopesAt(1), slopesAt(-1)];
  return ahead.map((slope, index) => div(sub(slope, behind[index]!), mul(step, 2)));
}

/**
 * `unrolledGradient` by finite differences (DARTS): the same up to rounding and curvature, without a second-order graph.
 * From the last step to the first: with v = d outer/d weights′, a step hands - rate · (mixed product with v) to `wrt` and to
 * the weights that earlier steps changed. Throws if two steps change one weight: that needs the exact form.
 */
export function differenceGradient({
  outer,
  steps,
  wrt,
  length = 1e-3,
}: UnrolledOptions & { readonly length?: number }): Tensor[] {
  const moved = new Map<Tensor, Tensor>();
  const taken = steps.map((step) => {
    // At the weights that earlier steps left.
    const [loss, coupled] = substitute([step.loss, step.coupled ?? step.loss], moved) as [Tensor, Tensor];
    const ends = [...virtualStep({ ...step, loss })].map(([weight, value]) => {
      if (moved.has(weight)) {
        throw new Error(
          `differenceGradient: ${weight.path || "a weight"} is changed by two steps: expected one. Use unrolledGradient.`,
        );
      }
      moved.set(weight, stopGradient(value));
      return moved.get(weight)!;
    });
    return { ...step, loss, coupled, ends };
  });

  // Slopes of `outer`, added up while going back; those of the moved weights are the vectors v.
  const targets = [...wrt, ...moved.values()];
  const direct = gradients(substitute([outer], moved)[0]!, targets);
  const slopeOf = new Map(targets.map((target, index) => [target, direct[index]!]));
  for (const [index, { coupled: loss, weights, rate, ends }] of [...taken.entries()].toReversed()) {
    const receivers = [...wrt, ...taken.slice(0, index).flatMap((earlier) => earlier.ends)];
    const vectors = ends.map((end) => slopeOf.get(end)!);
    const products = differenceProduct({ loss, weights, vectors, wrt: receivers, length });
    for (const [at, receiver] of receivers.entries()) {
      slopeOf.set(receiver, sub(slopeOf.get(receiver)!, mul(products[at]!, rate)));
    }
  }
  return wrt.map((tensor) => slopeOf.get(tensor)!);
}

/**
 * `value` with the gradients `slopes` for `wrt` instead of its own: a loss for `trainStep` whose gradient was found another
 * way, such as a hypergradient. value + Σ slope · (w - stopGradient(w)): the sum is 0, its derivative is not.
 */
export function withGradients(value: Tensor, wrt: readonly Tensor[], slopes: readonly Tensor[]): Tensor {
  const differences = wrt.map((tensor) => sub(tensor, stopGradient(tensor)));
  const fixed = slopes.map((slope) => stopGradient(slope));
  return add(stopGradient(value), innerProduct(fixed, differences));
}
