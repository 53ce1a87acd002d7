/** @file Schedules and solvers against closed forms for normal distributions, where the best denoiser is known. */
import { expect, test } from "vitest";
import {
  cleanOf,
  linearNoise,
  noiseOf,
  sampleLatent,
  type SampleOptions,
  samplingTimes,
  scaledLinearNoise,
  targetOf,
} from "./index.ts";

const schedule = scaledLinearNoise();
const power = (time: number) => schedule.signalPower[time]!;

test("the schedule of Stable Diffusion has the values of the specification's table", () => {
  const expected = [
    [0, 0.99915],
    [1, 0.998296],
    [21, 0.980381],
    [100, 0.894223],
    [200, 0.753692],
    [500, 0.276333],
    [750, 0.05617],
    [981, 0.0057755],
    [999, 0.0046601],
  ] as const;
  for (const [time, value] of expected) expect(Math.abs(power(time) - value)).toBeLessThan(1e-6);
  expect(Math.abs(Math.sqrt(1 - power(200)) - 0.496294)).toBeLessThan(1e-6);
});

test("the linear schedule ends at the product of its 1 - β", () => {
  let left = 1;
  for (let t = 0; t < 1000; t++) left *= 1 - (1e-4 + ((0.02 - 1e-4) * t) / 999);
  expect(linearNoise().signalPower[999]).toBeCloseTo(left, 12);
});

test("times are 1, 21, …, 981 for 50 steps, and a number that does not divide 1000 is refused", () => {
  const times = samplingTimes(schedule, 50, "ddim");
  expect([times[0], times[1], times.at(-1), times.length]).toEqual([1, 21, 981, 50]);
  for (const steps of [0, 30, 1000, 2.5])
    expect(() => samplingTimes(schedule, steps, "ddim")).toThrow(/must divide 1000/);
});

test.each(["eps", "v"] as const)("%s: what a true prediction says is what went in", (predicts) => {
  for (const time of [0, 100, 500, 999]) {
    const [s, n] = [Math.sqrt(power(time)), Math.sqrt(1 - power(time))];
    const [clean, drawn] = [0.7, -1.3];
    const latent = s * clean + n * drawn;
    const predicted = targetOf(predicts, clean, drawn, s, n);
    expect(cleanOf(predicts, latent, predicted, s, n)).toBeCloseTo(clean, 10);
    expect(noiseOf(predicts, latent, predicted, s, n)).toBeCloseTo(drawn, 10);
  }
});

/** The best prediction of ε for pictures from N(mean, deviation²). */
function oracle(mean: number, deviation: number) {
  return (latent: ArrayLike<number>, time: number): Float64Array => {
    const [s, n] = [Math.sqrt(power(time)), Math.sqrt(1 - power(time))];
    const variance = power(time) * deviation ** 2 + n ** 2;
    return Float64Array.from(latent, (z) => (n * (z - s * mean)) / variance);
  };
}

const usual: SampleOptions = { schedule, solver: "ddim", steps: 50, predicts: "eps", final: "first" };
const START = Float32Array.of(-2, -0.5, 0, 1, 3);

/** By how much DDIM shrinks distances from the mean: a product over its steps. */
function shrinkage(steps: number, deviation: number, end: number): number {
  const times = samplingTimes(schedule, steps, "ddim");
  return times.reduce((product, time, j) => {
    const [a, p] = [power(time), j > 0 ? power(times[j - 1]!) : end];
    return (
      (product * (Math.sqrt(a * p) * deviation ** 2 + Math.sqrt((1 - a) * (1 - p)))) / (a * deviation ** 2 + 1 - a)
    );
  }, 1);
}

test.each([
  [50, 0.25, "first", 0.2288],
  [50, 0.5, "first", 0.47857],
  [50, 1, "first", 0.97361],
  [50, 2, "first", 1.94127],
  [25, 0.5, "first", 0.45838],
  [50, 0.5, "one", 0.47648],
] as const)(
  "DDIM of %i steps brings N(0.3, %f²) to its closed form, the last step to %s",
  async (steps, deviation, final, table) => {
    const mean = 0.3;
    const end = final === "one" ? 1 : power(0);
    const factor = shrinkage(steps, deviation, end);
    expect(Math.abs(factor - table)).toBeLessThan(1e-5);
    const from = Math.sqrt(power(samplingTimes(schedule, steps, "ddim").at(-1)!));
    const found = await sampleLatent(START, oracle(mean, deviation), { ...usual, steps, final });
    for (const [i, z] of START.entries()) {
      const expected = Math.sqrt(end) * mean + factor * (z - from * mean);
      expect(Math.abs(found[i]! - expected)).toBeLessThan(1e-5 * Math.max(1, Math.abs(expected)));
    }
  },
);

/** Relative error of the way from noise of variance 1 at the last time to the end, against the exact flow. */
async function flowError(solver: "ddim" | "dpm-solver++", steps: number, deviation = 0.5): Promise<number> {
  const [found] = await sampleLatent(Float32Array.of(1), oracle(0, deviation), { ...usual, solver, steps });
  const variance = (a: number) => a * deviation ** 2 + 1 - a;
  const exact = Math.sqrt(variance(power(0)) / variance(power(samplingTimes(schedule, steps, solver).at(-1)!)));
  return found! / exact - 1;
}

test("DDIM's error halves where its steps double", async () => {
  const table = [
    [10, -0.192],
    [20, -0.106],
    [50, -0.0461],
    [100, -0.024],
    [250, -0.01],
    [500, -0.0052],
  ] as const;
  for (const [steps, error] of table) expect(Math.abs((await flowError("ddim", steps)) - error)).toBeLessThan(1e-3);
});

test("DPM-Solver++ is of second order: twice as many steps leave less than a third of the error; 10 leave less than DDIM's 50", async () => {
  const errors = await Promise.all([10, 20, 40].map((steps) => flowError("dpm-solver++", steps)));
  expect(Math.abs(errors[1]! / errors[0]!)).toBeLessThan(1 / 3);
  expect(Math.abs(errors[2]! / errors[1]!)).toBeLessThan(1 / 2); // times are whole: there they begin to be too coarse
  expect(Math.abs(errors[0]!)).toBeLessThan(Math.abs(await flowError("ddim", 50)));
});

test.each([1, 2, 20, 100, 999])(
  "the times of DPM-Solver++ with %i steps rise, are that many and reach the last",
  (steps) => {
    const times = samplingTimes(schedule, steps, "dpm-solver++");
    expect([times.length, times.at(-1)]).toEqual([steps, 999]);
    for (const [i, time] of times.slice(1).entries()) expect(time).toBeGreaterThan(times[i]!);
    if (steps > 1) expect(times[0]).toBe(1);
  },
);

/** Lu et al. 2022, algorithm 2, written with their symbols. */
function byTheBook(start: number, predict: (z: number, time: number) => number, steps: number): number {
  const times = samplingTimes(schedule, steps, "dpm-solver++").toReversed();
  const alpha = (i: number) => Math.sqrt(i < times.length ? power(times[i]!) : power(0));
  const sigma = (i: number) => Math.sqrt(1 - alpha(i) ** 2);
  const lambda = (i: number) => Math.log(alpha(i) / sigma(i));
  let x = start;
  const clean: number[] = [];
  for (let i = 1; i <= times.length; i++) {
    clean.push((x - sigma(i - 1) * predict(x, times[i - 1]!)) / alpha(i - 1));
    const h = lambda(i) - lambda(i - 1);
    const r = i > 1 ? (lambda(i - 1) - lambda(i - 2)) / h : 1;
    const d = i > 1 ? (1 + 1 / (2 * r)) * clean[i - 1]! - (1 / (2 * r)) * clean[i - 2]! : clean[0]!;
    x = (sigma(i) / sigma(i - 1)) * x - alpha(i) * (Math.exp(-h) - 1) * d;
  }
  return x;
}

test("DPM-Solver++ does what its paper's algorithm says, for a denoiser that is not linear", async () => {
  const predict = (z: number, time: number) => Math.sin(z) * Math.sqrt(1 - power(time));
  const options = { ...usual, solver: "dpm-solver++", steps: 20 } as const;
  const found = await sampleLatent(START, (z, time) => Float64Array.from(z, (one) => predict(one, time)), options);
  for (const [i, z] of START.entries()) expect(found[i]).toBeCloseTo(byTheBook(z, predict, 20), 4);
});

test("v and ε predictions of one denoiser give one picture", async () => {
  const eps = oracle(0.3, 0.5);
  const v = (latent: ArrayLike<number>, time: number) => {
    const [s, n] = [Math.sqrt(power(time)), Math.sqrt(1 - power(time))];
    return eps(latent, time).map((e, i) => (e - n * latent[i]!) / s);
  };
  for (const solver of ["ddim", "dpm-solver++"] as const) {
    const [one, other] = [
      await sampleLatent(START, eps, { ...usual, solver }),
      await sampleLatent(START, v, { ...usual, solver, predicts: "v" }),
    ];
    for (const [i, value] of one.entries()) expect(other[i]).toBeCloseTo(value, 5);
  }
});

test("guided predictions are those for the mean moved on by the guidance", async () => {
  const [mean, deviation, guidance] = [0.4, 0.5, 3];
  const [conditional, none] = [oracle(mean, deviation), oracle(0, deviation)];
  const guided = (latent: ArrayLike<number>, time: number) => {
    const [c, u] = [conditional(latent, time), none(latent, time)];
    return u.map((value, i) => value + guidance * (c[i]! - value));
  };
  const [found] = await sampleLatent(Float32Array.of(0), guided, { ...usual, final: "one" });
  const from = Math.sqrt(power(981));
  expect(found).toBeCloseTo(guidance * mean * (1 - shrinkage(50, deviation, 1) * from), 5);
});

test("with limits no clean picture leaves its range; within them they change no bit", async () => {
  const limit = (bound: number) => (clean: Float64Array) => {
    for (const [i, value] of clean.entries()) clean[i] = Math.min(bound, Math.max(-bound, value));
  };
  const seen: number[] = [];
  const watched = {
    ...usual,
    final: "one",
    limit: limit(0.1),
    onStep: ({ clean }: { clean: Float32Array }) => void seen.push(...clean),
  } as const;
  const inside = await sampleLatent(START, oracle(0.3, 0.5), watched);
  for (const value of [...seen, ...inside]) expect(Math.abs(value)).toBeLessThan(0.1 + 1e-6);
  const free = await sampleLatent(START, oracle(0.3, 0.5), usual);
  const wide = await sampleLatent(START, oracle(0.3, 0.5), { ...usual, limit: limit(1e6) });
  for (const [i, value] of free.entries()) expect(wide[i]).toBeCloseTo(value, 6);
});

test("every step is told, and one that throws ends the way", async () => {
  const steps: number[] = [];
  await sampleLatent(START, oracle(0, 1), {
    ...usual,
    steps: 5,
    onStep: ({ step, steps: all }) => void steps.push(step, all),
  });
  expect(steps).toEqual([1, 5, 2, 5, 3, 5, 4, 5, 5, 5]);
  let asked = 0;
  const stop = () => {
    throw new Error("stop");
  };
  const counted = (latent: Float32Array) => (asked++, latent);
  await expect(sampleLatent(START, counted, { ...usual, steps: 5, onStep: stop })).rejects.toThrow("stop");
  expect(asked).toBe(1);
});
