/** @file Errors relative to the truth, which have no meaning everywhere: what is done where the truth is 0, and where they are refused. */
import { mape, medianRelativeError } from "./regression.ts";

/**
 * What relative errors do where the truth is 0. "strict": they are not defined as soon as one is. "exclude": these images are left out. `floor`: an error is
 * divided by no less than this, in the unit of the target: what can just be measured, as a detection limit.
 */
export type ZeroPolicy = "strict" | "exclude" | { floor: number };

export interface RelativeErrors {
  /** Percent; null: not defined. */
  mape: number | null;
  medianRelativeError: number | null;
  /** Truths that are 0, and numbers that the figures are of. */
  zeros: number;
  used: number;
}

/** Below this share of the median truth a floor measures nothing: one truth of 0 would be all of the mean. */
const LEAST_FLOOR = 1e-6;

/** The least that a floor may be for these truths. */
export function leastFloor(target: readonly number[]): number {
  const sizes = target.map(Math.abs).filter((size) => size > 0);
  if (sizes.length === 0) return Number.MIN_VALUE;
  return LEAST_FLOOR * sizes.sort((a, b) => a - b)[sizes.length >> 1]!;
}

/** Of pairs of finite numbers. Their sign is the caller's to judge. Throws `RangeError` for a floor that is not above 0. */
export function relativeErrors(
  target: readonly number[],
  predicted: readonly number[],
  policy: ZeroPolicy,
): RelativeErrors {
  const places = [...target.keys()];
  const zeros = places.filter((at) => target[at] === 0).length;
  const none = { mape: null, medianRelativeError: null, zeros, used: 0 };
  if (policy === "strict" && zeros > 0) return none;
  const used = policy === "exclude" ? places.filter((at) => target[at] !== 0) : places;
  if (used.length === 0) return none;
  // The error stays what it was; what it is divided by is raised.
  const base = used.map((at) => (typeof policy === "object" ? raised(target[at]!, policy.floor) : target[at]!));
  const said = used.map((at, place) => base[place]! + (predicted[at]! - target[at]!));
  return {
    mape: mape(base, said),
    medianRelativeError: medianRelativeError(base, said),
    zeros,
    used: used.length,
  };
}

function raised(truth: number, floor: number): number {
  if (!(floor > 0)) throw new RangeError(`relative errors: a floor of ${floor} is not above 0.`);
  return Math.max(Math.abs(truth), floor);
}

/** Units whose 0 is no absence, or that are logarithms: half of such a number is half of nothing. */
const INTERVAL_UNIT = /^(?:[°º]\s*[cf]|[℃℉]|deg(?:rees?)?\.?\s*[cf]|celsius|fahrenheit|p\s*h|logmar|dbm?|log.*)$/i;

/** Whether numbers of this unit have no fixed zero. Of one without a unit nothing is known. */
export function isIntervalUnit(unit: string | null): boolean {
  return unit !== null && INTERVAL_UNIT.test(unit.trim());
}
