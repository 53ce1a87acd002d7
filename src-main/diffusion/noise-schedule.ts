/** @file How much of a picture is left at each time. Ho et al. 2020, arXiv:2006.11239. */

/** z_t = √ᾱ_t z_0 + √(1 - ᾱ_t) ε at times t = 0 … steps - 1. */
export interface NoiseSchedule {
  readonly steps: number;
  /** ᾱ by time: the share of the signal's power, falling from nearly 1 to nearly 0. */
  readonly signalPower: Float64Array;
}

function scheduleOf(steps: number, beta: (share: number) => number): NoiseSchedule {
  if (!Number.isInteger(steps) || steps < 2) throw new Error(`noise schedule: at least 2 steps, got ${steps}.`);
  const signalPower = new Float64Array(steps);
  let left = 1;
  for (let time = 0; time < steps; time++) signalPower[time] = left *= 1 - beta(time / (steps - 1));
  return { steps, signalPower };
}

interface Range {
  steps?: number;
  first?: number;
  last?: number;
}

/** β rises so that its root is linear in time, "scaled linear": the schedule of Stable Diffusion (Rombach et al. 2022, arXiv:2112.10752). */
export function scaledLinearNoise({ steps = 1000, first = 0.00085, last = 0.012 }: Range = {}): NoiseSchedule {
  const [from, to] = [Math.sqrt(first), Math.sqrt(last)];
  return scheduleOf(steps, (share) => (from + share * (to - from)) ** 2);
}

/** β rises linearly with time, as in the first diffusion models. */
export function linearNoise({ steps = 1000, first = 1e-4, last = 0.02 }: Range = {}): NoiseSchedule {
  return scheduleOf(steps, (share) => first + share * (last - first));
}
