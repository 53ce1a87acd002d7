/** @file From repeated samples to an answer: probabilities, votes, spread. In float64 on the host. */
import { ordinalReadOut } from "../../ordinal/index.ts";
import type { LabelAnswer, LabelTarget } from "./label-target.ts";
import { meanOf, quantile, sampleSpread } from "./sample-spread.ts";

const TINY = 1e-9;

export function softmaxRow(logits: ArrayLike<number>): number[] {
  const most = Math.max(...Array.from(logits));
  const raised = Array.from(logits, (value) => Math.exp(value - most));
  const sum = raised.reduce((total, value) => total + value, 0);
  return raised.map((value) => value / sum);
}

/** A label that a chain came to, as probabilities: cut to [0, 1] and brought to sum 1; all alike where nothing is left. */
export function labelProbabilities(label: ArrayLike<number>): number[] {
  const cut = Array.from(label, (value) => Math.min(1, Math.max(0, value)));
  const sum = cut.reduce((total, value) => total + value, 0);
  return cut.map((value) => (sum > TINY ? value / sum : 1 / cut.length));
}

/** Probabilities made milder (above 1) or sharper: p^(1/T), sum 1. Guo et al. 2017, arXiv:1706.04599. */
export function tempered(probabilities: readonly number[], temperature: number): number[] {
  return softmaxRow(probabilities.map((value) => Math.log(Math.max(value, TINY)) / temperature));
}

/** Fewer images fit noise. */
const FEWEST_TO_CALIBRATE = 20;

/** The temperature under which the truth is likeliest; 1 where there are too few images. By golden section over log T in [ln 0.2, ln 5]. */
export function fitTemperature(probabilities: readonly (readonly number[])[], truth: readonly number[]): number {
  if (truth.length < FEWEST_TO_CALIBRATE) return 1;
  const loss = (logT: number): number =>
    probabilities.reduce(
      (sum, row, at) => sum - Math.log(Math.max(TINY, tempered(row, Math.exp(logT))[truth[at]!]!)),
      0,
    );
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.2), Math.log(5)];
  for (let step = 0; step < 30; step++) {
    const [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (loss(a) < loss(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** `samples`: probabilities of each sample. */
export function classAnswer(
  { labelId, kind }: LabelTarget,
  samples: readonly (readonly number[])[],
  temperature: number,
): LabelAnswer {
  const count = samples[0]!.length;
  const mean = Array.from({ length: count }, (_, at) => meanOf(samples.map((row) => row[at]!)));
  const probabilities = tempered(mean, temperature);
  const votes = new Array<number>(count).fill(0);
  for (const row of samples) votes[largest(row)]! += 1 / samples.length;
  const value = largest(probabilities);
  const entropy = probabilities.reduce((sum, p) => sum - p * Math.log(Math.max(p, TINY)), 0);
  const [first, second = 0] = probabilities.toSorted((a, b) => b - a);
  return {
    labelId,
    value,
    probability: probabilities[value]!,
    uncertainty: count < 2 ? 0 : Math.min(1, Math.max(0, entropy / Math.log(count))),
    probabilities,
    votes,
    ...(kind === "grade"
      ? ordinalReadOut(probabilities)
      : { expected: null, likely: null, median: null, atLeast: null }),
    margin: first! - second,
    spread: sampleSpread(samples, votes),
    interval: null,
  };
}

export function numberAnswer({ labelId }: LabelTarget, samples: readonly number[]): LabelAnswer {
  const value = meanOf(samples);
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    labelId,
    value,
    probability: null,
    uncertainty: Math.sqrt(meanOf(samples.map((one) => (one - value) ** 2))),
    probabilities: [],
    votes: [],
    expected: null,
    likely: null,
    median: null,
    atLeast: null,
    margin: null,
    spread: null,
    interval: [quantile(sorted, 0.025), quantile(sorted, 0.975)],
  };
}

/** The first of the largest. */
export function largest(values: ArrayLike<number>): number {
  let chosen = 0;
  for (let at = 1; at < values.length; at++) if (values[at]! > values[chosen]!) chosen = at;
  return chosen;
}
