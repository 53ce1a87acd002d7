/** @file Three levels on 16 × 16 pixels: each moves only what is its own, and the third goes where the validation loss falls. */
import { afterEach, describe, expect, it } from "vitest";
import { sizeOf } from "../../engine/index.ts";
import { type CompiledProgram, ParameterStore, scalars, type State } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import type { SynthesisShape } from "./networks.ts";
import {
  architectureStep,
  type ArchitectureOptions,
  discriminatorStep,
  generatorStep,
  type HypergradientOptions,
  segmenterStep,
  sharesProgram,
} from "./programs.ts";

const SIZE = 16;
const BATCH = 2;
const shape: SynthesisShape = {
  size: SIZE,
  channels: 1,
  classes: 1,
  batchSize: BATCH,
  generator: { width: 4, widest: 8, search: "up" },
  discriminator: { width: 4, halvings: 2, between: 0 },
  // Smooth and without pooling: what differences measure has no jumps then, which no derivative knows of.
  segmenter: { width: 4, depth: 1, activation: "silu" },
};
const exact: HypergradientOptions = { way: "exact", route: "direct", length: 1e-3 };
const options: ArchitectureOptions = {
  shape,
  range: { low: -2, high: 3 },
  second: "synthetic",
  gamma: 1,
  weightDecay: 1e-4,
  direction: exact,
  validationBatch: 2,
  architectureDecay: 0,
};

const stores: ParameterStore[] = [];
const newStore = (seed = 5): ParameterStore => {
  stores.push(new ParameterStore({ device: "cpu", random: (name) => new Random(seed, name) }));
  return stores.at(-1)!;
};
afterEach(async () => {
  for (const store of stores.splice(0)) await store.release();
});

/** Blobs, brighter than their noisy ground. */
function pairs(...key: (string | number)[]): { image: Float32Array; labelMap: Uint8Array } {
  const image = new Float32Array(BATCH * SIZE * SIZE);
  const labelMap = new Uint8Array(BATCH * SIZE * SIZE);
  for (let one = 0; one < BATCH; one++) {
    const random = new Random(...key, one);
    const [x, y, radius] = [random.between(5, 11), random.between(5, 11), random.between(3, 5)];
    for (let place = 0; place < SIZE * SIZE; place++) {
      const isInside = Math.hypot((place % SIZE) - x, Math.floor(place / SIZE) - y) < radius;
      labelMap[one * SIZE * SIZE + place] = +isInside;
      image[one * SIZE * SIZE + place] = (isInside ? 1 : -0.5) + 0.3 * random.normal();
    }
  }
  return { image, labelMap };
}

function levelThreeFeeds(step: CompiledProgram): Record<string, Float32Array | Uint8Array | number> {
  const validation = pairs(1, "validation");
  return {
    ...pairs(1, "training"),
    secondLabelMap: pairs(1, "other").labelMap,
    validationImage: validation.image,
    validationLabelMap: validation.labelMap,
    segmenterRate: 0.3,
    ...("generatorRate" in step.program.inputs && { generatorRate: 0.02 }),
    ...drawNoise(step.program, new Random(1, "noise")),
  };
}

/** Level III's slope: Adam's first moment after one step is half of it. */
async function slopeOf(changes: Partial<ArchitectureOptions>): Promise<{ slope: number[]; loss: number }> {
  const store = newStore();
  const step = await store.compile(architectureStep({ ...options, ...changes }));
  const outputs = scalars(await step.run({ ...levelThreeFeeds(step), learningRate: 0 }));
  const moment = (await store.state())["train.architecture.first.architecture.logits"]!.data;
  return { slope: Array.from(moment, (value) => 2 * value), loss: outputs["total"]! };
}

const norm = (values: readonly number[]): number => Math.hypot(...values);
const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, place) => sum + value * b[place]!, 0) / (norm(a) * norm(b));
const distance = (a: readonly number[], b: readonly number[]): number =>
  norm(a.map((value, place) => value - b[place]!)) / norm(b);

describe("the hypergradient", () => {
  it("is how the validation loss after a step of the segmenter changes with each number of the architecture", async () => {
    const { slope, loss } = await slopeOf({});
    const store = newStore();
    const step = await store.compile(architectureStep(options));
    const feeds = levelThreeFeeds(step);
    const state = await store.state();
    const lossAt = async (place: number, by: number): Promise<number> => {
      const logits = state["architecture.logits"]!;
      const data = Float32Array.from(logits.data, (value, at) => value + (at === place ? by : 0));
      await store.restore({ ...state, "architecture.logits": { ...logits, data } });
      return scalars(await step.run({ ...feeds, learningRate: 0 }))["total"]!;
    };
    expect(await lossAt(0, 0)).toBeCloseTo(loss, 6);
    const measured: number[] = [];
    for (const place of slope.keys()) measured.push(((await lossAt(place, 0.1)) - (await lossAt(place, -0.1))) / 0.2);
    for (const cell of [slope.slice(0, 3), slope.slice(3)]) expect(norm(cell)).toBeGreaterThan(1e-5);
    expect(distance(slope, measured)).toBeLessThan(0.01);
  });

  it.each([
    ["direct", 0.01],
    ["both", 0.1], // through the rectifiers of generator and discriminator
  ] as const)("by differences is the exact one, route %s", async (route, tolerance) => {
    const { slope } = await slopeOf({ direction: { ...exact, route } });
    const differences = await slopeOf({ direction: { way: "differences", route, length: 1e-2 } });
    expect(distance(differences.slope, slope)).toBeLessThan(tolerance);
  });

  it("through the generator's next weights as well is another, near the direct one", async () => {
    const direct = await slopeOf({});
    const both = await slopeOf({ direction: { ...exact, route: "both" } });
    expect(both.slope).not.toEqual(direct.slope);
    expect(cosine(both.slope, direct.slope)).toBeGreaterThan(0.8);
  });

  it("is zero where synthetic pairs count nothing", async () => {
    const { slope } = await slopeOf({ gamma: 0 });
    expect(slope.every((value) => value === 0)).toBe(true);
  });

  it("doubles with their weight, where the segmenter stays as it is", async () => {
    const rate = 1e-6;
    const at = async (gamma: number): Promise<number[]> => {
      const store = newStore();
      const step = await store.compile(architectureStep({ ...options, gamma }));
      await step.run({ ...levelThreeFeeds(step), segmenterRate: rate, learningRate: 0 });
      return Array.from((await store.state())["train.architecture.first.architecture.logits"]!.data);
    };
    const [once, twice] = [await at(1), await at(2)];
    expect(
      distance(
        twice,
        once.map((value) => 2 * value),
      ),
    ).toBeLessThan(1e-3);
  });

  it.each(["exact", "differences"] as const)("draws no noise but that of the segmenter's own next step: %s", (way) => {
    const wide = { ...options, shape: { ...shape, size: 32 } }; // large enough for dropout
    const noiseOf = ({ inputs }: { inputs: object }) => Object.keys(inputs).filter((name) => name.includes(".noise"));
    const [own, ...others] = noiseOf(segmenterStep(wide));
    expect([own, others]).toEqual(["generator.decoder.1.noise", []]);
    const stepOf = (route: "direct" | "both") => architectureStep({ ...wide, direction: { ...exact, way, route } });
    expect(noiseOf(stepOf("direct"))).toEqual([own]);
    // And another for the generator's own step.
    expect(noiseOf(stepOf("both")).toSorted()).toEqual([own, `${own}.1`]);
  });

  it("of other masks is another: only with the same numbers can two be compared", async () => {
    const { slope } = await slopeOf({});
    const store = newStore();
    const step = await store.compile(architectureStep(options));
    await step.run({ ...levelThreeFeeds(step), secondLabelMap: pairs(9, "other").labelMap, learningRate: 0 });
    const moment = (await store.state())["train.architecture.first.architecture.logits"]!.data;
    expect(
      distance(
        Array.from(moment, (value) => 2 * value),
        slope,
      ),
    ).toBeGreaterThan(0.1);
  });
});

/** Parameters and moments that a step changed, by the first parts of their names. */
function changed(before: State, after: State): string[] {
  const names = Object.keys(after).filter((name) => {
    const old = before[name]?.data;
    return old === undefined || after[name]!.data.some((value, place) => !Object.is(value, old[place]));
  });
  return [
    ...new Set(
      names.map((name) =>
        name
          .split(".")
          .slice(0, name.startsWith("train.") ? 2 : 1)
          .join("."),
      ),
    ),
  ].toSorted();
}

describe("each level moves its own alone", () => {
  const shares = Float32Array.from({ length: 6 }, () => 1 / 3);
  const { image, labelMap } = pairs(2, "training");
  it.each([
    ["discriminator", () => discriminatorStep(options), ["discriminator", "train.discriminator"]],
    ["generator", () => generatorStep(options), ["generator", "train.generator"]],
    ["segmenter", () => segmenterStep(options), ["network", "train.segmenter"]],
    ["architecture", () => architectureStep(options), ["architecture", "train.architecture"]],
    [
      "architecture by both routes",
      () => architectureStep({ ...options, direction: { ...exact, route: "both" } }),
      ["architecture", "train.architecture"],
    ],
    [
      "architecture at random",
      () => architectureStep({ ...options, direction: "random" }),
      ["architecture", "train.architecture"],
    ],
  ])("%s", async (_, build, own) => {
    const store = newStore();
    // All states of the training, so that a step could move any of them.
    for (const make of [discriminatorStep, generatorStep]) await store.compile(make(options));
    await store.compile(segmenterStep(options));
    await store.compile(architectureStep(options));
    const step = await store.compile(build());
    const before = await store.state();
    const known: Record<string, Float32Array | Uint8Array | number> = {
      ...levelThreeFeeds(step),
      image,
      labelMap,
      secondLabelMap: pairs(2, "other").labelMap,
      shares,
      direction: Float32Array.from({ length: 6 }, (__, place) => Math.sin(place + 1)),
      learningRate: 0.01,
    };
    const feeds = Object.fromEntries(Object.keys(step.program.inputs).map((name) => [name, known[name]!]));
    await step.run(feeds);
    expect(changed(before, await store.state())).toEqual(own);
  });

  it("a step of the architecture with rate 0 leaves all weights to the bit", async () => {
    const store = newStore();
    const step = await store.compile(architectureStep({ ...options, direction: { ...exact, way: "differences" } }));
    const before = await store.state();
    await step.run({ ...levelThreeFeeds(step), learningRate: 0 });
    expect(changed(before, await store.state())).toEqual(["train.architecture"]);
  });
});

it("twenty steps lower the validation loss after the segmenter's next step, and shares stay shares", async () => {
  const store = newStore();
  const step = await store.compile(architectureStep(options));
  const shares = await store.compile(sharesProgram(shape));
  const feeds = levelThreeFeeds(step);
  const losses: number[] = [];
  for (let at = 0; at < 20; at++) losses.push(scalars(await step.run({ ...feeds, learningRate: 0.05 }))["total"]!);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
  const falls = losses.slice(1).filter((loss, place) => loss < losses[place]!).length;
  expect(falls / (losses.length - 1)).toBeGreaterThan(0.6);
  const { data } = (await shares.run({})).shares as { data: Float32Array };
  for (const row of [data.subarray(0, 3), data.subarray(3, 6)]) {
    expect(row.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5);
    expect(Math.max(...row)).toBeGreaterThan(0.35);
  }
});

it("a segmenter without a second half, or with given images, takes what it is told to", () => {
  expect(Object.keys(segmenterStep({ ...options, second: "none" }).inputs)).toEqual([
    "image",
    "labelMap",
    "learningRate",
  ]);
  expect(Object.keys(segmenterStep({ ...options, second: "given" }).inputs)).toContain("secondImage");
  expect(sizeOf(segmenterStep(options).inputs["shares"]!.shape)).toBe(6);
});
