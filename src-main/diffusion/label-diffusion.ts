/**
 * @file Diffusion of a label instead of a picture: a vector with one number per class, whose noise is centred on a guess. Han, Zheng & Zhou 2022 (CARD,
 * arXiv:2206.07275), as DiffMIC has it (Yang et al. 2023, arXiv:2303.10610).
 *
 * u = y - guess is an ordinary diffusion; the guess is put back at the end. All in float64: coefficients near the ends differ from others by 1e-4 in float32.
 */
import type { NoiseSchedule } from "./noise-schedule.ts";

/** √ᾱ and √(1 - ᾱ) at a time; ᾱ is 1 before the first, -1. */
export function sharesAt({ signalPower }: NoiseSchedule, time: number): { signal: number; noise: number } {
  const power = time < 0 ? 1 : signalPower[time]!;
  return { signal: Math.sqrt(power), noise: Math.sqrt(1 - power) };
}

/** y_t = √ᾱ y_0 + (1 - √ᾱ) guess + √(1 - ᾱ) noise, number by number. */
export function noisyLabel(
  schedule: NoiseSchedule,
  time: number,
  { label, guess, noise }: Readonly<Record<"label" | "guess" | "noise", ArrayLike<number>>>,
): Float64Array {
  const { signal, noise: scale } = sharesAt(schedule, time);
  return Float64Array.from(label, (value, at) => signal * value + (1 - signal) * guess[at]! + scale * noise[at]!);
}

/** What y_(t-1) is a mix of, given y_t and y_0: its mean `clean` y_0 + `present` y_t + `guess` guess, and its variance. */
export interface LabelPosterior {
  clean: number;
  present: number;
  guess: number;
  variance: number;
}

export function labelPosterior(schedule: NoiseSchedule, time: number): LabelPosterior {
  const power = schedule.signalPower[time]!;
  const before = time === 0 ? 1 : schedule.signalPower[time - 1]!;
  const alpha = power / before;
  const left = 1 - power;
  return {
    clean: ((1 - alpha) * Math.sqrt(before)) / left,
    present: ((1 - before) * Math.sqrt(alpha)) / left,
    // 1 - clean - present, without its cancellation.
    guess: 1 + ((Math.sqrt(power) - 1) * (Math.sqrt(alpha) + Math.sqrt(before))) / left,
    variance: ((1 - alpha) * (1 - before)) / left,
  };
}

/**
 * "full": every time, with noise. `ddim`: so many times, evenly spaced, without noise (Song et al. 2021, arXiv:2010.02502). `truncated`: the last so many times
 * alone, begun as if they were all, as the published program has it: it trusts the guess too much, and is there to be compared with.
 */
export type LabelSampler = "full" | { ddim: number } | { truncated: number };

export interface LabelChains {
  /** Numbers of each label. */
  width: number;
  /** [rows, width]. */
  guesses: ArrayLike<number>;
  sampler: LabelSampler;
  /** The numbers of one row: what a row becomes does not hang on its neighbours. */
  randomOf: (row: number) => { normal(): number };
  /** Estimates of the label are kept within, so that one bad step does not run away. null: as they come. */
  clip?: readonly [number, number] | null;
}

export interface SampledLabels {
  /** [rows, width]: estimates of the label, about 1 for its class and 0 elsewhere. No probabilities. */
  labels: Float64Array;
  /** Of all numbers of all steps, those that were clipped. */
  clippedShare: number;
}

/** Walks from noise around each guess to a label. `noiseOf`: the network, for rows that are all at one time. */
export async function sampleLabels(
  schedule: NoiseSchedule,
  { width, guesses, sampler, randomOf, clip = null }: LabelChains,
  noiseOf: (labels: Float64Array, time: number) => ArrayLike<number> | Promise<ArrayLike<number>>,
): Promise<SampledLabels> {
  const rows = guesses.length / width;
  if (!Number.isInteger(rows)) throw new Error(`label diffusion: ${guesses.length} numbers are no rows of ${width}.`);
  const randoms = Array.from({ length: rows }, (_, row) => randomOf(row));
  const normals = (): Float64Array => Float64Array.from(guesses, (_, at) => randoms[Math.floor(at / width)]!.normal());
  const start = normals();
  let labels = Float64Array.from(guesses, (guess, at) => guess + start[at]!);
  const times = timesOf(schedule, sampler);
  let clipped = 0;
  for (const [place, time] of times.entries()) {
    const { signal, noise } = sharesAt(schedule, time);
    const predicted = await noiseOf(labels, time);
    const present = labels;
    const clean = Float64Array.from(present, (value, at) => {
      const estimate = (value - (1 - signal) * guesses[at]! - noise * predicted[at]!) / signal;
      if (clip === null || (estimate >= clip[0] && estimate <= clip[1])) return estimate;
      clipped++;
      return Math.min(clip[1], Math.max(clip[0], estimate));
    });
    const next = times[place + 1];
    if (next === undefined) {
      labels = clean;
    } else if (typeof sampler === "object" && "ddim" in sampler) {
      const to = sharesAt(schedule, next);
      labels = clean.map((value, at) => {
        // The noise that belongs to the estimate, which may have been clipped.
        const of = (present[at]! - (1 - signal) * guesses[at]! - signal * value) / noise;
        return to.signal * value + (1 - to.signal) * guesses[at]! + to.noise * of;
      });
    } else {
      const mix = labelPosterior(schedule, time);
      const [deviation, drawn] = [Math.sqrt(mix.variance), normals()];
      labels = clean.map(
        (value, at) =>
          mix.clean * value + mix.present * present[at]! + mix.guess * guesses[at]! + deviation * drawn[at]!,
      );
    }
  }
  return { labels, clippedShare: clipped / (times.length * Math.max(1, labels.length)) };
}

/** From the latest to 0. */
function timesOf({ steps }: NoiseSchedule, sampler: LabelSampler): number[] {
  if (sampler === "full") return Array.from({ length: steps }, (_, back) => steps - 1 - back);
  const count = "ddim" in sampler ? sampler.ddim : sampler.truncated;
  if (!Number.isInteger(count) || count < 2 || count > steps) {
    throw new Error(`label diffusion: 2 to ${steps} steps of a chain are possible, got ${count}.`);
  }
  if ("truncated" in sampler) return Array.from({ length: count }, (_, back) => count - 1 - back);
  return Array.from({ length: count }, (_, back) => Math.round(((steps - 1) * (count - 1 - back)) / (count - 1)));
}
