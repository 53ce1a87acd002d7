/**
 * @file The hypergradient of GenSeg's own program beside an independent one in float64: networks so small that both virtual steps can be done
 * anew for each number of the architecture.
 */
import { afterAll, describe, expect, it } from "vitest";
import { defineProgram, input, Scope, type Tensor } from "../../src-main/engine/index.ts";
import { type CompiledProgram, ParameterStore, type State } from "../../src-main/engine/runtime/index.ts";
import { architectureStep, lookahead } from "../../src-main/methods/mask-to-image/programs.ts";
import { Random } from "../../src-main/random/index.ts";
import { differenceGradient } from "../../src-main/training/index.ts";
import type { Images, Weights } from "../reference/small-layers.ts";
import {
  levelOne,
  levelTwo,
  type Levels,
  slopeByDifferences,
  slopeByMoving,
  type Task,
} from "../reference/three-levels.ts";
import { toyNetworks } from "./toy-networks.ts";

const [SIDE, BATCH] = [8, 2];
const SEEDS = Array.from({ length: 8 }, (_, seed) => seed + 1);
/** Of the virtual steps; that of the generator so large that its route counts as much as the direct one. */
const RATES = { segmenterRate: 0.1, generatorRate: 0.05 };
/** Twenty times what generators learn with. */
const SMALL_GENERATOR_RATE = 0.004;
/** Of synthetic pairs. */
const GAMMA = 0.7;
/** Of slopes in float32, relative. */
const TOLERANCE = 1e-3;

const base = {
  shape: {
    size: SIDE,
    channels: 1,
    classes: 1,
    batchSize: BATCH,
    generator: { width: 4, widest: 4, search: "up" },
    discriminator: { width: 4, halvings: 2, between: 0 },
    segmenter: { width: 4, depth: 1 },
  },
  range: { low: 0, high: 1 },
  second: "synthetic",
  weightDecay: 0,
  validationBatch: BATCH,
  architectureDecay: 0,
  networks: toyNetworks,
} as const;

interface Asked {
  way: "exact" | "differences";
  route: "direct" | "both";
  length?: number;
  gamma?: number;
}
const optionsOf = ({ way, route, length = 1e-3, gamma = GAMMA }: Asked) => ({
  ...base,
  gamma,
  direction: { way, route, length },
});

const SHAPES: Record<string, readonly number[]> = {
  "architecture.logits": [1, 3],
  "generator.in.weight": [4, 1, 3, 3],
  "generator.in.bias": [4],
  "generator.kernel3.weight": [1, 4, 3, 3],
  "generator.kernel3.bias": [1],
  "generator.kernel5.weight": [1, 4, 5, 5],
  "generator.kernel5.bias": [1],
  "generator.kernel7.weight": [1, 4, 7, 7],
  "generator.kernel7.bias": [1],
  "discriminator.weight": [1, 2, 3, 3],
  "discriminator.bias": [1],
  "network.in.weight": [4, 1, 3, 3],
  "network.in.bias": [4],
  "network.out.weight": [1, 4, 3, 3],
  "network.out.bias": [1],
};

/** As float32, so that both sides start from the same numbers. */
function drawWeights(seed: number): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(SHAPES).map(([name, shape]) => {
      const random = new Random("toy", seed, name);
      const fanIn = shape.slice(1).reduce((product, length) => product * length, 1);
      const deviation = name === "architecture.logits" ? 0.3 : shape.length === 1 ? 0.1 : 1 / Math.sqrt(fanIn);
      const count = shape.reduce((product, length) => product * length, 1);
      return [name, Float32Array.from({ length: count }, () => deviation * random.normal())];
    }),
  );
}

function drawImages(...key: (string | number)[]): Float32Array {
  const random = new Random("toy image", ...key);
  return Float32Array.from({ length: BATCH * SIDE * SIDE }, () => random.uniform());
}
const drawMask = (...key: (string | number)[]): Uint8Array =>
  Uint8Array.from(drawImages("mask", ...key), (value) => +(value > 0.5));

const drawFeeds = (seed: number) => ({
  image: drawImages(seed, "training"),
  labelMap: drawMask(seed, "training"),
  secondLabelMap: drawMask(seed, "deformed"),
  validationImage: drawImages(seed, "validation"),
  validationLabelMap: drawMask(seed, "validation"),
});

const imagesOf = (data: ArrayLike<number>): Images => ({
  count: BATCH,
  channels: 1,
  side: SIDE,
  data: Float64Array.from(data),
});

function levelsOf(weights: Record<string, Float32Array>): Levels {
  const partOf = (network: string): Weights =>
    Object.fromEntries(
      Object.entries(weights)
        .filter(([name]) => name.startsWith(`${network}.`))
        .map(([name, data]) => [name.slice(network.length + 1), Float64Array.from(data)]),
    );
  return {
    generator: partOf("generator"),
    discriminator: partOf("discriminator"),
    segmenter: partOf("network"),
    architecture: Float64Array.from(weights["architecture.logits"]!),
  };
}

function taskOf(seed: number, { route = "both", gamma = GAMMA }: Partial<Asked> = {}): Task {
  const feeds = drawFeeds(seed);
  return {
    training: { image: imagesOf(feeds.image), mask: imagesOf(feeds.labelMap) },
    deformed: imagesOf(feeds.secondLabelMap),
    validation: { image: imagesOf(feeds.validationImage), mask: imagesOf(feeds.validationLabelMap) },
    gamma,
    ...RATES,
    ...(route === "direct" && { generatorRate: 0 }),
  };
}

const norm = (values: readonly number[]): number => Math.hypot(...values);
const distance = (a: readonly number[], b: readonly number[]): number =>
  norm(a.map((value, at) => value - b[at]!)) / norm(b);
const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0) / (norm(a) * norm(b));

const ROUTES = ["direct", "both"] as const;

describe("in float64", () => {
  it("first gradients are what differences of the losses say", () => {
    const [levels, task] = [levelsOf(drawWeights(1)), taskOf(1)];
    const h = 1e-6;
    for (const [loss, parts] of [
      [levelTwo, ["segmenter", "generator", "architecture"]],
      [levelOne, ["generator", "architecture"]],
    ] as const) {
      for (const part of parts) {
        const slopes = (loss(levels, task) as Partial<Record<typeof part, Weights | Float64Array>>)[part]!;
        const named = slopes instanceof Float64Array ? { "": slopes } : slopes;
        for (const [name, values] of Object.entries(named)) {
          const from = levels[part];
          const at = (place: number, by: number): number => {
            const moved = (all: Float64Array): Float64Array =>
              all.map((value, index) => value + (index === place ? by : 0));
            const changed = from instanceof Float64Array ? moved(from) : { ...from, [name]: moved(from[name]!) };
            return loss({ ...levels, [part]: changed }, task).value;
          };
          const places = [...values.keys()].filter((place) => place % 5 === 0);
          const measured = places.map((place) => (at(place, h) - at(place, -h)) / (2 * h));
          const own = places.map((place) => values[place]!);
          expect(distance(own, measured), `${loss.name} by ${part} ${name}`).toBeLessThan(1e-6);
        }
      }
    }
  });

  describe.each(ROUTES)("route %s", (route) => {
    it("differences of first gradients give what both steps, done anew for each number, give", () => {
      for (const seed of SEEDS) {
        const [levels, task] = [levelsOf(drawWeights(seed)), taskOf(seed, { route })];
        const near = slopeByDifferences(levels, task, { length: 1e-4 });
        expect(distance(near, slopeByMoving(levels, task)), `seed ${seed}`).toBeLessThan(1e-5);
      }
    });

    it("a third of their length changes next to nothing", () => {
      for (const seed of SEEDS) {
        const [levels, task] = [levelsOf(drawWeights(seed)), taskOf(seed, { route })];
        const [whole, third] = [1e-3, 1e-3 / 3].map((length) => slopeByDifferences(levels, task, { length }));
        expect(distance(third!, whole!), `seed ${seed}`).toBeLessThan(0.01);
      }
    });

    it("masks redrawn between their two passes are seen, by more than ten times the tolerance", () => {
      for (const seed of SEEDS) {
        const [levels, task] = [levelsOf(drawWeights(seed)), taskOf(seed, { route })];
        const redrawn = imagesOf(drawMask(seed, "redrawn"));
        const near = slopeByDifferences(levels, task, { length: 1e-3, redrawn });
        expect(distance(near, slopeByMoving(levels, task)), `seed ${seed}`).toBeGreaterThan(10 * TOLERANCE);
      }
    });
  });
});

describe("the program of level III", () => {
  const store = new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(1, name) });
  afterAll(() => store.release());

  interface Opened {
    start: State;
    step: CompiledProgram;
  }
  async function open(asked: Asked): Promise<Opened> {
    const step = await store.compile(architectureStep(optionsOf(asked)));
    return { step, start: await store.state() };
  }

  const restoreWeights = async (start: State, seed: number): Promise<void> => {
    const weights = Object.entries(drawWeights(seed)).filter(([name]) => name in start);
    const own = Object.fromEntries(weights.map(([name, data]) => [name, { ...start[name]!, data }]));
    await store.restore({ ...start, ...own } as State);
  };
  const feedsOf = ({ program }: CompiledProgram, seed: number, rates: Record<string, number>) => {
    const known: Record<string, Float32Array | Uint8Array | number> = { ...drawFeeds(seed), ...rates };
    return Object.fromEntries(Object.keys(program.inputs).map((name) => [name, known[name]!]));
  };

  /** Adam's first moment after one step is half of the slope. */
  async function slopeOf({ start, step }: Opened, seed: number, rates: Partial<typeof RATES> = {}): Promise<number[]> {
    await restoreWeights(start, seed);
    await step.run(feedsOf(step, seed, { ...RATES, ...rates, learningRate: 0 }));
    const moment = (await store.state())["train.architecture.first.architecture.logits"]!.data;
    await store.restore(start);
    return Array.from(moment, (value) => 2 * value);
  }

  it.each(ROUTES.flatMap((route) => (["exact", "differences"] as const).map((way) => [way, route] as const)))(
    "gives what both steps, done anew in float64, give: %s, route %s",
    async (way, route) => {
      const opened = await open({ way, route });
      for (const seed of SEEDS) {
        const slope = await slopeOf(opened, seed);
        const expected = slopeByMoving(levelsOf(drawWeights(seed)), taskOf(seed, { route }));
        expect(distance(slope, expected), `seed ${seed}`).toBeLessThan(way === "exact" ? TOLERANCE / 10 : TOLERANCE);
        expect(cosine(slope, expected), `seed ${seed}`).toBeGreaterThan(0.9999);
      }
    },
  );

  it("by the direct route alone points where both routes do, where the generator's step is small", async () => {
    const opened = await open({ way: "exact", route: "direct" });
    for (const seed of SEEDS) {
      const task = { ...taskOf(seed), generatorRate: SMALL_GENERATOR_RATE };
      const expected = slopeByMoving(levelsOf(drawWeights(seed)), task);
      const slope = await slopeOf(opened, seed);
      expect(cosine(slope, expected), `seed ${seed}`).toBeGreaterThan(0.95);
      expect(distance(slope, expected), `seed ${seed}`).toBeGreaterThan(2 * TOLERANCE); // the other route is there
    }
  });

  it("doubles by the direct route with the weight of synthetic pairs, where the segmenter stays as it is", async () => {
    const rates = { segmenterRate: 1e-6 };
    for (const way of ["exact", "differences"] as const) {
      const once = await slopeOf(await open({ way, route: "direct", gamma: 1 }), 1, rates);
      const twice = await slopeOf(await open({ way, route: "direct", gamma: 2 }), 1, rates);
      expect(norm(once)).toBeGreaterThan(0);
      expect(distance(twice, [...once.map((value) => 2 * value)]), way).toBeLessThan(TOLERANCE);
    }
  });

  it.each(ROUTES)("by differences is the same with the real half computed too, route %s", async (route) => {
    const options = optionsOf({ way: "differences", route });
    const { inputs } = architectureStep(options);
    const fed = Object.fromEntries(
      Object.entries(inputs)
        .filter(([name]) => name !== "learningRate")
        .map(([name, { shape, dtype }]) => [name, input(name, { shape, dtype })]),
    );
    const scopes = Object.fromEntries(
      ["architecture", "generator", "discriminator", "network"].map((name) => [name, Scope.root(name)]),
    );
    const asked = lookahead(scopes, fed, options);
    const whole = { ...asked, steps: asked.steps.map(({ loss, weights, rate }) => ({ loss, weights, rate })) };
    const outputs: Record<string, Tensor> = {
      half: differenceGradient(asked)[0]!,
      whole: differenceGradient(whole)[0]!,
    };
    const program = await store.compile(defineProgram({ name: "halves", inputs: Object.values(fed), outputs }));
    const start = await store.state();
    for (const seed of SEEDS) {
      await restoreWeights(start, seed);
      const found = await program.run(feedsOf(program, seed, RATES));
      const numbers = (name: string) => [...(found[name]!.data as Float32Array)];
      expect(distance(numbers("half"), numbers("whole")), `seed ${seed}`).toBeLessThan(TOLERANCE);
    }
  });
});
