/** @file How good a model of numbers is: errors in their unit, relative ones where they have a meaning, and how it agrees with persons. */
import {
  bootstrapPatients,
  isIntervalUnit,
  leastFloor,
  mae,
  mse,
  pearson,
  r2,
  relativeErrors,
  type ZeroPolicy,
} from "../metrics/index.ts";
import { Problem } from "../problem/index.ts";
import type { KnownAnswer } from "../project/index.ts";
import type { NumberEvaluation } from "./contract.ts";

/**
 * `zeros`: what relative errors do where the truth is 0. `isForced`: they are formed also of numbers that have no fixed zero, or that change their sign. `labelId`: of
 * this number alone; others as usual. A floor, which has a unit, needs it where a model says several numbers.
 */
export interface RelativeOptions {
  labelId?: number | undefined;
  zeros?: ZeroPolicy | undefined;
  isForced?: boolean | undefined;
}

/** Resamples of patients behind each interval. */
const RESAMPLES = 1000;

/** Throws `Problem` "bad-request" for a floor that is nothing beside what was measured. */
export function numberEvaluation(
  known: readonly KnownAnswer[],
  { unit, minimum }: { unit: string | null; minimum: number | null },
  { zeros: policy = "exclude", isForced = false }: RelativeOptions,
): NumberEvaluation {
  const truth = known.map(({ truth: own }) => Number(own));
  const said = known.map(({ answer }) => answer.value);
  if (typeof policy === "object") checkFloor(policy.floor, truth, unit);
  const because = isForced ? null : refusal(truth, unit, minimum);
  const relative = relativeErrors(truth, said, policy);
  const isRefused = because !== null;
  const error = mse(truth, said);
  const explained = r2(truth, said);
  const isConstant = known.length > 1 && explained === null;
  return {
    unit,
    mse: error,
    rmse: Math.sqrt(error),
    mae: mae(truth, said),
    mape: isRefused ? null : relative.mape,
    medianRelativeError: isRefused ? null : relative.medianRelativeError,
    zeros: relative.zeros,
    relative: { policy, used: isRefused ? 0 : relative.used, refused: because },
    r2: known.length < 2 ? null : isConstant ? (error === 0 ? 1 : 0) : explained,
    isDegenerate: isConstant,
    pearson: pearson(truth, said),
    intervals: intervalsOf(known, truth, said, isRefused ? null : policy),
    blandAltman: agreement(truth, said),
  };
}

/** Why errors relative to these truths have no meaning; null where they have. */
function refusal(
  truth: readonly number[],
  unit: string | null,
  minimum: number | null,
): NumberEvaluation["relative"]["refused"] {
  if (truth.some((value) => value < 0) || (minimum !== null && minimum < 0)) return "sign";
  return isIntervalUnit(unit) ? "scale" : null;
}

/** By resampling patients with all their images: images of one are not independent. */
function intervalsOf(
  known: readonly KnownAnswer[],
  truth: readonly number[],
  said: readonly number[],
  policy: ZeroPolicy | null,
): NumberEvaluation["intervals"] {
  const none = { mape: null, medianRelativeError: null };
  const figures = (places: readonly number[]) => {
    const [own, answered] = [places.map((at) => truth[at]!), places.map((at) => said[at]!)];
    const { mape, medianRelativeError } = policy === null ? none : relativeErrors(own, answered, policy);
    const error = mse(own, answered);
    return {
      mse: error,
      rmse: Math.sqrt(error),
      mae: mae(own, answered),
      mape,
      medianRelativeError,
      r2: r2(own, answered),
      pearson: pearson(own, answered),
    };
  };
  const patients = known.map(({ caseId }) => caseId);
  const intervals = bootstrapPatients(patients, figures, { resamples: RESAMPLES });
  if (intervals === null) return null;
  // With one truth of 0 the strict figure is not defined, though most draws may leave that image out.
  const isUndefined = policy === "strict" && truth.includes(0);
  return { ...intervals, ...(isUndefined && none), mse: intervals.mse!, rmse: intervals.rmse!, mae: intervals.mae! };
}

/** Bland & Altman 1986. */
function agreement(truth: readonly number[], said: readonly number[]): NumberEvaluation["blandAltman"] {
  const points = truth.map((own, at) => ({ mean: (own + said[at]!) / 2, difference: said[at]! - own }));
  const bias = points.reduce((sum, { difference }) => sum + difference, 0) / points.length;
  const squares = points.reduce((sum, { difference }) => sum + (difference - bias) ** 2, 0);
  const spread = points.length < 2 ? 0 : Math.sqrt(squares / (points.length - 1));
  return { bias, low: bias - 1.96 * spread, high: bias + 1.96 * spread, points };
}

function checkFloor(floor: number, truth: readonly number[], unit: string | null): void {
  const least = leastFloor(truth);
  if (floor >= least) return;
  const of = (value: number): string => `${Number(value.toPrecision(3))}${unit === null ? "" : ` ${unit}`}`;
  throw new Problem({
    code: "bad-request",
    title: `A floor of ${of(floor)} is nothing beside what was measured.`,
    detail: `Divided by it, one truth of 0 would outweigh all others. It needs at least ${of(least)}, a millionth of the median truth.`,
    hint: "Give what can just be measured, as a detection limit, in the unit of the label.",
  });
}
