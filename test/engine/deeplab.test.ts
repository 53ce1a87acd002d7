/** @file DeepLab in numbers: what it says, learns and predicts, as PyTorch's (test/fixtures/deeplab/make.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { input, Scope, sizeOf, type Tensor } from "../../src-main/engine/index.ts";
import { loadOnnx, ParameterStore, scalars, type State } from "../../src-main/engine/runtime/index.ts";
import { deeplab } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { crossEntropy, inferStep, sgd, trainStep } from "../../src-main/training/index.ts";

interface Reference {
  weights: number;
  logits: number[];
  losses: number[];
  predicted: number[];
}
const file = join(import.meta.dirname, "../fixtures/deeplab/reference.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Record<"batch" | "group", Reference>;

const RATE = 0.5;
/** One logit in so many is stored. */
const STORED = 61;

/** What make.py fills weights, images and noise with. */
function sines(count: number, number: number, scale = 1, offset = 0): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, index) => offset + scale * Math.sin(0.7 + 1.3 * number + 0.9 * index),
  );
}

describe.each([
  { norm: "batch", width: 2, outputStride: 8, size: [32, 40], places: [4, 5] },
  { norm: "group", width: 4, outputStride: 16, size: [80, 96], places: [5, 6] },
] as const)(
  "with $norm norm and output stride $outputStride as in PyTorch",
  ({ norm, width, outputStride, size, places }) => {
    it("says, learns and predicts the same, also as a model of its own", async () => {
      const shape = [2, 1, ...size];
      const pixels = sizeOf(size);
      const network = (scope: Scope, image: Tensor) =>
        deeplab(scope, image, { classes: 2, width, blocks: [1, 1, 1, 1], norm, outputStride, dropout: RATE });
      const train = trainStep({
        networks: ["network"],
        trained: "network",
        inputs: { image: { shape }, target: { shape: [2, ...size], dtype: "uint8" } },
        loss: ({ network: scope }, { image, target }) => ({ total: crossEntropy(network(scope, image), target) }),
        optimizer: sgd({ weightDecay: 0, momentum: 0 }),
      });
      const say = inferStep({
        name: "say",
        networks: ["network"],
        inputs: { image: { shape } },
        outputs: ({ network: scope }, { image }) => ({ logits: network(scope.in("train"), image) }),
      });
      const predict = inferStep({
        networks: ["network"],
        inputs: { image: { shape } },
        outputs: ({ network: scope }, { image }) => ({ logits: network(scope, image) }),
      });
      const store = new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(1, name) });
      const training = await store.compile(train);
      const [saying, predicting] = [await store.compile(say), await store.compile(predict)];

      const scope = Scope.root("network", { mode: "train" });
      network(scope, input("image", { shape }));
      const parameters = scope.parameters();
      expect(parameters.reduce((sum, one) => sum + sizeOf(one.shape), 0)).toBe(reference[norm].weights);
      const filled: State = Object.fromEntries(
        parameters.map(({ shape: dims, node }, number) => {
          const name = node.leaf?.kind === "state" ? node.leaf.name : "";
          const scale = dims.length > 1 ? 1.5 / Math.sqrt(sizeOf(dims.slice(1))) : 0.2;
          const isScale = /norm[.\d]*\.weight$/.test(name);
          return [name, { shape: dims, data: sines(sizeOf(dims), number, scale, isScale ? 1 : 0) }];
        }),
      );
      await store.restore(filled);

      const image = sines(2 * pixels, 100);
      const target = Uint8Array.from(sines(2 * pixels, 101), (value) => (value > 0 ? 1 : 0));
      const noise = { "network.pyramid.dropout.noise": sines(2 * 4 * width * sizeOf(places), 200, 0.5, 0.5) };
      const close = (values: Float32Array, expected: readonly number[], tolerance: number) => {
        expect(values.length).toBe(2 * 2 * pixels);
        const largest = Math.max(...expected.map((value, index) => Math.abs(value - values[index * STORED]!)));
        expect(largest).toBeLessThan(tolerance);
      };
      const said = await saying.run({ image, ...noise });
      close(said["logits"]!.data as Float32Array, reference[norm].logits, 1e-4); // float32 against float64, twelve norms deep
      for (const expected of reference[norm].losses) {
        const { total } = scalars(await training.run({ image, target, ...noise, learningRate: 0.05 }));
        expect(total).toBeCloseTo(expected, 4);
      }
      // New weights after two updates, and statistics moved twice. Rounding grows some tenfold per update through twelve norms.
      const { logits } = await predicting.run({ image });
      close(logits!.data as Float32Array, reference[norm].predicted, 2e-3);

      // The exported model takes any number of images: here the second alone.
      const model = await loadOnnx(await store.exportOnnx(predict), "cpu");
      const alone = await model.run({ image: { shape: [1, 1, ...size], data: image.subarray(pixels) } });
      const second = (logits!.data as Float32Array).subarray(2 * pixels);
      (alone["logits"]!.data as Float32Array).forEach((value, index) => expect(value).toBeCloseTo(second[index]!, 4));
      await model.release();
      await store.release();
    });
  },
);
