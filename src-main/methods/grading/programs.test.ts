import { afterEach, expect, it } from "vitest";
import { linearNoise, sharesAt } from "../../diffusion/index.ts";
import { ParameterStore, scalars } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import type { GraderShape } from "./networks.ts";
import { classifierStep, denoiserStep, embeddingProgram, guidanceStep } from "./programs.ts";

const shape: GraderShape = {
  size: 32,
  channels: 1,
  classes: 3,
  trunk: { kind: "narrow", width: 4 },
  regions: { count: 2, side: 8 },
  topShare: 0.5,
  hidden: 16,
  times: 20,
};
const BATCH = 12;
const schedule = linearNoise({ steps: shape.times, first: 5e-3, last: 0.9 });
const stores: ParameterStore[] = [];
const newStore = (): ParameterStore => {
  stores.push(new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(3, name) }));
  return stores.at(-1)!;
};
afterEach(async () => {
  for (const store of stores.splice(0)) await store.release();
});

/** Discs on noise: as many as the grade says, plus one. */
function drawn(seed: number) {
  const random = new Random("graded", seed);
  const grade = Uint8Array.from({ length: BATCH }, (_, at) => at % 3);
  const image = new Float32Array(BATCH * 32 * 32);
  const regions = new Float32Array(BATCH * 2 * 64);
  for (let row = 0; row < BATCH; row++) {
    const discs = Array.from({ length: 1 + grade[row]! }, (_, at) => [6 + 10 * at, random.between(6, 26)] as const);
    for (let at = 0; at < 32 * 32; at++) {
      const isIn = discs.some(([x, y]) => Math.hypot((at % 32) - x, Math.floor(at / 32) - y) < 4);
      image[row * 1024 + at] = (isIn ? 2 : 0) + 0.2 * random.normal();
    }
    for (let at = 0; at < 128; at++) regions[row * 128 + at] = random.normal();
  }
  return { image, regions, grade };
}

it("the classifier and the two looks learn, and the step of one moves the others' weights by nothing", async () => {
  const store = newStore();
  const classify = await store.compile(classifierStep(shape, BATCH));
  const guide = await store.compile(guidanceStep(shape, BATCH, { losses: "all" }));
  const told: Record<string, number>[][] = [[], []];
  for (let step = 0; step < 60; step++) {
    const { image, regions, grade } = drawn(step);
    const before = await store.state();
    told[0]!.push(scalars(await classify.run({ image, grade, learningRate: 5e-3 })));
    const between = await store.state();
    told[1]!.push(scalars(await guide.run({ image, regions, grade, learningRate: 5e-3 })));
    if (step > 0) continue;
    const changed = (from: typeof before, to: typeof before) =>
      new Set(
        Object.keys(from)
          .filter((name) => from[name]!.data.some((value, at) => value !== to[name]!.data[at]))
          .map((name) => name.split(".")[0]!),
      );
    expect(changed(before, between)).toEqual(new Set(["classifier", "classify"]));
    expect(changed(between, await store.state())).toEqual(new Set(["global", "local", "guide"]));
  }
  expect(told[0]!.at(-1)!["total"]).toBeLessThan(0.6 * told[0]![0]!["total"]!);
  expect(told[1]!.at(-1)!["whole"]).toBeLessThan(0.6 * told[1]![0]!["whole"]!);
});

const noises = (step: number) => {
  const random = new Random("noise", step);
  const time = Array.from({ length: BATCH }, () => random.integer(shape.times));
  const shares = time.map((each) => sharesAt(schedule, each));
  const third = new Float32Array(BATCH * 3).fill(1 / 3);
  return {
    time: BigInt64Array.from(time, BigInt),
    signal: Float32Array.from(shares, ({ signal }) => signal),
    deviation: Float32Array.from(shares, ({ noise }) => noise),
    noise: Float32Array.from({ length: BATCH * 3 }, () => random.normal()),
    both: third,
    whole: third,
    close: third,
    learningRate: 1e-2,
  };
};

it.each([0.5, 0])(
  "the denoiser learns, with the look at distributions and without (%s)",
  async (distributionWeight) => {
    const store = newStore();
    const step = await store.compile(denoiserStep(shape, BATCH, { distributionWeight, image: "trained" }));
    const errors: number[] = [];
    for (let at = 0; at < 150; at++) {
      const { image, grade } = drawn(at);
      const { whole, close, ...feeds } = noises(at);
      const outputs = scalars(
        await step.run({ image, grade, ...feeds, ...(distributionWeight > 0 && { whole, close }) }),
      );
      errors.push(outputs["error"]!);
      const distribution = distributionWeight * (outputs["distribution"] ?? 0);
      expect(outputs["total"]).toBeCloseTo(outputs["error"]! + distribution, 5);
    }
    const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
    expect(mean(errors.slice(-10))).toBeLessThan(0.6 * mean(errors.slice(0, 5)));
  },
);

it("with its embeddings given the image's network stays as it is", async () => {
  const store = newStore();
  const embed = await store.compile(embeddingProgram(shape, BATCH));
  const step = await store.compile(denoiserStep(shape, BATCH, { distributionWeight: 0.5, image: "given" }));
  const { image, grade } = drawn(0);
  const { embedded } = await embed.run({ image });
  const before = await store.state();
  await step.run({ embedded: embedded!.data as Float32Array, grade, ...noises(0) });
  const after = await store.state();
  const moved = (network: string) =>
    Object.keys(before).some(
      (name) =>
        name.startsWith(`${network}.`) && before[name]!.data.some((value, at) => value !== after[name]!.data[at]),
    );
  expect(moved("image")).toBe(false);
  expect(moved("denoiser")).toBe(true);
});
