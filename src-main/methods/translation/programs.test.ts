/** @file The five modes on 16 × 16 pixels: who learns from what, and what stays as it is. */
import { afterEach, describe, expect, it } from "vitest";
import { ParameterStore, type State } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { LOSS_WEIGHTS, type LossWeights, type Mode, MODES } from "./modes.ts";
import { NETWORKS, type TranslationShape } from "./networks.ts";
import {
  discriminatorStep,
  generatorStep,
  networksOf,
  type ProgramOptions,
  registrationProgram,
  translationProgram,
} from "./programs.ts";
import { openUpdates } from "./updates.ts";

const SIZE = 16;
const BATCH = 2;
const shape: TranslationShape = {
  height: SIZE,
  width: SIZE,
  sourceChannels: 1,
  targetChannels: 1,
  generator: { width: 4, blocks: 1 },
  discriminator: { width: 4, halvings: 1, between: 1 },
  registration: { down: [4, 4], middle: 1 },
};
const NO_WEIGHTS: LossWeights = { adversarial: 0, correction: 0, smoothness: 0, cycle: 0, pixel: 0 };
const optionsOf = (mode: Mode, weights = LOSS_WEIGHTS): ProgramOptions => ({ mode, shape, weights, batchSize: BATCH });

const stores: ParameterStore[] = [];
const newStore = (): ParameterStore => {
  stores.push(new ParameterStore({ device: "cpu", random: (name) => new Random(5, name) }));
  return stores.at(-1)!;
};
afterEach(async () => {
  for (const store of stores.splice(0)) await store.release();
});

const waves = (phase: number): Float32Array =>
  Float32Array.from({ length: BATCH * SIZE * SIZE }, (_, at) => 0.8 * Math.sin(0.7 * (at % SIZE) + 0.3 * at + phase));
const pair = { source: waves(0), target: waves(1) };

/** Networks of which any parameter changed. */
function changed(before: State, after: State): string[] {
  const isChanged = (name: string): boolean => {
    const [one, other] = [before[name], after[name]];
    return one !== undefined && one.data.some((value, index) => value !== other!.data[index]);
  };
  return Object.values(NETWORKS).filter((network) =>
    Object.keys(after).some((name) => name.startsWith(`${network}.`) && isChanged(name)),
  );
}

describe("a generator's step", () => {
  it.each(MODES)("of %s moves the networks that learn, all of them and no other", async (mode) => {
    const store = newStore();
    const options = optionsOf(mode);
    const learn = await store.compile(generatorStep(options));
    const judge = await store.compile(discriminatorStep(options, "target"));
    const start = await store.state();
    await learn.run({ ...pair, learningRate: 1e-3 });
    const learned = await store.state();
    expect(changed(start, learned)).toEqual(
      Object.values(NETWORKS).filter((network) => networksOf(mode).learning.includes(network)),
    );
    const fed = { real: pair.target, fake: pair.source, learningRate: 1e-3 };
    await judge.run(mode === "pix2pix" ? { ...fed, source: pair.source } : fed);
    expect(changed(learned, await store.state())).toEqual([NETWORKS.targetJudge]);
  });

  it.each([
    ["adversarial", [NETWORKS.forward]],
    ["correction", [NETWORKS.forward, NETWORKS.registration]],
    ["smoothness", [NETWORKS.forward, NETWORKS.registration]],
  ] as const)("by the %s alone moves %j", async (term, networks) => {
    const store = newStore();
    const learn = await store.compile(generatorStep(optionsOf("reggan", { ...NO_WEIGHTS, [term]: 1 })));
    const start = await store.state();
    await learn.run({ ...pair, learningRate: 1e-3 });
    expect(changed(start, await store.state())).toEqual(networks);
  });
});

it("the first flow is next to 0, and what it registers next to what it was given", async () => {
  const store = newStore();
  const register = await store.compile(registrationProgram(shape, BATCH));
  const { flow, registered } = await register.run({ translated: pair.source, target: pair.target });
  const most = (values: Iterable<number>) => Math.max(...[...values].map(Math.abs));
  const reached = most(flow!.data as Float32Array);
  expect(reached).toBeGreaterThan(0);
  expect(reached).toBeLessThan(1e-2);
  expect(most((registered!.data as Float32Array).map((value, at) => value - pair.source[at]!))).toBeLessThan(1e-2);
});

describe("updates", () => {
  it("of the same seed are the same to the bit; results are kept for later where the mode shows them again", async () => {
    const run = async (mode: Mode, steps: number) => {
      const store = newStore();
      const updates = await openUpdates((program) => store.compile(program), optionsOf(mode), { seed: 3 });
      const losses = [];
      for (let step = 0; step < steps; step++) losses.push(await updates.step(pair, step, 1e-3));
      return { losses, replayed: updates.replayed };
    };
    for (const mode of ["reggan", "cyclegan"] as const) {
      const [one, other] = [await run(mode, 3), await run(mode, 3)];
      expect(one).toEqual(other);
      expect(one.replayed.target).toHaveLength(mode === "reggan" ? 0 : 3 * BATCH);
      expect(Object.values(one.losses[2]!).every(Number.isFinite)).toBe(true);
    }
  });

  it("bring a translation near its target", async () => {
    const store = newStore();
    const options = optionsOf("reggan");
    const updates = await openUpdates((program) => store.compile(program), options, { seed: 3 });
    const translate = await store.compile(translationProgram(shape, BATCH));
    const distance = async (): Promise<number> => {
      const { image } = await translate.run({ source: pair.source });
      const values = image!.data as Float32Array;
      return values.reduce((sum, value, at) => sum + Math.abs(value - pair.target[at]!), 0) / values.length;
    };
    const start = await distance();
    for (let step = 0; step < 60; step++) await updates.step(pair, step, 2e-3);
    expect(await distance()).toBeLessThan(0.6 * start);
  });
});
