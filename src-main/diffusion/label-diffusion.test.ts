import { describe, expect, it } from "vitest";
import { Random } from "../random/index.ts";
import { labelPosterior, type LabelSampler, noisyLabel, sampleLabels, sharesAt } from "./label-diffusion.ts";
import { linearNoise } from "./noise-schedule.ts";

const long = linearNoise();
/** The same noise at the end as the long one. */
const short = linearNoise({ steps: 100, first: 1e-3, last: 0.2 });

it("the schedule is the published one", () => {
  const told: [number, number, number][] = [
    [0, 0.99995, 0.01],
    [59, 0.979573, 0.201086],
    [99, 0.94711, 0.320908],
    [249, 0.723937, 0.689866],
    [499, 0.280334, 0.959902],
    [749, 0.057884, 0.998323],
    [999, 0.006353, 0.99998],
  ];
  for (const [time, signal, noise] of told) {
    expect(Math.abs(sharesAt(long, time).signal - signal), `${time}`).toBeLessThan(1e-6);
    expect(Math.abs(sharesAt(long, time).noise - noise), `${time}`).toBeLessThan(1e-6);
  }
  expect(short.signalPower.at(-1)).toBeCloseTo(2.0e-5, 6);
});

describe("one step back", () => {
  it("keeps the marginal: four identities at every time", () => {
    for (const schedule of [long, short]) {
      for (let time = 0; time < schedule.steps; time++) {
        const { clean, present, guess, variance } = labelPosterior(schedule, time);
        const [now, before] = [sharesAt(schedule, time), sharesAt(schedule, time - 1)];
        expect(Math.abs(clean + present + guess - 1)).toBeLessThan(1e-10);
        expect(Math.abs(clean + present * now.signal - before.signal)).toBeLessThan(1e-10);
        expect(Math.abs(present ** 2 * now.noise ** 2 + variance - before.noise ** 2)).toBeLessThan(1e-10);
        expect(Math.abs(guess - (1 - before.signal) + present * (1 - now.signal))).toBeLessThan(1e-10);
      }
      expect(labelPosterior(schedule, 0).variance).toBe(0);
    }
  });

  it("adds the noise of the posterior, not that of the step forward: the published program names that and does not use it", async () => {
    const [rows, time] = [20_000, 1];
    const two = linearNoise({ steps: 25, first: 0.1, last: 0.8 });
    const { clean, present, variance } = labelPosterior(two, time);
    const before: Float64Array[] = [];
    const chains = {
      ...{ width: 1, guesses: new Float64Array(rows), randomOf: (row: number) => new Random("posterior", row) },
      ...{ sampler: { truncated: 2 } as const },
    };
    // Who says no noise leaves the estimate to the label alone: what the step adds beside it is its own noise.
    await sampleLabels(two, chains, (labels) => {
      before.push(labels);
      return labels.map(() => 0);
    });
    const { signal } = sharesAt(two, time);
    const added = before[1]!.map((value, row) => value - (clean / signal + present) * before[0]![row]!);
    const found = added.reduce((sum, value) => sum + value ** 2, 0) / rows;
    expect(found / variance).toBeGreaterThan(0.96);
    expect(found / variance).toBeLessThan(1.04);
    const forward = 1 - two.signalPower[time]! / two.signalPower[time - 1]!;
    expect(forward / variance).toBeGreaterThan(1.2);
  });

  it("is the product of two normal distributions: what is known of y_(t-1) from y_0, and from y_t", () => {
    const [time, label, m, noisy] = [300, 0.3, 0.6, -0.2];
    const { clean, present, guess, variance } = labelPosterior(long, time);
    expect(clean * label + present * noisy + guess * m).toBeCloseTo(-0.196289675, 9);
    expect(variance).toBeCloseTo(0.0060518257, 10);
    const before = sharesAt(long, time - 1);
    const alpha = long.signalPower[time]! / long.signalPower[time - 1]!;
    const prior = { mean: before.signal * label + (1 - before.signal) * m, variance: before.noise ** 2 };
    const seen = { mean: (noisy - (1 - Math.sqrt(alpha)) * m) / Math.sqrt(alpha), variance: (1 - alpha) / alpha };
    const joint = 1 / (1 / prior.variance + 1 / seen.variance);
    expect(variance).toBeCloseTo(joint, 12);
    expect(clean * label + present * noisy + guess * m).toBeCloseTo(
      joint * (prior.mean / prior.variance + seen.mean / seen.variance),
      12,
    );
  });
});

it("noise step by step has the moments of noise at once", () => {
  const random = new Random("moments");
  const [label, guess, count] = [1, 0.2, 20_000];
  let chain = Float64Array.from({ length: count }, () => label);
  for (let time = 0; time < short.steps; time++) {
    const alpha = short.signalPower[time]! / (time === 0 ? 1 : short.signalPower[time - 1]!);
    chain = chain.map(
      (y) => Math.sqrt(alpha) * y + (1 - Math.sqrt(alpha)) * guess + Math.sqrt(1 - alpha) * random.normal(),
    );
    if (![0, 20, 50, 99].includes(time)) continue;
    const { signal, noise } = sharesAt(short, time);
    const drawn = Float64Array.from({ length: count }, () => {
      return noisyLabel(short, time, { label: [label], guess: [guess], noise: [random.normal()] })[0]!;
    });
    for (const values of [chain, drawn]) {
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
      expect(Math.abs(mean - (signal * label + (1 - signal) * guess))).toBeLessThan((4 * noise) / Math.sqrt(count));
      expect(Math.abs(variance / noise ** 2 - 1)).toBeLessThan(0.04);
    }
  }
});

it.each<LabelSampler>(["full", { ddim: 10 }])("who knows the noise comes back to the label: %j", async (sampler) => {
  const [label, guess] = [
    [0, 1, 0, 1, 0, 0],
    [0.2, 0.5, 0.3, 0.1, 0.8, 0.1],
  ];
  const known = (labels: Float64Array, time: number) => {
    const { signal, noise } = sharesAt(long, time);
    return labels.map((y, at) => (y - signal * label[at]! - (1 - signal) * guess[at]!) / noise);
  };
  const chains = { width: 3, guesses: guess, sampler, randomOf: (row: number) => new Random("oracle", row) };
  const { labels, clippedShare } = await sampleLabels(long, chains, known);
  labels.forEach((value, at) => expect(Math.abs(value - label[at]!)).toBeLessThan(1e-6));
  expect(clippedShare).toBe(0);
});

describe("who knows the probabilities of the classes", () => {
  const truth = [0.6, 0.3, 0.1];
  const count = 20_000;
  /** The best guess of the noise that there is: the mean over the classes, each as likely as its distance says. */
  const bayes = (guess: readonly number[]) => (labels: Float64Array, time: number) => {
    const { signal, noise } = sharesAt(short, time);
    const predicted = new Float64Array(labels.length);
    for (let row = 0; row < labels.length / 3; row++) {
      const own = labels.subarray(3 * row, 3 * row + 3);
      const logs = truth.map((share, k) => {
        const distance = own.reduce((sum, y, at) => {
          return sum + (y - signal * (at === k ? 1 : 0) - (1 - signal) * guess[at]!) ** 2;
        }, 0);
        return Math.log(share) - distance / (2 * noise ** 2);
      });
      const top = Math.max(...logs);
      const weights = logs.map((log) => Math.exp(log - top));
      const sum = weights.reduce((total, one) => total + one, 0);
      own.forEach((y, at) => {
        predicted[3 * row + at] = (y - (signal * weights[at]!) / sum - (1 - signal) * guess[at]!) / noise;
      });
    }
    return predicted;
  };
  const frequencies = async (guess: readonly number[], sampler: LabelSampler): Promise<number[]> => {
    const guesses = Float64Array.from({ length: 3 * count }, (_, at) => guess[at % 3]!);
    const randomOf = (row: number) => new Random("bayes", row);
    const { labels } = await sampleLabels(short, { width: 3, guesses, sampler, randomOf }, bayes(guess));
    const found = [0, 0, 0];
    for (let row = 0; row < count; row++) {
      const own = labels.subarray(3 * row, 3 * row + 3);
      found[own.indexOf(Math.max(...own))]!++;
    }
    return found.map((one) => one / count);
  };
  const furthest = (found: readonly number[]): number => Math.max(...found.map((one, k) => Math.abs(one - truth[k]!)));
  const [right, wrong] = [truth, [0.2, 0.3, 0.5]];

  it("draws classes as often as they occur, whether its guess was right or not", async () => {
    for (const guess of [right, wrong]) {
      expect(furthest(await frequencies(guess, "full"))).toBeLessThan(0.03);
      expect(furthest(await frequencies(guess, { ddim: 10 }))).toBeLessThan(0.045);
    }
  });

  it("does not where the chain is cut short as in the published program: a wrong guess stays", async () => {
    expect(furthest(await frequencies(wrong, { truncated: 6 }))).toBeGreaterThan(0.15);
  });
});

it("a row does not hang on the others, and what runs away is held and counted", async () => {
  const chains = (rows: number) => ({
    width: 2,
    guesses: Float64Array.from({ length: 2 * rows }, () => 0.5),
    sampler: "full" as const,
    randomOf: (row: number) => new Random("rows", row),
  });
  const silent = (labels: Float64Array) => labels.map(() => 0);
  const alone = await sampleLabels(short, chains(1), silent);
  const among = await sampleLabels(short, chains(5), silent);
  expect([...among.labels.subarray(0, 2)]).toEqual([...alone.labels]);
  const held = await sampleLabels(short, { ...chains(5), clip: [-0.5, 1.5] }, silent);
  expect(held.clippedShare).toBeGreaterThan(0.01);
  expect(Math.max(...held.labels)).toBeLessThanOrEqual(1.5);
});

it("refuses chains that there are not", async () => {
  const chains = { width: 2, guesses: [0.5, 0.5], randomOf: () => new Random(1) };
  const silent = (labels: Float64Array) => labels;
  await expect(sampleLabels(short, { ...chains, sampler: { ddim: 101 } }, silent)).rejects.toThrow("2 to 100 steps");
  await expect(sampleLabels(short, { ...chains, guesses: [1], sampler: "full" }, silent)).rejects.toThrow(
    "no rows of 2",
  );
});
