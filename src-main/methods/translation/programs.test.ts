/** @file The five modes on 16 × 16 pixels: who learns from what, and what stays as it is. */
import { afterEach, describe, expect, it } from "vitest";
import { ParameterStore, scalars, type State } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { inferStep } from "../../training/index.ts";
import type { Compile } from "../training-store.ts";
import { LOSS_WEIGHTS, type LossWeights, type Mode, MODES } from "./modes.ts";
import { judge as judgeOf, NETWORKS, type TranslationShape } from "./networks.ts";
import {
  backwardProgram,
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
    ["reggan", "adversarial", [NETWORKS.forward]],
    ["reggan", "correction", [NETWORKS.forward, NETWORKS.registration]],
    ["reggan", "smoothness", [NETWORKS.forward, NETWORKS.registration]],
    ["cyclegan-registered", "adversarial", [NETWORKS.forward, NETWORKS.backward]],
    ["cyclegan-registered", "cycle", [NETWORKS.forward, NETWORKS.backward]],
  ] as const)("of %s by the %s alone moves %j", async (mode, term, networks) => {
    const store = newStore();
    const learn = await store.compile(generatorStep(optionsOf(mode, { ...NO_WEIGHTS, [term]: 1 })));
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

describe("the verdict of a discriminator on patches", () => {
  const scoresOf = inferStep({
    name: "scores",
    networks: [NETWORKS.targetJudge],
    inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] } },
    outputs: (scopes, { image }) => ({
      scores: judgeOf(scopes[NETWORKS.targetJudge], [image], { ...shape, averagesPatches: false }),
    }),
  });
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

  it.each([true, false])("is averaged before the loss: %s", async (averagesPatches) => {
    const store = newStore();
    const options = { ...optionsOf("nc", { ...NO_WEIGHTS, adversarial: 1 }), shape: { ...shape, averagesPatches } };
    const [score, translate, learn, judge] = [
      await store.compile(scoresOf),
      await store.compile(translationProgram(shape, BATCH)),
      await store.compile(generatorStep(options)),
      await store.compile(discriminatorStep(options, "target")),
    ];
    /** Mean squared distance of the scores to `wanted`, of each image's mean or of each patch. */
    const distance = async (image: Float32Array, wanted: number): Promise<number> => {
      const scores = [...((await score.run({ image }))["scores"]!.data as Float32Array)];
      const patches = scores.length / BATCH;
      expect(patches).toBeGreaterThan(1);
      const images = Array.from({ length: BATCH }, (_, at) => scores.slice(at * patches, (at + 1) * patches));
      return mean(images.map((own) => mean((averagesPatches ? [mean(own)] : own).map((one) => (one - wanted) ** 2))));
    };
    const fake = (await translate.run({ source: pair.source }))["image"]!.data as Float32Array;
    const expected = {
      generator: await distance(fake, 1),
      discriminator: (await distance(pair.target, 1)) + (await distance(fake, 0)),
    };
    const judged = scalars(await judge.run({ real: pair.target, fake, learningRate: 0 }));
    expect(judged["total"]).toBeCloseTo(expected.discriminator, 5);
    const { adversarial } = scalars(await learn.run({ ...pair, learningRate: 0 }));
    expect(adversarial).toBeCloseTo(expected.generator, 5);
  });
});

describe("updates", () => {
  it.each([
    ["reggan", "generator > translate > targetJudge", "after"],
    ["pix2pix", "generator > translate > targetJudge", "after"],
    ["nc", "translate > generator > targetJudge", "before"],
    ["cyclegan", "translate > translate.back > generator > sourceJudge > targetJudge", "before"],
    ["cyclegan-registered", "translate > translate.back > generator > sourceJudge > targetJudge", "before"],
  ] as const)("of %s come in the order %s; judged is what was made %s", async (mode, order, when) => {
    const store = newStore();
    const [ran, judged]: [string[], Record<string, Record<string, unknown>>] = [[], {}];
    const compile: Compile = async (program) => {
      const compiled = await store.compile(program);
      const name = program.name.replace("train.", "");
      return {
        ...compiled,
        run: (feeds) => {
          ran.push(name);
          if (name.endsWith("Judge")) judged[name] = Object.fromEntries(Object.entries(feeds));
          return compiled.run(feeds);
        },
      };
    };
    const updates = await openUpdates(compile, optionsOf(mode), { seed: 3 });
    const there = await store.compile(translationProgram(shape, BATCH));
    const back = await store.compile(backwardProgram(shape, BATCH));
    const made = async () => ({
      targetJudge: (await there.run({ source: pair.source }))["image"]!.data,
      sourceJudge: (await back.run({ target: pair.target }))["image"]!.data,
    });
    const before = await made();
    await updates.step(pair, 0, 1e-3);
    const after = await made();
    expect(ran.join(" > ")).toBe(order);
    expect(after.targetJudge).not.toEqual(before.targetJudge);
    const [is, isNot] = when === "before" ? [before, after] : [after, before];
    for (const [name, fed] of Object.entries(judged) as [keyof typeof is, Record<string, unknown>][]) {
      expect(fed["fake"], name).toEqual(is[name]);
      expect(fed["fake"], name).not.toEqual(isNot[name]);
      expect(fed["real"], name).toBe(name === "targetJudge" ? pair.target : pair.source);
    }
    // Beside the candidate, pix2pix's sees where it comes from.
    expect(judged["targetJudge"]!["source"]).toBe(mode === "pix2pix" ? pair.source : undefined);
  });

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
