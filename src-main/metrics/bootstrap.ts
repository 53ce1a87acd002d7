/**
 * @file How sure a mean is that was taken over patients and seeds: percentile bootstrap (Efron & Tibshirani 1993, chapters
 * 6 and 13) that resamples what varies. Frames of one patient are no observations of their own: give one figure a patient.
 */
import { Random } from "../random/index.ts";

/** One figure of one patient in the repetition of an experiment that a seed stands for. */
export interface Observation {
  seed: number;
  patient: number | string;
  value: number;
}

export interface BootstrapOptions {
  /** Share of the resampled means inside the interval, in (0, 1). Default 0.95. */
  confidence?: number;
  /** Default 4000. */
  resamples?: number;
  /** Of the resampling: the same observations and seed give the same interval. Default 1. */
  seed?: number;
}

export interface BootstrapMean {
  /** Mean over the seeds of the mean over the patients: each seed counts the same. */
  mean: number;
  /** Bounds of the interval. */
  low: number;
  high: number;
  confidence: number;
  /** The mean of each seed, by seed: every one of them, none is dropped. */
  seeds: { seed: number; mean: number; patients: number }[];
  /** How many different ones. */
  patients: number;
}

const DEFAULTS = { confidence: 0.95, resamples: 4000, seed: 1 };

/**
 * Mean with its percentile interval. Where each patient belongs to one seed (the population is drawn anew for each seed), seeds are
 * resampled and then the patients within each. Where seeds share patients (repeated splits, folds), patients and seeds are
 * resampled independently and crossed: a difficult patient is difficult in all seeds. With one seed only patients are resampled, so the
 * interval says nothing of other seeds; with few seeds it is somewhat too narrow. Throws `RangeError` without observations,
 * for a value that is not finite, and for a patient twice in a seed.
 */
export function bootstrapMean(observations: readonly Observation[], options: BootstrapOptions = {}): BootstrapMean {
  const { confidence, resamples, seed } = { ...DEFAULTS, ...options };
  if (observations.length === 0) throw new RangeError("bootstrap: there are no observations.");
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`bootstrap: confidence ${confidence} is not in (0, 1).`);
  const groups = bySeed(observations);
  const patients = [...new Set(observations.map(({ patient }) => patient))];
  const isNested = groups.reduce((total, { values }) => total + values.size, 0) === patients.length;
  const random = new Random(seed, "bootstrap");
  const draw = isNested ? nestedDraw(groups) : crossedDraw(groups, patients);
  const means = new Float64Array(resamples);
  for (let index = 0; index < resamples; index++) means[index] = draw(random);
  means.sort();
  const seeds = groups.map(({ seed, values }) => ({ seed, mean: meanOf([...values.values()]), patients: values.size }));
  return {
    mean: meanOf(seeds.map(({ mean }) => mean)),
    low: quantile(means, (1 - confidence) / 2),
    high: quantile(means, (1 + confidence) / 2),
    confidence,
    seeds,
    patients: patients.length,
  };
}

interface SeedGroup {
  seed: number;
  values: Map<number | string, number>;
}

function bySeed(observations: readonly Observation[]): SeedGroup[] {
  const groups = new Map<number, SeedGroup>();
  for (const { seed, patient, value } of observations) {
    if (!Number.isFinite(value)) throw new RangeError(`bootstrap: ${value} of seed ${seed} is not a finite number.`);
    let group = groups.get(seed);
    if (group === undefined) groups.set(seed, (group = { seed, values: new Map() }));
    if (group.values.has(patient)) throw new RangeError(`bootstrap: a patient stands twice in seed ${seed}.`);
    group.values.set(patient, value);
  }
  return [...groups.values()].sort((a, b) => a.seed - b.seed);
}

function nestedDraw(groups: readonly SeedGroup[]): (random: Random) => number {
  const values = groups.map((group) => [...group.values.values()]);
  return (random) => {
    let total = 0;
    for (let drawn = 0; drawn < values.length; drawn++) {
      const own = values[random.integer(values.length)]!;
      let sum = 0;
      for (let index = 0; index < own.length; index++) sum += own[random.integer(own.length)]!;
      total += sum / own.length;
    }
    return total / values.length;
  };
}

function crossedDraw(groups: readonly SeedGroup[], patients: readonly (number | string)[]): (random: Random) => number {
  const place = new Map(patients.map((patient, index) => [patient, index]));
  const rows = groups.map(({ values }) =>
    [...values].map(([patient, value]) => ({ column: place.get(patient)!, value })),
  );
  const weights = new Uint32Array(patients.length);
  return (random) => {
    // A draw may hold no patient of some seed: then it says nothing of that seed, and another seed is drawn.
    for (;;) {
      weights.fill(0);
      for (let drawn = 0; drawn < patients.length; drawn++) weights[random.integer(patients.length)]!++;
      const means = rows.flatMap((row) => {
        let sum = 0;
        let count = 0;
        for (const { column, value } of row) {
          sum += weights[column]! * value;
          count += weights[column]!;
        }
        return count === 0 ? [] : [sum / count];
      });
      if (means.length === 0) continue;
      let total = 0;
      for (let drawn = 0; drawn < rows.length; drawn++) total += means[random.integer(means.length)]!;
      return total / rows.length;
    }
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Linear between neighbors: position `share` · (n - 1) of the sorted values. */
function quantile(sorted: Float64Array, share: number): number {
  const position = share * (sorted.length - 1);
  const below = Math.floor(position);
  const lower = sorted[below]!;
  const upper = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return lower + (position - below) * (upper - lower);
}
