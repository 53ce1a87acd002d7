/** @file States that no gradient trains: running statistics, power iteration; and noise from the host. */
import { describe, expect, it } from "vitest";
import { add, mean, square, sub, type Scope, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { batchNorm, conv2d, dropout } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import {
  decodeTrainState,
  drawNoise,
  ema,
  encodeTrainState,
  inferStep,
  sgd,
  trainStep,
} from "../../src-main/training/index.ts";

const SHAPE = [3, 2, 2, 2];
const COUNT = 12; // per channel
const newStore = () => new ParameterStore({ device: "cpu", random: (name) => new Random(7, name) });
const images = (step: number) => {
  const random = new Random("images", step);
  return Float32Array.from({ length: 24 }, () => 3 + 2 * random.normal());
};
/** Mean and unbiased variance of channel `channel`. */
function statistics(image: Float32Array, channel: number) {
  const values = [...image].filter((_, at) => Math.floor(at / 4) % 2 === channel);
  const average = values.reduce((total, value) => total + value, 0) / COUNT;
  return [average, values.reduce((total, value) => total + (value - average) ** 2, 0) / (COUNT - 1)] as const;
}

const network = (scope: Scope, image: Tensor) =>
  conv2d(scope.at("conv"), batchNorm(scope.at("norm"), image), { channels: 1, kernel: 1 });
const fit = (extra: object = {}) =>
  trainStep({
    networks: ["net"],
    trained: "net",
    inputs: { image: { shape: SHAPE } },
    loss: ({ net }, { image }) => ({ total: mean(square(sub(network(net, image), 1))) }),
    optimizer: sgd(),
    after: [ema({ from: "net", to: "average", decay: 0.5 })],
    ...extra,
  });

describe("running statistics", () => {
  it("move towards each batch, survive a checkpoint to the bit, and are not trained", async () => {
    const whole = newStore();
    const step = await whole.compile(fit());
    expect([...step.program.updates.keys()].filter((name) => name.includes("running"))).toEqual([
      "average.norm.runningMean",
      "average.norm.runningVariance",
      "net.norm.runningMean",
      "net.norm.runningVariance",
    ]);
    const expected = [0, 0, 1, 1]; // means, variances
    for (let at = 0; at < 4; at++) {
      await step.run({ image: images(at), learningRate: 0.1 });
      for (const channel of [0, 1]) {
        const [average, spread] = statistics(images(at), channel);
        expected[channel]! += 0.1 * (average - expected[channel]!);
        expected[2 + channel]! += 0.1 * (spread - expected[2 + channel]!);
      }
    }
    const { "net.norm.runningMean": means, "net.norm.runningVariance": variances } = await whole.state();
    for (const [index, value] of [...means!.data, ...variances!.data].entries())
      expect(value).toBeCloseTo(expected[index]!, 4);

    const first = newStore();
    const half = await first.compile(fit());
    for (const at of [0, 1]) await half.run({ image: images(at), learningRate: 0.1 });
    const resumed = newStore();
    await resumed.restore(decodeTrainState(encodeTrainState({ states: await first.state(), metadata: {} })).states);
    const rest = await resumed.compile(fit());
    for (const at of [2, 3]) await rest.run({ image: images(at), learningRate: 0.1 });
    for (const [name, { data }] of Object.entries(await whole.state()))
      expect((await resumed.state())[name]!.data, name).toEqual(data);
    for (const store of [whole, first, resumed]) await store.release();
  });

  it("are what a prediction normalizes by, and a follower copies them", async () => {
    const store = newStore();
    const step = await store.compile(fit());
    await step.run({ image: images(0), learningRate: 0.1 });
    const state = await store.state();
    expect(state["average.norm.runningMean"]).toEqual(state["net.norm.runningMean"]);
    expect(state["average.conv.weight"]).not.toEqual(state["net.conv.weight"]);
    const predict = await store.compile(
      inferStep({
        networks: ["average"],
        inputs: { image: { shape: SHAPE } },
        outputs: ({ average }, { image }) => ({ y: batchNorm(average.at("norm"), image) }),
      }),
    );
    const { y } = await predict.run({ image: images(9) });
    const now = await store.state();
    const value = (name: string) => now[`average.norm.${name}`]!.data[0]!;
    const expected =
      ((images(9)[0]! - value("runningMean")) / Math.sqrt(value("runningVariance") + 1e-5)) * value("weight") +
      value("bias");
    expect(y!.data[0]).toBeCloseTo(expected, 4);
    await store.release();
  });

  it("move once per call when a network is called twice, and not in the mode predict", async () => {
    const store = newStore();
    const step = await store.compile(
      trainStep({
        networks: ["net"],
        trained: "net",
        inputs: { first: { shape: SHAPE }, second: { shape: SHAPE }, third: { shape: SHAPE } },
        loss: ({ net }, { first, second, third }) => ({
          total: mean(add(add(network(net, first), network(net, second)), network(net.in("predict"), third))),
        }),
        optimizer: sgd(),
      }),
    );
    await step.run({ first: images(0), second: images(1), third: images(2), learningRate: 0 });
    const [a, b] = [statistics(images(0), 0)[0], statistics(images(1), 0)[0]];
    expect((await store.state())["net.norm.runningMean"]!.data[0]).toBeCloseTo(0.9 * (0.1 * a) + 0.1 * b, 5);
    await store.release();
  });

  it("move with every micro-batch when gradients are accumulated", () => {
    const step = fit({ accumulate: 2 });
    expect([...step.updates.keys()]).toContain("net.norm.runningMean");
    expect([...step.accumulation!.apply.updates.keys()]).toContain("average.norm.runningMean");
    expect([...step.accumulation!.apply.updates.keys()]).not.toContain("net.norm.runningMean");
  });
});

describe("spectral norm", () => {
  it("finds the largest singular value over the steps and divides by it", async () => {
    const store = newStore();
    const step = await store.compile(
      trainStep({
        networks: ["net"],
        trained: "net",
        inputs: { image: { shape: [1, 2, 1, 1] } },
        loss: ({ net }, { image }) => {
          const y = conv2d(net, image, { channels: 2, kernel: 1, bias: false, spectral: true });
          return { total: mean(y) };
        },
        optimizer: sgd(),
      }),
    );
    // Singular values of [[3, 0], [4, 5]]: √45 and √5.
    await store.restore({ "net.weight": { shape: [2, 2, 1, 1], data: Float32Array.of(3, 0, 4, 5) } });
    let total = 0;
    for (let at = 0; at < 20; at++) {
      const outputs = await step.run({ image: Float32Array.of(1, 1), learningRate: 0 });
      total = Number(outputs["total"]!.data[0]);
    }
    expect(total).toBeCloseTo(6 / Math.sqrt(45), 5);
    await store.release();
  });
});

describe("dropout", () => {
  const dropped = (rate: number, channels = false) =>
    trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape: [2, 3, 8, 8] } },
      loss: ({ net }, { image }) => {
        const kept = dropout(net.at("drop"), image, { rate, channels });
        return { total: mean(conv2d(net, kept, { channels: 1, kernel: 1 })), share: mean(kept) };
      },
      optimizer: sgd(),
    });

  it("keeps the mean, and takes its noise from an input that the program names", async () => {
    const store = newStore();
    const step = await store.compile(dropped(0.25));
    const noise = drawNoise(step.program, new Random(3, "noise"));
    expect(Object.keys(noise)).toEqual(["net.drop.noise"]);
    const image = new Float32Array(384).fill(1);
    const { share } = await step.run({ image, ...noise, learningRate: 0.1 });
    const kept = noise["net.drop.noise"]!.filter((value) => value >= 0.25).length;
    expect(Number(share!.data[0])).toBeCloseTo(kept / 384 / 0.75, 5);
    expect(Math.abs(Number(share!.data[0]) - 1)).toBeLessThan(0.1);
    await store.release();
  });

  it("drops whole channels with one number each", () => {
    expect(dropped(0.5, true).inputs["net.drop.noise"]!.shape).toEqual([2, 3, 1, 1]);
    expect(() => dropped(1)).toThrow("the rate must be at least 0 and below 1, got 1");
  });

  it("does nothing in a prediction", () => {
    const predict = inferStep({
      networks: ["net"],
      inputs: { image: { shape: [1, 3, 2, 2] } },
      outputs: ({ net }, { image }) => ({ y: add(dropout(net, image, { rate: 0.5 }), 1) }),
    });
    expect(Object.keys(predict.inputs)).toEqual(["image"]);
  });
});
