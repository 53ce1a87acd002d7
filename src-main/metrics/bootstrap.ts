/**
 * @file How sure a mean is that was taken over patients and seeds: percentile bootstrap (Efron & Tibshirani 1993, chapters
 * 6 and 13) that resamples what varies. Frames of one patient are no observations of their own: give one figure a patient.
 */
import { Random } from "../random/index.ts";

/** One figure of one patient in the repetition of an experiment that a seed stands for. */
export interface Observation {
  seed: number;
  patient: number | string;
  /** Class of what was judged, where each class is to count the same: then a mean is one over the classes of those within. A patient may have several. */
  stratum?: number;
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
  /** Mean over the seeds of the mean over the patients, by stratum where there are strata: each seed counts the same. */
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
 * interval says nothing of other seeds; with few seeds it is somewhat too narrow. A stratum that a resample misses is left out of its mean.
 * Throws `RangeError` without observations, for a value that is not finite, and for a patient twice in a seed and stratum.
 */
export function bootstrapMean(observations: readonly Observation[], options: BootstrapOptions = {}): BootstrapMean {
  const { confidence, resamples, seed } = { ...DEFAULTS, ...options };
  if (observations.length === 0) throw new RangeError("bootstrap: there are no observations.");
  if (!(confidence > 0 && confidence < 1))
    throw new RangeError(`bootstrap: confidence ${confidence} is not in (0, 1).`);
  const groups = bySeed(observations);
  const patients = [...new Set(observations.map(({ patient }) => patient))];
  const isNested = groups.reduce((total, { byPatient }) => total + byPatient.size, 0) === patients.length;
  const random = new Random(seed, "bootstrap");
  const draw = isNested ? nestedDraw(groups) : crossedDraw(groups, patients);
  const means = new Float64Array(resamples);
  for (let index = 0; index < resamples; index++) means[index] = draw(random);
  means.sort();
  const mean = new StratifiedMean();
  const seeds = groups.map(({ seed, byPatient }) => {
    for (const own of byPatient.values()) mean.add(own, 1);
    return { seed, mean: mean.take()!, patients: byPatient.size };
  });
  return {
    mean: meanOf(seeds.map(({ mean }) => mean)),
    low: quantile(means, (1 - confidence) / 2),
    high: quantile(means, (1 + confidence) / 2),
    confidence,
    seeds,
    patients: patients.length,
  };
}

/**
 * Percentile intervals of figures of all images together: patients are drawn, with all images that each has. `patients`: whose each image is. `figures` works on the places of
 * the drawn images; null: not defined for these. A figure that is not defined for every second draw has no interval, and of one patient there is none at all.
 */
export function bootstrapPatients<Name extends string>(
  patients: readonly (number | string)[],
  figures: (places: readonly number[]) => Record<Name, number | null>,
  options: BootstrapOptions = {},
): Record<Name, [low: number, high: number] | null> | null {
  const { confidence, resamples, seed } = { ...DEFAULTS, ...options };
  const groups = [...Map.groupBy(patients.keys(), (place) => patients[place]!).values()];
  if (groups.length < 2) return null;
  const random = new Random(seed, "bootstrap patients");
  const draws = Array.from({ length: resamples }, () =>
    figures(groups.flatMap(() => groups[random.integer(groups.length)]!)),
  );
  const intervals = (Object.keys(draws[0]!) as Name[]).map((name) => {
    const values = Float64Array.from(draws.flatMap((draw) => draw[name] ?? [])).sort();
    const isDefined = values.length > resamples / 2;
    const bound = (share: number): number => quantile(values, share);
    return [name, isDefined ? [bound((1 - confidence) / 2), bound((1 + confidence) / 2)] : null];
  });
  return Object.fromEntries(intervals) as Record<Name, [number, number] | null>;
}

/** Of one patient: stratum and value. */
type Figures = [stratum: number, value: number][];

interface SeedGroup {
  seed: number;
  byPatient: Map<number | string, Figures>;
}

function bySeed(observations: readonly Observation[]): SeedGroup[] {
  const groups = new Map<number, SeedGroup>();
  for (const { seed, patient, stratum = 0, value } of observations) {
    if (!Number.isFinite(value)) throw new RangeError(`bootstrap: ${value} of seed ${seed} is not a finite number.`);
    let group = groups.get(seed);
    if (group === undefined) groups.set(seed, (group = { seed, byPatient: new Map() }));
    const own = group.byPatient.get(patient) ?? [];
    if (own.some(([known]) => known === stratum))
      throw new RangeError(`bootstrap: a patient stands twice in seed ${seed}.`);
    own.push([stratum, value]);
    group.byPatient.set(patient, own);
  }
  return [...groups.values()].sort((a, b) => a.seed - b.seed);
}

/** Mean over the strata of the weighted mean in each; again and again. */
class StratifiedMean {
  readonly #places = new Map<number, number>();
  readonly #sums: number[] = [];
  readonly #weights: number[] = [];

  add(figures: Figures, weight: number): void {
    for (const [stratum, value] of figures) {
      let place = this.#places.get(stratum);
      if (place === undefined) this.#places.set(stratum, (place = this.#sums.push(0) - 1));
      this.#sums[place]! += weight * value;
      this.#weights[place] = (this.#weights[place] ?? 0) + weight;
    }
  }

  /** Null: nothing was added. Begins anew. */
  take(): number | null {
    let total = 0;
    let strata = 0;
    for (const [place, weight] of this.#weights.entries()) {
      if (weight === 0) continue;
      total += this.#sums[place]! / weight;
      strata++;
    }
    this.#sums.fill(0);
    this.#weights.fill(0);
    return strata === 0 ? null : total / strata;
  }
}

function nestedDraw(groups: readonly SeedGroup[]): (random: Random) => number {
  const patients = groups.map(({ byPatient }) => [...byPatient.values()]);
  const mean = new StratifiedMean();
  return (random) => {
    let total = 0;
    for (let drawn = 0; drawn < patients.length; drawn++) {
      const own = patients[random.integer(patients.length)]!;
      for (let index = 0; index < own.length; index++) mean.add(own[random.integer(own.length)]!, 1);
      total += mean.take()!;
    }
    return total / patients.length;
  };
}

function crossedDraw(groups: readonly SeedGroup[], patients: readonly (number | string)[]): (random: Random) => number {
  const place = new Map(patients.map((patient, index) => [patient, index]));
  const rows = groups.map(({ byPatient }) =>
    [...byPatient].map(([patient, figures]) => ({ column: place.get(patient)!, figures })),
  );
  const weights = new Uint32Array(patients.length);
  const mean = new StratifiedMean();
  return (random) => {
    // A draw may hold no patient of some seed: then it says nothing of that seed, and another seed is drawn.
    for (;;) {
      weights.fill(0);
      for (let drawn = 0; drawn < patients.length; drawn++) weights[random.integer(patients.length)]!++;
      const means = rows.flatMap((row) => {
        for (const { column, figures } of row) if (weights[column]! > 0) mean.add(figures, weights[column]!);
        return mean.take() ?? [];
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
