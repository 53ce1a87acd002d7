/**
 * @file What one way of training was worth over another: the same patients, judged with the same seeds. Only differences of pairs
 * mean something, since seeds and patients differ more than methods do.
 */
import { type BootstrapMean, bootstrapMean, type BootstrapOptions, type Observation } from "./bootstrap.ts";

export interface PairedEffect extends BootstrapMean {
  sign: SignCount;
  /** "gain" or "loss" where the interval excludes 0, else "none": no measurable difference. */
  verdict: "gain" | "loss" | "none";
}

/** How often a difference was above 0, seed by seed. */
export interface SignCount {
  positive: number;
  total: number;
  /** Probability of so many or more by tossing a fair coin: 0.03 for 5 of 5, 0.19 for 4 of 5. */
  chance: number;
}

/** `arm` minus `reference` for each patient and seed that both have. */
export function pairedDifferences(arm: readonly Observation[], reference: readonly Observation[]): Observation[] {
  const keyOf = ({ seed, patient, stratum }: Observation): string => JSON.stringify([seed, patient, stratum]);
  const known = new Map(reference.map((observation) => [keyOf(observation), observation.value]));
  return arm.flatMap((observation) => {
    const other = known.get(keyOf(observation));
    return other === undefined ? [] : [{ ...observation, value: observation.value - other }];
  });
}

/** The mean difference with its interval. Throws `RangeError` when no patient is judged by both, else as `bootstrapMean`. */
export function pairedEffect(
  arm: readonly Observation[],
  reference: readonly Observation[],
  options: BootstrapOptions = {},
): PairedEffect {
  const effect = bootstrapMean(pairedDifferences(arm, reference), options);
  const sign = countSigns(effect.seeds.map(({ mean }) => mean));
  return { ...effect, sign, verdict: effect.low > 0 ? "gain" : effect.high < 0 ? "loss" : "none" };
}

/** A difference of exactly 0 counts as not positive. */
export function countSigns(differences: readonly number[]): SignCount {
  const total = differences.length;
  const positive = differences.filter((difference) => difference > 0).length;
  let chance = 0;
  let choices = 1; // "total choose count", from count = total downwards
  for (let count = total; count >= positive; count--) {
    chance += choices / 2 ** total;
    choices = (choices * count) / (total - count + 1);
  }
  return { positive, total, chance };
}

/** What has to be seen before a gain is claimed, written down before the experiment runs. */
export interface Gate {
  /** Of the mean difference, at least. */
  minimumGain: number;
  /** Seeds with a difference above 0, at least. */
  minimumPositive: number;
  /** The interval of this confidence has to exclude 0. */
  confidence: number;
}

export interface GateOutcome {
  isPassed: boolean;
  isLargeEnough: boolean;
  isPositiveOftenEnough: boolean;
  isIntervalAboveZero: boolean;
}

/** Throws `RangeError` when the effect's interval is of another confidence than the gate asks for. */
export function passGate(effect: PairedEffect, { minimumGain, minimumPositive, confidence }: Gate): GateOutcome {
  if (effect.confidence !== confidence) {
    throw new RangeError(`gate: the interval is of confidence ${effect.confidence}, expected ${confidence}.`);
  }
  const isLargeEnough = effect.mean >= minimumGain;
  const isPositiveOftenEnough = effect.sign.positive >= minimumPositive;
  const isIntervalAboveZero = effect.low > 0;
  return {
    isPassed: isLargeEnough && isPositiveOftenEnough && isIntervalAboveZero,
    isLargeEnough,
    isPositiveOftenEnough,
    isIntervalAboveZero,
  };
}
