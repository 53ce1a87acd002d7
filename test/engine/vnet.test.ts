/**
 * @file The V-Net in numbers: what it says, learns and predicts, as PyTorch's (test/fixtures/vnet/make.py), and its gradients against finite
 * differences.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { input, Scope, sizeOf, type Tensor } from "../../src-main/engine/index.ts";
import { ParameterStore, scalars, type State } from "../../src-main/engine/runtime/index.ts";
import { vnet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { crossEntropy, inferStep, sgd, trainStep } from "../../src-main/training/index.ts";
import { checkGradient } from "./evaluate.ts";

interface Reference {
  weights: number;
  logits: number[];
  losses: number[];
  predicted: number[];
}
const file = join(import.meta.dirname, "../fixtures/vnet/reference.json");
const reference = JSON.parse(readFileSync(file, "utf8")) as Record<"batch" | "instance", Reference>;

const shape = [2, 1, 4, 8, 4] as const;
const RATE = 0.5;

/** What make.py fills weights, images and noise with. */
function sines(count: number, number: number, scale = 1, offset = 0): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    { length: count },
    (_, index) => offset + scale * Math.sin(0.7 + 1.3 * number + 0.9 * index),
  );
}

describe.each(["batch", "instance"] as const)("with %s norm as in PyTorch", (norm) => {
  it("says, learns and predicts the same", async () => {
    const network = (scope: Scope, image: Tensor) =>
      vnet(scope, image, { classes: 2, width: 2, depth: 3, norm, dropout: RATE });
    const train = trainStep({
      networks: ["network"],
      trained: "network",
      inputs: { image: { shape }, target: { shape: [2, 4, 8, 4], dtype: "uint8" } },
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
      parameters.map((parameter, number) => {
        const { shape: size, node } = parameter;
        const name = node.leaf?.kind === "state" ? node.leaf.name : "";
        const isMatrix = size.length > 1;
        const scale = isMatrix ? 1.5 / Math.sqrt(sizeOf(size.slice(1))) : 0.2;
        const offset = name.endsWith("norm.weight") ? 1 : 0;
        return [name, { shape: size, data: sines(sizeOf(size), number, scale, offset) }];
      }),
    );
    await store.restore(filled);

    const image = sines(256, 100);
    const target = Uint8Array.from(sines(256, 101), (value) => (value > 0 ? 1 : 0));
    const noise = {
      "network.encoder.dropout.noise": sines(16, 200, 0.5, 0.5),
      "network.decoder.dropout.noise": sines(4, 201, 0.5, 0.5),
    };
    const close = (values: Float32Array, expected: readonly number[], tolerance: number) => {
      const largest = Math.max(...expected.map((value, index) => Math.abs(value - values[index]!)));
      expect(largest).toBeLessThan(tolerance);
    };
    const said = await saying.run({ image, ...noise });
    close(said["logits"]!.data as Float32Array, reference[norm].logits, 2e-5); // float32 against float64
    for (const expected of reference[norm].losses) {
      const { total } = scalars(await training.run({ image, target, ...noise, learningRate: 0.05 }));
      expect(total).toBeCloseTo(expected, 4);
    }
    // A new weight after three steps, and statistics moved three times.
    const { logits } = await predicting.run({ image });
    close((logits!.data as Float32Array).subarray(256), reference[norm].predicted, 2e-3);
    await store.release();
  });
});

it.each(["batch", "instance"] as const)("gradients with %s norm agree with finite differences", async (norm) => {
  const image = input("image", { shape: [1, 1, 2, 4, 2] });
  const scope = Scope.root("network", { mode: "train" });
  const logits = vnet(scope, image, { classes: 2, width: 2, depth: 2, norm });
  const random = new Random("vnet", 4);
  const feeds = { image: Float32Array.from({ length: 16 }, () => random.normal()) };
  await checkGradient({ y: logits, inputs: [image], feeds, wrt: [["image", image]], order: 1 });
});
