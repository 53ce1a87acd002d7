/**
 * @file ONNX models from elsewhere as differentiable graphs: networks exported by PyTorch (test/fixtures/onnx), beside what
 * PyTorch and ONNX Runtime compute with them.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  defineProgram,
  gradients,
  importOnnx,
  input,
  mean,
  mul,
  Scope,
  sub,
  sumOver,
  type ImportOptions,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { loadOnnx, ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { decodeSafetensors } from "../../src-main/engine/safetensors.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, inferStep, trainStep } from "../../src-main/training/index.ts";

const folder = join(import.meta.dirname, "../fixtures/onnx");
const modelBytes = (name: string) => new Uint8Array(readFileSync(join(folder, `${name}.onnx`)));

interface Reference {
  shape: readonly number[];
  data: Float32Array<ArrayBuffer>;
}

function reference(name: string): Record<string, Reference> {
  const { tensors } = decodeSafetensors(new Uint8Array(readFileSync(join(folder, `${name}.safetensors`))));
  return tensors as Record<string, Reference>;
}

const random = (name: string) => new Random(1, name);
const open = () => new ParameterStore({ device: "cpu", random, threads: 1 });

/** Largest difference, relative to the largest expected number (or `floor`). */
function difference(actual: ArrayLike<number | bigint>, expected: ArrayLike<number | bigint>, floor = 1e-3): number {
  expect(actual.length).toBe(expected.length);
  let [largest, scale] = [0, floor];
  for (let index = 0; index < expected.length; index++) {
    largest = Math.max(largest, Math.abs(Number(actual[index]) - Number(expected[index])));
    scale = Math.max(scale, Math.abs(Number(expected[index])));
  }
  return largest / scale;
}

const NETWORKS = [
  "unet-batchnorm-corners-11",
  "unet-groupnorm-transposed-13",
  "unet-instancenorm-halfpixel-16",
  "resnet-9",
  "segformer-16",
  "segformer-17",
];

describe.each(NETWORKS)("%s", (name) => {
  const bytes = modelBytes(name);
  const expected = reference(name);
  const image = input("image", { shape: expected["image"]!.shape });
  const build = (scope: Scope, options: Partial<ImportOptions> = {}) =>
    importOnnx(bytes, { scope, inputs: { image }, ...options }).outputs["logits"]!;

  it("computes what PyTorch and ONNX Runtime compute, and their gradients", async () => {
    const scope = Scope.root("net");
    const { outputs, parameters } = importOnnx(bytes, { scope, inputs: { image } });
    expect(parameters).toEqual(expect.arrayContaining(scope.parameters()));
    const cotangent = input("cotangent", { shape: expected["output"]!.shape });
    const loss = sumOver(mul(outputs["logits"]!, cotangent));
    const watched = Object.keys(expected).flatMap((key) => (key.startsWith("gradient.") ? [key.slice(9)] : []));
    const tensorOf = (key: string): Tensor => {
      if (key === "image") return image;
      const found = parameters.find(({ node }) => node.leaf?.kind === "state" && node.leaf.name === `net.${key}`);
      if (!found) throw new Error(`no parameter ${key}`);
      return found;
    };
    const slopes = gradients(loss, watched.map(tensorOf));
    const store = open();
    const program = await store.compile(
      defineProgram({
        name,
        outputs: Object.fromEntries([
          ["logits", outputs["logits"]!],
          ...watched.map((key, index) => [`gradient.${key}`, slopes[index]!] as const),
        ]),
      }),
    );
    const results = await program.run({ image: expected["image"]!.data, cotangent: expected["cotangent"]!.data });
    expect(difference(results["logits"]!.data, expected["output"]!.data)).toBeLessThan(1e-4);
    for (const key of watched) {
      const slope = `gradient.${key}`;
      expect(results[slope]!.shape).toEqual(expected[slope]!.shape);
      expect(difference(results[slope]!.data, expected[slope]!.data), slope).toBeLessThan(1e-3);
    }
    await store.release();

    const model = await loadOnnx(bytes, "cpu");
    const run = await model.run({ image: { shape: image.shape, data: expected["image"]!.data } });
    expect(difference(results["logits"]!.data, run["logits"]!.data)).toBeLessThan(1e-4);
    await model.release();
  });

  it("can be fine-tuned and exported again", async () => {
    const shape = image.shape;
    const target = expected["output"]!.data.map((value) => 0.5 * value + 0.3);
    const network = (scope: Scope, fed: Tensor) =>
      importOnnx(bytes, { scope, inputs: { image: fed } }).outputs["logits"]!;
    const train = trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape }, target: { shape: expected["output"]!.shape } },
      loss: ({ net }, fed) => {
        const off = network(net, fed.image);
        return { total: meanSquare(off, fed.target) };
      },
      optimizer: adamW(),
    });
    const predict = inferStep({
      networks: ["net"],
      inputs: { image: { shape } },
      outputs: ({ net }, fed) => ({ logits: network(net, fed.image) }),
    });
    const store = open();
    const step = await store.compile(train);
    const losses: number[] = [];
    for (let index = 0; index < 12; index++) {
      const { total } = await step.run({ image: expected["image"]!.data, target, learningRate: 1e-2 });
      losses.push(Number(total!.data[0]));
    }
    expect(losses.at(-1)!).toBeLessThan(0.9 * losses[0]!);
    const compiled = await store.compile(predict);
    const ours = await compiled.run({ image: expected["image"]!.data });
    const exported = await loadOnnx(store.exportOnnx(predict), "cpu");
    const theirs = await exported.run({ image: { shape, data: expected["image"]!.data } });
    expect(difference(theirs["logits"]!.data, ours["logits"]!.data)).toBeLessThan(1e-5);
    await exported.release();
    await store.release();
  });

  it("gives the same parameters again in the same scope", () => {
    const scope = Scope.root("net");
    build(scope);
    const first = scope.parameters();
    build(scope);
    expect(scope.parameters()).toEqual(first);
  });
});

function meanSquare(a: Tensor, b: Tensor): Tensor {
  const off = sub(a, b);
  return mean(mul(off, off));
}
