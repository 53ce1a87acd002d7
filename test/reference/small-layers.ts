/** @file Layers of small networks in float64, forwards and backwards, as plain loops: for checks of gradients to the last digit. */

/** Values by name: weights of a network, or slopes by them. */
export type Weights = Record<string, Float64Array>;

/** Images [count, channels, side, side]. */
export interface Images {
  count: number;
  channels: number;
  side: number;
  data: Float64Array;
}

/** An outcome, and the way back: slopes by the outcome -> slopes by what it was made of. */
export interface Traced<Outcome, Slopes> {
  outcome: Outcome;
  back(slope: Float64Array): Slopes;
}

export const like = ({ count, channels, side }: Images, data: Float64Array): Images => ({
  count,
  channels,
  side,
  data,
});

/** a + factor · b, by name. */
export function sumOf(a: Weights, factor: number, b: Weights): Weights {
  const names = Object.keys(a);
  return Object.fromEntries(names.map((name) => [name, a[name]!.map((value, at) => value + factor * b[name]![at]!)]));
}

/** Length of all tensors together. */
export const lengthOf = (weights: Weights): number =>
  Math.hypot(...Object.values(weights).flatMap((values) => [...values]));

export const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));
export const softplus = (value: number): number => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));

/** Convolution of odd kernel that keeps the size: weight [channels, x.channels, kernel, kernel], bias [channels]; zeros around. */
export function convolve(
  x: Images,
  weight: Float64Array,
  bias: Float64Array,
): Traced<Images, { x: Float64Array; weight: Float64Array; bias: Float64Array }> {
  const { count, side } = x;
  const channels = bias.length;
  const kernel = Math.round(Math.sqrt(weight.length / channels / x.channels));
  const reach = (kernel - 1) / 2;
  const area = side * side;
  /** Calls `visit(place in y, place in x, place in weight)` for every product of the sum. */
  const products = (visit: (y: number, x: number, weight: number) => void): void => {
    for (let image = 0; image < count; image++) {
      for (let out = 0; out < channels; out++) {
        for (let row = 0; row < side; row++) {
          for (let column = 0; column < side; column++) {
            const y = (image * channels + out) * area + row * side + column;
            for (let from = 0; from < x.channels; from++) {
              for (let down = 0; down < kernel; down++) {
                for (let across = 0; across < kernel; across++) {
                  const [r, c] = [row + down - reach, column + across - reach];
                  if (r < 0 || c < 0 || r >= side || c >= side) continue;
                  const tap = ((out * x.channels + from) * kernel + down) * kernel + across;
                  visit(y, (image * x.channels + from) * area + r * side + c, tap);
                }
              }
            }
          }
        }
      }
    }
  };
  const channelOf = (place: number): number => Math.floor(place / area) % channels;
  const y = Float64Array.from({ length: count * channels * area }, (_, place) => bias[channelOf(place)]!);
  products((to, from, tap) => (y[to]! += x.data[from]! * weight[tap]!));
  return {
    outcome: { count, channels, side, data: y },
    back(slope) {
      const slopes = {
        x: new Float64Array(x.data.length),
        weight: new Float64Array(weight.length),
        bias: new Float64Array(channels),
      };
      products((to, from, tap) => {
        slopes.x[from]! += slope[to]! * weight[tap]!;
        slopes.weight[tap]! += slope[to]! * x.data[from]!;
      });
      for (const [place, value] of slope.entries()) slopes.bias[channelOf(place)]! += value;
      return slopes;
    },
  };
}

/** tanh of every number; its slope is 1 - tanh². */
export function hyperbolicTangent(x: Images): Traced<Images, Float64Array> {
  const data = x.data.map(Math.tanh);
  return { outcome: like(x, data), back: (slope) => slope.map((value, at) => value * (1 - data[at]! ** 2)) };
}

/** A loss and its slope by what it judges. */
export interface Judged {
  value: number;
  slope: Float64Array;
}

/** Mean over pixels of log(1 + eᶻ) - t z: binary cross-entropy of logits z against 0 or 1. */
export function crossEntropy(logits: Float64Array, truth: ArrayLike<number>): Judged {
  const share = 1 / logits.length;
  return {
    value: logits.reduce((sum, z, at) => sum + share * (softplus(z) - truth[at]! * z), 0),
    slope: logits.map((z, at) => share * (sigmoid(z) - truth[at]!)),
  };
}

/** 1 - mean over images of (2 Σ p t + 1) / (Σ p + Σ t + 1), p = σ(z). */
export function overlap({ count, data: logits }: Images, truth: ArrayLike<number>): Judged {
  const size = logits.length / count;
  const slope = new Float64Array(logits.length);
  let value = 1;
  for (let image = 0; image < count; image++) {
    const places = Array.from({ length: size }, (_, at) => image * size + at);
    let [both, all] = [1, 1];
    for (const at of places) {
      const p = sigmoid(logits[at]!);
      both += 2 * p * truth[at]!;
      all += p + truth[at]!;
    }
    value -= both / all / count;
    for (const at of places) {
      const p = sigmoid(logits[at]!);
      slope[at] = (-(2 * truth[at]! * all - both) / all ** 2 / count) * p * (1 - p);
    }
  }
  return { value, slope };
}

/** Mean of √(d² + 1e-3): |d| without its kink. */
export function smoothDistance(a: Float64Array, b: ArrayLike<number>): Judged {
  const lengths = a.map((value, at) => Math.sqrt((value - b[at]!) ** 2 + 1e-3));
  return {
    value: lengths.reduce((sum, length) => sum + length / a.length, 0),
    slope: a.map((value, at) => (value - b[at]!) / lengths[at]! / a.length),
  };
}
