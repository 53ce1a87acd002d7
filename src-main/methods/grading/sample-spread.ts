/** @file How repeated samples of one image differ: by class, and whether the two likeliest classes are apart. In float64 on the host. */
import type { SampleSpread } from "./label-target.ts";

/** Classes are apart below this probability of chance: the rule of CARD, Han et al. 2022, arXiv:2206.07275. */
const ALPHA = 0.05;

/** `samples`: probabilities of each sample, as they come; `votes`: share of them that chose each class. Null where there is one sample, or one class. */
export function sampleSpread(samples: readonly (readonly number[])[], votes: readonly number[]): SampleSpread | null {
  const classes = votes.length;
  if (samples.length < 2 || classes < 2) return null;
  const columns = Array.from({ length: classes }, (_, at) => samples.map((row) => row[at]!).sort((a, b) => a - b));
  const means = columns.map(meanOf);
  const [first, second] = [...means.keys()].sort((a, b) => means[b]! - means[a]! || a - b) as [number, number];
  const entropy = votes.reduce((sum, vote) => (vote > 0 ? sum - vote * Math.log(vote) : sum), 0) / Math.log(classes);
  const { t, p } = pairedTTest(samples.map((row) => row[first]! - row[second]!));
  return {
    means,
    low: columns.map((sorted) => quantile(sorted, 0.025)),
    high: columns.map((sorted) => quantile(sorted, 0.975)),
    deviations: columns.map((sorted, at) => Math.sqrt(meanOf(sorted.map((one) => (one - means[at]!) ** 2)))),
    entropy: Math.min(1, Math.max(0, entropy)),
    margin: means[first]! - means[second]!,
    test: { first, second, t, p, isApart: p < ALPHA },
  };
}

/** Whether the mean of differences is not 0 (Student 1908); two-sided. `t` is null where they are all the same and not 0. */
export function pairedTTest(differences: readonly number[]): { t: number | null; p: number } {
  const count = differences.length;
  if (count < 2) throw new RangeError(`t-test: ${count} differences are no sample.`);
  const mean = meanOf(differences);
  const deviation = Math.sqrt(differences.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (count - 1));
  // What is left of equal differences is rounding.
  if (deviation <= 1e-12 * Math.max(...differences.map(Math.abs)))
    return mean === 0 ? { t: 0, p: 1 } : { t: null, p: 0 };
  const t = (mean * Math.sqrt(count)) / deviation;
  const freedom = count - 1;
  return { t, p: incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) };
}

/** Linear between neighbors: position `share` · (n - 1) of the sorted values. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  return sorted[below]! + (place - below) * ((sorted[below + 1] ?? sorted[below]!) - sorted[below]!);
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Regularized, I_x(a, b), by its continued fraction (DLMF 8.17.22), which converges fast below the mean. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x)) / a;
  let [c, d] = [1, 1 / nonZero(1 - ((a + b) * x) / (a + 1))];
  let fraction = d;
  for (let m = 1; m <= 200; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    for (const term of [even, odd]) {
      d = 1 / nonZero(1 + term * d);
      c = nonZero(1 + term / c);
      fraction *= c * d;
    }
    if (Math.abs(c * d - 1) < 1e-14) break;
  }
  return Math.min(1, front * fraction);
}

const nonZero = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);

/** ln Γ of numbers above 0: Stirling's series (DLMF 5.11.1) from 10 on, brought there by Γ(z + 1) = z Γ(z). */
function logGamma(value: number): number {
  let [z, below] = [value, 0];
  for (; z < 10; z++) below += Math.log(z);
  const w = 1 / (z * z);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w / 1680))) / z;
  return (z - 0.5) * Math.log(z) - z + Math.log(2 * Math.PI) / 2 + series - below;
}
