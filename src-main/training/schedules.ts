/** @file Learning rates by step, computed on the host and fed to the step program. */

/** Learning rate of update `step`, counted from 0. */
export type Schedule = (step: number) => number;

export function constantRate(rate: number): Schedule {
  return () => rate;
}

/** Half a cosine from `rate` to `final` over `steps`, then `final`. Loshchilov & Hutter 2016, arXiv:1608.03983. */
export function cosineRate({ rate, steps, final = 0 }: { rate: number; steps: number; final?: number }): Schedule {
  return (step) => final + ((rate - final) * (1 + Math.cos(Math.PI * Math.min(1, step / steps)))) / 2;
}

/** rate · (1 - step / steps)^power, then 0; nnU-Net's schedule with power 0.9. */
export function polyRate({ rate, steps, power = 0.9 }: { rate: number; steps: number; power?: number }): Schedule {
  return (step) => rate * Math.max(0, 1 - step / steps) ** power;
}

/** rate · factor^⌊step / every⌋: a drop every `every` updates. */
export function stepRate({ rate, every, factor = 0.1 }: { rate: number; every: number; factor?: number }): Schedule {
  return (step) => rate * factor ** Math.floor(step / every);
}

/** rate · factor^k after k of the `milestones`, counted in updates and rising: a drop at each. */
export function multiStepRate({
  rate,
  milestones,
  factor = 0.1,
}: {
  rate: number;
  milestones: readonly number[];
  factor?: number;
}): Schedule {
  return (step) => rate * factor ** milestones.filter((milestone) => step >= milestone).length;
}

/** Rises linearly to the schedule's own value over the first `steps` updates. */
export function warmUp(steps: number, schedule: Schedule): Schedule {
  return (step) => schedule(step) * Math.min(1, (step + 1) / steps);
}
