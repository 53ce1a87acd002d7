/** @file Optimizers as graphs: gradients in, new parameters and moments out. Moments are states, named after the parameter. */
import {
  add,
  div,
  maximum,
  mul,
  minimum,
  sqrt,
  square,
  state,
  sub,
  sumOver,
  tanh,
  type Tensor,
} from "../engine/index.ts";

export interface StateUpdate {
  readonly state: Tensor;
  readonly value: Tensor;
}

/** One trained parameter in a step. */
export interface Trained {
  readonly name: string;
  readonly parameter: Tensor;
  readonly gradient: Tensor;
}

export interface OptimizerContext {
  /** First part of the names of moments, so that two steps on one store keep their own. */
  readonly prefix: string;
  /** Scalar, fed on every run. */
  readonly learningRate: Tensor;
  /** Scalar: number of this update, 1 for the first. */
  readonly step: Tensor;
}

/** Updates of the parameters and of whatever it remembers. */
export type Optimizer = (trained: readonly Trained[], context: OptimizerContext) => StateUpdate[];

export interface AdamOptions {
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  /** Divide by the largest second moment so far, so that no step grows again. Reddi et al. 2018, arXiv:1904.09237. */
  amsgrad?: boolean;
}

/**
 * Adam with decoupled weight decay. Loshchilov & Hutter 2017, arXiv:1711.05101:
 * p ← p - lr (wd p + m̂ / (√v̂ + ε)).
 */
export function adamW({ weightDecay = 0.01, ...options }: AdamOptions & { weightDecay?: number } = {}): Optimizer {
  return adaptive(options, weightDecay);
}

/** Adam. Kingma & Ba 2014, arXiv:1412.6980. */
export function adam(options: AdamOptions = {}): Optimizer {
  return adaptive(options, 0);
}

function adaptive(options: AdamOptions, weightDecay: number): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, amsgrad = false } = options;
  for (const [option, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) throw new Error(`adam: ${option} must be in [0, 1), got ${beta}.`);
  }
  return (trained, { prefix, learningRate, step }) => {
    // With c₁, c₂ the bias corrections: lr m/c₁ / (√(v/c₂) + ε) = (lr √c₂ / c₁) m / (√v + ε √c₂): scalars are worked once.
    const rootC2 = sqrt(biasCorrection(beta2, step));
    const rate = div(mul(learningRate, rootC2), biasCorrection(beta1, step));
    const floor = mul(rootC2, epsilon);
    const kept = sub(1, mul(learningRate, weightDecay));
    return trained.flatMap(({ name, parameter, gradient }) => {
      const first = moment(`${prefix}.first.${name}`, parameter);
      const second = moment(`${prefix}.second.${name}`, parameter);
      const nextFirst = add(first, mul(sub(gradient, first), 1 - beta1));
      const nextSecond = add(second, mul(sub(square(gradient), second), 1 - beta2));
      const largest = amsgrad ? moment(`${prefix}.largest.${name}`, parameter) : null;
      const scale = largest ? maximum(largest, nextSecond) : nextSecond;
      const change = mul(rate, div(nextFirst, add(sqrt(scale), floor)));
      const decayed = weightDecay === 0 ? parameter : mul(parameter, kept);
      return [
        { state: parameter, value: sub(decayed, change) },
        { state: first, value: nextFirst },
        { state: second, value: nextSecond },
        ...(largest ? [{ state: largest, value: scale }] : []),
      ];
    });
  };
}

/** 1 - βᵗ. Written as 2u / (1 + u), u = tanh(-t ln β / 2), because 1 - Pow(β, t) loses four digits while t is small. */
function biasCorrection(beta: number, step: Tensor): Tensor {
  const u = tanh(mul(step, -Math.log(beta) / 2));
  return div(mul(u, 2), add(u, 1));
}

/** Gradient descent: v ← momentum v + g + wd p; p ← p - lr v. */
export function sgd({ momentum = 0, weightDecay = 0 } = {}): Optimizer {
  return (trained, { prefix, learningRate }) =>
    trained.flatMap(({ name, parameter, gradient }) => {
      const slope = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
      if (momentum === 0) return [{ state: parameter, value: sub(parameter, mul(learningRate, slope)) }];
      const velocity = moment(`${prefix}.velocity.${name}`, parameter);
      const next = add(mul(velocity, momentum), slope);
      return [
        { state: parameter, value: sub(parameter, mul(learningRate, next)) },
        { state: velocity, value: next },
      ];
    });
}

export interface RmsPropOptions {
  /** How slowly the mean square follows: "alpha" in PyTorch. Default 0.99. */
  decay?: number;
  epsilon?: number;
  momentum?: number;
  /** Added to the gradient as wd p before all else, not decoupled as in `adamW`. Default 0. */
  weightDecay?: number;
}

/**
 * RMSprop. Hinton 2012, lecture 6e, as PyTorch has it (not centered, ε outside the root): v ← decay v + (1 - decay) g²; u ← momentum u + g / (√v + ε);
 * p ← p - lr u.
 */
export function rmsProp(options: RmsPropOptions = {}): Optimizer {
  const { decay = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 } = options;
  for (const [option, value] of Object.entries({ decay, momentum })) {
    if (!(value >= 0 && value < 1)) throw new Error(`rmsProp: ${option} must be in [0, 1), got ${value}.`);
  }
  return (trained, { prefix, learningRate }) =>
    trained.flatMap(({ name, parameter, gradient }) => {
      const slope = weightDecay === 0 ? gradient : add(gradient, mul(parameter, weightDecay));
      const second = moment(`${prefix}.second.${name}`, parameter);
      const nextSecond = add(second, mul(sub(square(slope), second), 1 - decay));
      const change = div(slope, add(sqrt(nextSecond), epsilon));
      const remembered = { state: second, value: nextSecond };
      if (momentum === 0) {
        return [{ state: parameter, value: sub(parameter, mul(learningRate, change)) }, remembered];
      }
      const velocity = moment(`${prefix}.velocity.${name}`, parameter);
      const next = add(mul(velocity, momentum), change);
      return [
        { state: parameter, value: sub(parameter, mul(learningRate, next)) },
        remembered,
        { state: velocity, value: next },
      ];
    });
}

/** A state of the parameter's shape that starts at zero. */
export function moment(name: string, parameter: Tensor): Tensor {
  const { shape } = parameter;
  return state(name, { shape, init: (dims) => new Float32Array(dims.reduce((size, dim) => size * dim, 1)) });
}

/** Scales all gradients together so that their joint Euclidean norm is at most `maxNorm`. Pascanu et al. 2012, arXiv:1211.5063. */
export function clipByGlobalNorm(gradients: readonly Tensor[], maxNorm: number): Tensor[] {
  const squares = gradients.map((gradient) => sumOver(square(gradient)));
  const norm = sqrt(squares.reduce((total, part) => add(total, part)));
  // 1e-6 as in PyTorch: a zero gradient stays zero.
  const scale = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  return gradients.map((gradient) => mul(gradient, scale));
}

/** The scalar input that every training step has. */
export const LEARNING_RATE = "learningRate";
