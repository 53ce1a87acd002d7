/**
 * @file Whether training on is likely to help, told from the validation figures alone. A straight line by Theil and Sen (Sen 1968,
 * doi:10.1080/01621459.1968.10480934) through the latest validations: one bad validation does not turn it. It takes validations as
 * independent, which those of one training are not quite: the interval is somewhat too narrow.
 */

/** Fewer say nothing: the interval of a slope through five points is wider than any trend. */
const NEEDED = 6;
/** Validations that count: the latest third, so that the steep beginning does not. */
const SHARE = 1 / 3;
const MOST = 30;
/** A gain that nobody would wait for: half a point of Dice; of an error a fiftieth of the best so far. */
const WORTH = { higher: 0.005, shareOfError: 0.02 };
/** Of the normal distribution, for an interval of 90 %. */
const Z90 = 1.6449;

export interface ValidationPoint {
  step: number;
  /** Where higher is better at most 1, where lower is better at least 0. */
  value: number;
}

/**
 * "none" says nothing: too few validations yet, or too much noise between them.
 */
export interface ValidationTrend {
  advice: "stop" | "wait" | "none";
  /** Of how good it is: "rising" gets better, whichever way that is. */
  shape: "rising" | "flat" | "falling" | "noisy" | "too-few";
  /** Of all validations. */
  best: ValidationPoint | null;
  latest: ValidationPoint | null;
  /** Validations that were looked at: the latest ones. `needed` before anything is said. */
  looked: number;
  needed: number;
  /** What as many steps again (`steps`, at most those that are left) are likely to add to the figure: a 90 % interval; null where that cannot be told. */
  gain: { steps: number; low: number; likely: number; high: number } | null;
}

/** `points` in any order, one a step. `stepsLeft` of the run: with none left there is nothing to advise. */
export function validationTrend(
  points: readonly ValidationPoint[],
  { stepsLeft, better = "higher" }: { stepsLeft: number; better?: "higher" | "lower" },
): ValidationTrend {
  if (better === "higher") return trendOf(points, { stepsLeft, most: 1, worth: () => WORTH.higher });
  // An error is looked at upside down, and told as it is.
  const turned = (point: ValidationPoint): ValidationPoint => ({ ...point, value: -point.value });
  const told = (point: ValidationPoint | null) => (point === null ? null : turned(point));
  const worth = (best: number): number => -WORTH.shareOfError * best;
  const { best, latest, gain, ...trend } = trendOf(points.map(turned), { stepsLeft, most: 0, worth });
  const lowered = gain && { steps: gain.steps, low: -gain.high, likely: -gain.likely, high: -gain.low };
  return { ...trend, best: told(best), latest: told(latest), gain: lowered };
}

/** The higher the better, at most `most`; `worth`: a gain over the best that nobody would wait for. */
function trendOf(
  points: readonly ValidationPoint[],
  { stepsLeft, most, worth: worthOver }: { stepsLeft: number; most: number; worth: (best: number) => number },
): ValidationTrend {
  const ordered = points.filter(({ value }) => Number.isFinite(value)).toSorted((a, b) => a.step - b.step);
  const latest = ordered.at(-1) ?? null;
  const best = ordered.reduce<ValidationPoint | null>(
    (highest, point) => (highest === null || point.value > highest.value ? point : highest),
    null,
  );
  const looked = Math.min(ordered.length, Math.max(NEEDED, Math.min(MOST, Math.ceil(ordered.length * SHARE))));
  const known = { best, latest, looked, needed: NEEDED };
  if (best === null || latest === null || looked < NEEDED)
    return { advice: "none", shape: "too-few", ...known, gain: null };

  const seen = ordered.slice(-looked);
  const { low, middle, high } = slopeOf(seen);
  const span = latest.step - seen[0]!.step;
  const steps = Math.max(0, Math.min(stepsLeft, span));
  // Where the line is now: a single validation is as much noise as trend.
  const level = median(seen.map(({ step, value }) => value + middle * (latest.step - step)));
  const worth = worthOver(best.value);
  const room = Math.max(0, most - level);
  const over = (slope: number): number => Math.min(room, slope * steps);
  const gain = { steps, low: over(low), likely: over(middle), high: over(high) };
  if (low > 0 && high * span >= worth) return { advice: steps > 0 ? "wait" : "none", shape: "rising", ...known, gain };
  // The best checkpoint is kept: what counts is whether it will be beaten.
  if (level + gain.high < best.value + worth || high * span < worth) {
    const shape = high < 0 && middle * span <= -worth ? "falling" : "flat";
    return { advice: steps > 0 ? "stop" : "none", shape, ...known, gain };
  }
  return { advice: "none", shape: "noisy", ...known, gain };
}

/** Median of the slopes of all pairs, with the 90 % interval after Sen. */
function slopeOf(points: readonly ValidationPoint[]): { low: number; middle: number; high: number } {
  const slopes: number[] = [];
  for (const [place, { step, value }] of points.entries()) {
    for (const other of points.slice(place + 1)) slopes.push((other.value - value) / (other.step - step));
  }
  slopes.sort((a, b) => a - b);
  const count = points.length;
  const deviation = Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18); // of Kendall's S
  const reach = (Z90 * deviation) / 2;
  const center = (slopes.length - 1) / 2;
  return {
    low: quantile(slopes, center - reach),
    middle: quantile(slopes, center),
    high: quantile(slopes, center + reach),
  };
}

/** Between two values linearly; `place` counts from 0. */
function quantile(sorted: readonly number[], place: number): number {
  const inside = Math.max(0, Math.min(sorted.length - 1, place));
  const below = Math.floor(inside);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (inside - below) * (sorted[above]! - sorted[below]!);
}

function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    (values.length - 1) / 2,
  );
}
