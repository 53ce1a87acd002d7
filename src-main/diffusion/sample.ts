/** @file From noise to a picture by few steps: deterministic solvers of the probability-flow equation. */
import type { NoiseSchedule } from "./noise-schedule.ts";
import { cleanOf, noiseOf, type PredictionType } from "./prediction-type.ts";

/** DDIM (Song et al. 2021, arXiv:2010.02502), of first order; DPM-Solver++ 2M (Lu et al. 2022, arXiv:2211.01095), of second. */
export type SolverName = "ddim" | "dpm-solver++";

export interface SampleProgress {
  /** Steps done, from 1, of how many. */
  step: number;
  steps: number;
  /** The picture that the denoiser sees behind the noise now; it belongs to the sampler and is overwritten by the next step. */
  clean: Float32Array;
}

export interface SampleOptions {
  schedule: NoiseSchedule;
  solver: SolverName;
  /** Calls of the denoiser; see `samplingTimes`. */
  steps: number;
  predicts: PredictionType;
  /** Signal power that the last step goes to: "one" leaves no noise, "first" that of time 0, as the programs of Stable Diffusion do. */
  final: "one" | "first";
  /** Brings the clean picture into the range of pictures, in place; the noise is worked out anew from it. */
  limit?: (clean: Float64Array) => void;
  /** May throw to end it. */
  onStep?: ((progress: SampleProgress) => void | Promise<void>) | undefined;
}

/**
 * Times at which the denoiser is asked, rising. "ddim": c j + 1 with c = 1000 / steps, which must be whole. "dpm-solver++": from 1 to the last, even in the
 * logarithm of signal over noise, where the solver is of second order: at 20 steps even times would leave a tenth of the way undone. Throws where there are no
 * such times.
 */
export function samplingTimes(schedule: NoiseSchedule, steps: number, solver: SolverName): number[] {
  const { steps: all } = schedule;
  const isPossible = Number.isInteger(steps) && steps >= 1 && steps < all;
  if (solver === "ddim") {
    if (!isPossible || all % steps !== 0) {
      throw new Error(`sampling: the number of steps must divide ${all} and be less, got ${steps}.`);
    }
    return Array.from({ length: steps }, (_, index) => (all / steps) * index + 1);
  }
  if (!isPossible) throw new Error(`sampling: the number of steps must be whole, from 1 to ${all - 1}, got ${steps}.`);
  const logRatio = (time: number) => logRatioOf(schedule.signalPower[time]!);
  const [first, last] = [logRatio(1), logRatio(all - 1)];
  const times: number[] = [];
  let time = 1;
  for (let index = 0; index < steps; index++) {
    const wanted = steps === 1 ? last : first + ((last - first) * index) / (steps - 1);
    while (time < all - 1 && Math.abs(logRatio(time + 1) - wanted) <= Math.abs(logRatio(time) - wanted)) time++;
    // No time twice, and as many left above as are still wanted.
    times.push(Math.min(Math.max(time, (times.at(-1) ?? 0) + 1), all - steps + index));
  }
  return times;
}

/** ln (s / n). */
const logRatioOf = (power: number): number => Math.log(power / (1 - power)) / 2;

/** z_T, standard normal, to z_0. `predict` gives for a latent image what the denoiser predicts at a time; the array it is given is its own. */
export async function sampleLatent(
  start: Float32Array,
  predict: (latent: Float32Array<ArrayBuffer>, time: number) => ArrayLike<number> | Promise<ArrayLike<number>>,
  options: SampleOptions,
): Promise<Float32Array<ArrayBuffer>> {
  const { schedule, solver, steps, predicts, final, limit, onStep } = options;
  const { signalPower } = schedule;
  const times = samplingTimes(schedule, steps, solver);
  const latent = Float64Array.from(start);
  const clean = new Float64Array(latent.length);
  const noise = new Float64Array(latent.length);
  /** The clean picture of the step before, and its logarithm of signal over noise. */
  let before: { clean: Float64Array; logRatio: number } | null = null;
  for (let index = steps - 1; index >= 0; index--) {
    const power = signalPower[times[index]!]!;
    const [s, n] = [Math.sqrt(power), Math.sqrt(1 - power)];
    const nextPower = index > 0 ? signalPower[times[index - 1]!]! : final === "one" ? 1 : signalPower[0]!;
    const [nextS, nextN] = [Math.sqrt(nextPower), Math.sqrt(1 - nextPower)];
    const predicted = await predict(Float32Array.from(latent), times[index]!);
    for (let i = 0; i < latent.length; i++) {
      clean[i] = cleanOf(predicts, latent[i]!, predicted[i]!, s, n);
      noise[i] = noiseOf(predicts, latent[i]!, predicted[i]!, s, n);
    }
    if (limit !== undefined) {
      limit(clean);
      for (let i = 0; i < latent.length; i++) noise[i] = (latent[i]! - s * clean[i]!) / n;
    }
    const [logRatio, nextLogRatio] = [logRatioOf(power), logRatioOf(nextPower)];
    // The clean picture is taken as a line through the last two steps. The first has none before it; to no noise at all the way is infinitely long.
    const isSecondOrder = solver === "dpm-solver++" && before !== null && Number.isFinite(nextLogRatio);
    const slope = isSecondOrder ? (nextLogRatio - logRatio) / (2 * (logRatio - before!.logRatio)) : 0;
    for (let i = 0; i < latent.length; i++) {
      // z' = s' x + n' ε with x the picture at the middle of the step; n' ε = n' / n (z - s x₀) for the noise of this one.
      latent[i] = nextS * clean[i]! + nextN * noise[i]!;
      if (slope !== 0) latent[i]! += (nextS - (nextN * s) / n) * slope * (clean[i]! - before!.clean[i]!);
    }
    before = { clean: Float64Array.from(clean), logRatio };
    await onStep?.({ step: steps - index, steps, clean: Float32Array.from(clean) });
  }
  return Float32Array.from(latent);
}
