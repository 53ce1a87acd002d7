/** @file What one step of the denoiser is fed: times, noise, and what of the label they leave. By seed and step alone. */
import { type NoiseSchedule, sharesAt } from "../../diffusion/index.ts";
import { Random } from "../../random/index.ts";
import { centerOf, type Guesses } from "./guesses.ts";

/** Each time with its mirror image, so that early and late ones are seen alike in every batch. */
export function drawTimes(steps: number, batch: number, random: Random): number[] {
  const half = Array.from({ length: Math.floor(batch / 2) + 1 }, () => random.integer(steps));
  return [...half, ...half.map((time) => steps - 1 - time)].slice(0, batch);
}

export function denoiserBatch(
  schedule: NoiseSchedule,
  { grades, guesses, isSummed = false }: { grades: readonly number[]; guesses: readonly Guesses[]; isSummed?: boolean },
  key: readonly (string | number)[],
) {
  const batch = grades.length;
  const classes = guesses[0]!.both.length;
  const random = new Random(...key);
  const times = drawTimes(schedule.steps, batch, random);
  const shares = times.map((time) => sharesAt(schedule, time));
  const rows = (of: keyof Guesses): Float32Array => Float32Array.from(guesses.flatMap((one) => one[of]));
  // Whether the noise is centred at all is the step's; the paper's variant feeds `both` to nothing else.
  const centers = guesses.flatMap((one) => centerOf(one, { isCentred: true, isSummed }));
  return {
    grade: Uint8Array.from(grades),
    time: BigInt64Array.from(times, BigInt),
    signal: Float32Array.from(shares, ({ signal }) => signal),
    deviation: Float32Array.from(shares, ({ noise }) => noise),
    noise: Float32Array.from({ length: batch * classes }, () => random.normal()),
    both: Float32Array.from(centers),
    whole: rows("whole"),
    close: rows("close"),
  };
}
