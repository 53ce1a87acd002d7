/** @file Real trainings: the loss falls, the same seed gives the same bits, a resumed training too. */
import { describe, expect, it } from "vitest";
import { mean, relu, softmax, sub, type Scope, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore, scalars } from "../../src-main/engine/runtime/index.ts";
import { conv2d, unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  adamW,
  cosineRate,
  decodeTrainState,
  diceCrossEntropy,
  ema,
  encodeTrainState,
  inferStep,
  meanSquaredError,
  sgd,
  stepCount,
  trainStep,
} from "../../src-main/training/index.ts";

const SIZE = 32;
const BATCH = 4;
const network = (scope: Scope, image: Tensor) => unet(scope, image, { classes: 2, width: 8, depth: 3 });

const train = trainStep({
  networks: ["network"],
  trained: "network",
  inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] }, labelMap: { shape: [BATCH, SIZE, SIZE], dtype: "uint8" } },
  loss: (scopes, { image, labelMap }) => ({ total: diceCrossEntropy(network(scopes.network, image), labelMap) }),
  optimizer: adamW(),
  clipNorm: 12,
  after: [ema({ from: "network", to: "average", decay: 0.9 })],
});

/** Bright discs on noise, drawn for one step: any step can be drawn without those before it. */
function drawBatch(step: number) {
  const random = new Random("discs", step);
  const image = new Float32Array(BATCH * SIZE * SIZE);
  const labelMap = new Uint8Array(image.length);
  for (let one = 0; one < BATCH; one++) {
    const [centerX, centerY, radius] = [random.between(8, 24), random.between(8, 24), random.between(4, 8)];
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      const isInside = Math.hypot((pixel % SIZE) - centerX, Math.floor(pixel / SIZE) - centerY) < radius;
      const at = one * SIZE * SIZE + pixel;
      labelMap[at] = isInside ? 1 : 0;
      image[at] = (isInside ? 1 : 0) + 0.5 * random.normal();
    }
  }
  return { image, labelMap };
}

const rate = cosineRate({ rate: 5e-3, steps: 20 });
const newStore = () => new ParameterStore({ device: "cpu", random: (name) => new Random(11, name) });

/** Trains from update `from` up to `to`; returns the losses. */
async function trainFor(store: ParameterStore, from: number, to: number): Promise<number[]> {
  const compiled = await store.compile(train);
  const losses: number[] = [];
  for (let step = from; step < to; step++) {
    losses.push(scalars(await compiled.run({ ...drawBatch(step), learningRate: rate(step) }))["total"]!);
  }
  await compiled.release();
  return losses;
}

describe("a small U-Net", () => {
  it("learns in 20 updates, repeats to the bit, and resumes to the bit from a checkpoint file", async () => {
    const whole = newStore();
    const losses = await trainFor(whole, 0, 20);
    expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!);
    const bytes = encodeTrainState({ states: await whole.state(), metadata: {} });
    expect(stepCount(decodeTrainState(bytes))).toBe(20);

    const repeated = newStore();
    expect(await trainFor(repeated, 0, 20)).toEqual(losses);
    expect(
      Buffer.from(encodeTrainState({ states: await repeated.state(), metadata: {} })).equals(Buffer.from(bytes)),
    ).toBe(true);

    const first = newStore();
    await trainFor(first, 0, 9);
    const checkpoint = encodeTrainState({ states: await first.state(), metadata: { sampler: "9" } });
    await first.release();
    const resumed = newStore();
    const saved = decodeTrainState(checkpoint);
    expect({ ...saved.metadata }).toEqual({ sampler: "9" });
    await resumed.restore(saved.states);
    expect(await trainFor(resumed, 9, 20)).toEqual(losses.slice(9));
    // The order of names may differ after a restore; the numbers may not.
    const [a, b] = [await whole.state(), await resumed.state()];
    expect(Object.keys(b).sort()).toEqual(Object.keys(a).sort());
    for (const [name, { data }] of Object.entries(a)) {
      expect(Buffer.from(b[name]!.data.buffer).equals(Buffer.from(data.buffer)), name).toBe(true);
    }
  });

  it("predicts with the average at another batch size while training goes on", async () => {
    const store = newStore();
    const step = await store.compile(train);
    const predict = inferStep({
      networks: ["average"],
      inputs: { image: { shape: [1, 1, SIZE, SIZE] } },
      outputs: ({ average }, { image }) => ({ probabilities: softmax(network(average, image), { axis: 1 }) }),
    });
    const predicting = await store.compile(predict);
    const image = drawBatch(0).image.slice(0, SIZE * SIZE);
    const before = (await predicting.run({ image }))["probabilities"]!.data as Float32Array;
    await Promise.all([0, 1, 2].map((at) => step.run({ ...drawBatch(at), learningRate: 1e-2 }))); // queued, not mixed up
    const after = (await predicting.run({ image }))["probabilities"]!.data as Float32Array;
    expect(after).not.toEqual(before);
    expect(Math.abs(after[0]! + after[SIZE * SIZE]! - 1)).toBeLessThan(1e-6);
    expect((await store.state())["train.step"]!.data[0]).toBe(3);
    await store.release();
  });
});

describe("averages", () => {
  it("start as a copy and follow the updated weights", async () => {
    const step = trainStep({
      networks: ["fast"],
      trained: "fast",
      inputs: { image: { shape: [1, 1, 4, 4] } },
      loss: ({ fast }, { image }) => ({ total: mean(conv2d(fast, image, { channels: 1, kernel: 1 })) }),
      optimizer: sgd(),
      after: [ema({ from: "fast", to: "slow", decay: 0.75 })],
    });
    const store = newStore();
    const compiled = await store.compile(step);
    const start = await store.state();
    expect(start["slow.weight"]).toEqual(start["fast.weight"]);
    await compiled.run({ image: new Float32Array(16).fill(1), learningRate: 1 });
    const { "fast.weight": fast, "slow.weight": slow } = await store.state();
    expect(fast!.data[0]!).toBeCloseTo(start["fast.weight"]!.data[0]! - 1, 6); // d mean / dw = 1
    expect(slow!.data[0]!).toBeCloseTo(start["fast.weight"]!.data[0]! - 0.25, 6);
    await store.release();
  });
});

describe("two networks, two steps, one store", () => {
  it("each step changes only what it trains and keeps its own moments", async () => {
    const inputs = { image: { shape: [1, 1, 4, 4] } } as const;
    const draw = (scope: Scope, image: Tensor) => relu(conv2d(scope, image, { channels: 1, kernel: 3 }));
    const loss = ({ a, b }: { a: Scope; b: Scope }, { image }: { image: Tensor }) => ({
      total: meanSquaredError(draw(a, image), sub(1, draw(b, image))),
    });
    const networks = ["a", "b"] as const;
    const store = newStore();
    const first = await store.compile(
      trainStep({ name: "first", networks, trained: "a", inputs, loss, optimizer: adamW() }),
    );
    const second = await store.compile(
      trainStep({ name: "second", networks, trained: "b", inputs, loss, optimizer: adamW() }),
    );
    const feeds = { image: Float32Array.from({ length: 16 }, (_, i) => Math.cos(i)), learningRate: 0.1 };
    const start = await store.state();
    await first.run(feeds);
    const middle = await store.state();
    expect(middle["a.weight"]).not.toEqual(start["a.weight"]);
    expect(middle["b.weight"]).toEqual(start["b.weight"]);
    await second.run(feeds);
    const end = await store.state();
    expect(end["a.weight"]).toEqual(middle["a.weight"]);
    expect(end["b.weight"]).not.toEqual(middle["b.weight"]);
    expect([end["first.step"]!.data[0], end["second.step"]!.data[0]]).toEqual([1, 1]);
    await store.release();
  });
});
