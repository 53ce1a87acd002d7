/** @file The training step of this method, small, written with the library as it is: it must not need a change of the engine. */
import { describe, expect, it } from "vitest";
import {
  add,
  concat,
  convolutionInputGradient,
  div,
  leakyRelu,
  mean,
  mul,
  pad,
  reshape,
  sigmoid,
  silu,
  slice,
  softmax,
  stopGradient,
  sub,
  sumOver,
  type Scope,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { conv2d, instanceNorm, normal } from "../../../src-main/networks/index.ts";
import {
  adam,
  adamW,
  binaryCrossEntropyWithLogits,
  logisticAdversarial,
  meanAbsoluteError,
  trainStep,
  unrolledGradient,
  withGradients,
} from "../../../src-main/training/index.ts";
import { SIDE, discs, ends, newStore, repeat } from "./sketches.ts";

describe("GenSeg: the architecture of the generator follows the validation loss through the segmenter's step", () => {
  const BATCH = 2;
  const shape = [BATCH, 1, SIDE, SIDE] as const;

  /** Three transposed convolutions mixed by a softmax, as the one 8-2-3 kernel that they sum to. */
  const cell = (scope: Scope, x: Tensor, architecture: Tensor, channels: number) => {
    const weights = softmax(architecture, { axis: 1 }); // [1, 3]
    const kernels = [4, 6, 8].map((kernel, index) => {
      const weight = scope.parameter(`weight.${kernel}`, {
        shape: [x.shape[1]!, channels, kernel, kernel],
        init: normal(0.1),
      });
      const border = (8 - kernel) / 2;
      const around = [0, 0, border, border];
      const share = reshape(slice(weights, { axes: [1], starts: [index], ends: [index + 1] }), { to: [] });
      return mul(pad(weight, { before: around, after: around, value: 0 }), share);
    });
    const merged = add(add(kernels[0]!, kernels[1]!), kernels[2]!);
    const size = x.shape.slice(2).map((length) => 2 * length);
    const attrs = { stride: [2, 2], padding: [3, 3], dilation: [1, 1], groups: 1, inputSize: size };
    return convolutionInputGradient(x, merged, attrs);
  };
  const generator = (scope: Scope, mask: Tensor, search: Scope) => {
    const architecture = search.parameter("row.0", { shape: [1, 3], init: normal(1e-3) });
    const encoded = leakyRelu(conv2d(scope.at("down"), mask, { channels: 4, kernel: 4, stride: 2, padding: 1 }), {
      slope: 0.2,
    });
    return sigmoid(cell(scope.at("up"), instanceNorm(scope.at("norm"), encoded), architecture, 1));
  };
  const discriminator = (scope: Scope, mask: Tensor, image: Tensor) => {
    const pair = concat([mask, image], { axis: 1 });
    const first = leakyRelu(conv2d(scope.at("0"), pair, { channels: 4, kernel: 4, stride: 2, padding: 1 }), {
      slope: 0.2,
    });
    return conv2d(scope.at("1"), first, { channels: 1, kernel: 4, padding: 1 });
  };
  const segmenter = (scope: Scope, image: Tensor) => {
    const first = silu(instanceNorm(scope.at("norm"), conv2d(scope.at("0"), image, { channels: 4, kernel: 3 })));
    return conv2d(scope.at("head"), first, { channels: 1, kernel: 1 });
  };
  const overlap = (logits: Tensor, truth: Tensor) => {
    const p = sigmoid(logits);
    const axes = [1, 2, 3];
    const both = sumOver(mul(p, truth), { axes });
    return mean(sub(1, div(add(mul(both, 2), 1), add(add(sumOver(p, { axes }), sumOver(truth, { axes })), 1))));
  };
  const segmentation = (scope: Scope, image: Tensor, truth: Tensor) => {
    const logits = segmenter(scope, image);
    return add(binaryCrossEntropyWithLogits(logits, truth), overlap(logits, truth));
  };
  const pair = { image: { shape }, mask: { shape } } as const;

  it("all three levels take their steps on one store", async () => {
    const levelOne = trainStep({
      name: "gan",
      networks: ["g", "h", "a"],
      trained: "g",
      inputs: pair,
      loss({ g, h, a }, { image, mask }) {
        const fake = generator(g, mask, a);
        const adversarial = logisticAdversarial.generator(discriminator(h, mask, fake));
        const distance = meanAbsoluteError(fake, image);
        return { total: add(adversarial, mul(distance, 100)), adversarial, distance };
      },
      optimizer: adam({ beta1: 0.5 }),
    });
    const levelTwo = trainStep({
      name: "segment",
      networks: ["s", "g", "a"],
      trained: "s",
      inputs: { ...pair, deformed: { shape } },
      loss({ s, g, a }, { image, mask, deformed }) {
        const synthetic = stopGradient(generator(g, deformed, a));
        const [real, made] = [segmentation(s, image, mask), segmentation(s, synthetic, deformed)];
        return { total: add(real, made), real, made };
      },
      optimizer: adamW(),
    });
    const levelThree = trainStep({
      name: "search",
      networks: ["a", "s", "g"],
      trained: "a",
      inputs: { ...pair, deformed: { shape }, seen: { shape }, seenMask: { shape } },
      loss({ a, s, g }, { image, mask, deformed, seen, seenMask }) {
        const validation = segmentation(s, image, mask);
        const inner = add(segmentation(s, seen, seenMask), segmentation(s, generator(g, deformed, a), deformed));
        const wrt = a.parameters();
        const slopes = unrolledGradient({
          outer: validation,
          steps: [{ loss: inner, weights: s.parameters(), rate: 0.1 }],
          wrt,
        });
        return { total: withGradients(validation, wrt, slopes) };
      },
      optimizer: adam({ beta1: 0.5 }),
    });
    const store = newStore();
    const [seen, held] = [discs(BATCH), discs(BATCH)];
    const deformed = seen.mask.toReversed();
    const gan = await repeat(store, levelOne, { image: seen.image, mask: seen.mask, learningRate: 5e-3 }, 30);
    const [first, last] = ends(gan, "distance");
    expect(last).toBeLessThan(0.7 * first);
    const segment = { image: seen.image, mask: seen.mask, deformed, learningRate: 1e-2 };
    const [before, after] = ends(await repeat(store, levelTwo, segment, 30), "total");
    expect(after).toBeLessThan(0.8 * before);
    const start = await store.state();
    const search = { image: held.image, mask: held.mask, deformed, seen: seen.image, seenMask: seen.mask };
    await repeat(store, levelThree, { ...search, learningRate: 1e-2 }, 2);
    const end = await store.state();
    expect(end["a.row.0"]).not.toEqual(start["a.row.0"]);
    for (const name of ["g.down.weight", "s.head.weight"]) expect(end[name]).toEqual(start[name]);
    await store.release();
  });
});
