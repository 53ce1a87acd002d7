/** @file The levels over many steps: the search's small steps help, and one pair is learned by heart. */
import { afterEach, expect, it } from "vitest";
import { ParameterStore, scalars } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import type { SynthesisShape } from "./networks.ts";
import {
  architectureStep,
  type ArchitectureOptions,
  discriminatorStep,
  generatorStep,
  segmenterStep,
} from "./programs.ts";

const SIZE = 16;
const AREA = SIZE * SIZE;
const BATCH = 2;
const shape: SynthesisShape = {
  size: SIZE,
  channels: 1,
  classes: 1,
  batchSize: BATCH,
  generator: { width: 4, widest: 8, search: "up" },
  discriminator: { width: 4, halvings: 2, between: 0 },
  segmenter: { width: 4, depth: 1, activation: "silu" },
};
const options: ArchitectureOptions = {
  shape,
  range: { low: 0, high: 1 },
  second: "synthetic",
  gamma: 1,
  weightDecay: 1e-4,
  direction: { way: "exact", route: "direct", length: 1e-3 },
  validationBatch: BATCH,
  architectureDecay: 0,
};

const stores: ParameterStore[] = [];
const newStore = (seed: number): ParameterStore => {
  stores.push(new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(seed, name) }));
  return stores.at(-1)!;
};
afterEach(async () => {
  for (const store of stores.splice(0)) await store.release();
});

/** Discs as label maps [BATCH, SIZE, SIZE]. */
function discs(...key: (string | number)[]): Uint8Array {
  const labelMap = new Uint8Array(BATCH * AREA);
  for (let one = 0; one < BATCH; one++) {
    const random = new Random(...key, one);
    const [x, y, radius] = [random.between(5, 11), random.between(5, 11), random.between(2, 4)];
    for (let place = 0; place < AREA; place++) {
      const isInside = Math.hypot((place % SIZE) - x, Math.floor(place / SIZE) - y) < radius;
      labelMap[one * AREA + place] = +isInside;
    }
  }
  return labelMap;
}

it("most small steps of the search lower the validation loss after the segmenter's step, on the batches that they saw", async () => {
  const store = newStore(1);
  const search = await store.compile(architectureStep(options));
  const learn = await store.compile(segmenterStep(options));
  const noisy = (labelMap: Uint8Array, ...key: (string | number)[]): Float32Array => {
    const random = new Random("image", ...key);
    return Float32Array.from(labelMap, (inside) => 0.3 + 0.4 * inside + 0.1 * random.normal());
  };
  const steps = 40;
  let lowered = 0;
  for (let at = 0; at < steps; at++) {
    const [labelMap, truth] = [discs("training", at), discs("validation", at % 4)];
    const batch = {
      image: noisy(labelMap, at),
      labelMap,
      secondLabelMap: discs("synthetic", at),
      ...drawNoise(learn.program, new Random("noise", at)),
    };
    const feeds = {
      ...batch,
      validationImage: noisy(truth, "validation", at % 4),
      validationLabelMap: truth,
      segmenterRate: 0.5,
    };
    const before = scalars(await search.run({ ...feeds, learningRate: 0.02 }))["total"]!;
    const kept = await store.state();
    const after = scalars(await search.run({ ...feeds, learningRate: 0 }))["total"]!;
    await store.restore(kept); // the second look moved Adam's moments
    if (after < before) lowered++;
    await learn.run({ ...batch, shares: new Float32Array(6).fill(1 / 3), learningRate: 0.01 });
  }
  expect(lowered / steps).toBeGreaterThan(0.6);
});

it("level I learns one pair by heart: the judge tells real from painted, and neither wins for good", async () => {
  const wide: SynthesisShape = {
    ...shape,
    size: 32,
    batchSize: 1,
    generator: { width: 12, widest: 32, search: "up" },
    discriminator: { width: 16, halvings: 2, between: 0 },
  };
  const store = newStore(1);
  const judge = await store.compile(discriminatorStep({ shape: wide, range: { low: 0, high: 1 } }));
  const paint = await store.compile(generatorStep({ shape: wide, range: { low: 0, high: 1 } }));
  const labelMap = Uint8Array.from({ length: 1024 }, (_, at) => +(Math.hypot((at % 32) - 14, (at >> 5) - 17) < 8));
  const random = new Random("pair");
  const image = Float32Array.from(
    labelMap,
    (inside, at) => 0.3 + 0.3 * inside + 0.1 * Math.sin(at) + 0.02 * random.normal(),
  );
  const shares = new Float32Array(9).fill(1 / 3);
  const [distances, judgments]: [number[], number[]] = [[], []];
  for (let at = 0; at < 300; at++) {
    const feeds = { image, labelMap, shares, learningRate: 1e-3 };
    judgments.push(
      scalars(await judge.run({ ...feeds, ...drawNoise(judge.program, new Random("judge", at)) }))["total"]!,
    );
    distances.push(scalars(await paint.run({ ...feeds, ...drawNoise(paint.program, new Random("paint", at)) }))["l1"]!);
  }
  const meanOf = (from: number, to: number): number =>
    judgments.slice(from, to).reduce((sum, value) => sum + value, 0) / (to - from);
  expect(distances.at(-1)).toBeLessThan(0.05);
  // ln 2 is a judge that says the same of both. It tells them apart, and neither wins for good.
  expect(judgments[0]).toBeCloseTo(Math.LN2, 1);
  expect(meanOf(30, 300)).toBeLessThan(0.6);
  expect(meanOf(250, 300)).toBeGreaterThan(0.3);
});
