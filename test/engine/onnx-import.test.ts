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
import { modelOf, type NodeOf, type TensorOf } from "./onnx-models.ts";

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
    const exported = await loadOnnx(await store.exportOnnx(predict), "cpu");
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

/** A model over x [2, 3, 4] by us and by ONNX Runtime. */
async function both(nodes: readonly NodeOf[], initializers: readonly TensorOf[], options: Partial<ImportOptions> = {}) {
  const shape = [2, 3, 4];
  const bytes = modelOf({ opset: 13, nodes, initializers, inputs: [{ name: "x", shape }], outputs: ["y"] });
  const data = Float32Array.from({ length: 24 }, (_, index) => (index % 7) - 3 + (index % 5) / 4);
  const x = input("x", { shape });
  const { outputs } = importOnnx(bytes, { scope: Scope.root("net"), inputs: { x }, ...options });
  const store = open();
  const program = await store.compile(defineProgram({ name: "p", inputs: [x], outputs }));
  const ours = (await program.run({ x: data }))["y"]!;
  await store.release();
  const model = await loadOnnx(bytes, "cpu");
  const theirs = (await model.run({ x: data }))["y"]!;
  await model.release();
  return { ours, theirs, data };
}

const node = (type: string, inputs: string[], outputs: string[], attributes: NodeOf["attributes"] = {}): NodeOf => ({
  type,
  inputs,
  outputs,
  attributes,
});

describe("graphs", () => {
  it("comparisons and logic choose", async () => {
    const { ours, theirs } = await both(
      [
        node("Greater", ["x", "low"], ["a"]),
        node("LessOrEqual", ["x", "high"], ["b"]),
        node("And", ["a", "b"], ["inside"]),
        node("Equal", ["x", "low"], ["edge"]),
        node("Or", ["inside", "edge"], ["c"]),
        node("Less", ["x", "high"], ["d"]),
        node("GreaterOrEqual", ["x", "high"], ["e"]),
        node("Xor", ["d", "e"], ["always"]),
        node("Not", ["always"], ["never"]),
        node("IsNaN", ["x"], ["nan"]),
        node("Or", ["never", "nan"], ["none"]),
        node("Or", ["c", "none"], ["chosen"]),
        node("Neg", ["x"], ["n"]),
        node("Where", ["chosen", "x", "n"], ["y"]),
      ],
      [
        { name: "low", shape: [], values: [-1] },
        { name: "high", shape: [], values: [1.5] },
      ],
    );
    expect(ours.data).toEqual(theirs.data);
  });

  it("shape arithmetic is computed while importing", async () => {
    const initializers: TensorOf[] = [
      { name: "zero", shape: [], dtype: "int64", values: [0] },
      { name: "one", shape: [], dtype: "int64", values: [1] },
      { name: "two", shape: [], dtype: "int64", values: [2] },
      { name: "first", shape: [1], dtype: "int64", values: [0] },
      { name: "half", shape: [], values: [0.5] },
      { name: "rest", shape: [1], dtype: "int64", values: [-1] },
    ];
    const { ours, theirs } = await both(
      [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "two"], ["width"]), // 4
        node("Cast", ["width"], ["widthf"], { to: 1 }),
        node("Mul", ["widthf", "half"], ["halff"]),
        node("Floor", ["halff"], ["floored"]),
        node("Cast", ["floored"], ["halved"], { to: 7 }), // 2
        node("Unsqueeze", ["halved", "first"], ["h1"]),
        node("Concat", ["h1", "rest"], ["to"], { axis: 0 }),
        node("Reshape", ["x", "to"], ["wide"]), // [2, 12]
        node("Range", ["zero", "width", "one"], ["steps"]), // 0 1 2 3
        node("ConstantOfShape", ["to1"], ["ones"], { value: { tensor: { shape: [1], values: [1], dtype: "int64" } } }),
        node("Slice", ["s", "first", "two1"], ["to1"]), // [2, 3]
        node("Constant", [], ["two1"], { value: { tensor: { shape: [1], values: [2], dtype: "int64" } } }),
        node("ReduceSum", ["ones", "axes01"], ["six"], { keepdims: 0 }),
        node("Constant", [], ["axes01"], { value_ints: [0, 1] }),
        node("NonZero", ["ones"], ["hits"]), // [2, 6]
        node("ReduceProd", ["hits"], ["nought"], { keepdims: 0 }), // 0
        node("Mod", ["six", "width"], ["mod"]), // 2
        node("Add", ["mod", "nought"], ["factor"]),
        node("Cast", ["factor"], ["factorf"], { to: 1 }),
        node("Cast", ["steps"], ["stepsf"], { to: 1 }),
        node("Tile", ["stepsf", "three"], ["tiled"]), // 12
        node("Constant", [], ["three"], { value_ints: [3] }),
        node("Mul", ["wide", "factorf"], ["scaled"]),
        node("Add", ["scaled", "tiled"], ["y"]),
      ],
      initializers,
    );
    expect(ours.shape).toEqual([2, 12]);
    expect(ours.data).toEqual(theirs.data);
  });

  it("batch normalization may use the statistics of the batch", async () => {
    const nodes = [node("BatchNormalization", ["x", "scale", "shift", "mean", "variance"], ["y"])];
    const initializers = ["scale", "shift", "mean", "variance"].map((name) => ({
      name,
      shape: [3],
      values: [1, 2, 0.5],
    }));
    const { ours, data } = await both(nodes, initializers, {
      batchNorm: "batch",
      scope: Scope.root("net", { mode: "train" }),
    });
    for (const [channel, scale] of [1, 2, 0.5].entries()) {
      const at = [...data.keys()].filter((index) => Math.floor(index / 4) % 3 === channel);
      const average = at.reduce((sum, index) => sum + data[index]!, 0) / at.length;
      const variance = at.reduce((sum, index) => sum + (data[index]! - average) ** 2, 0) / at.length;
      for (const index of at) {
        const expected = (scale * (data[index]! - average)) / Math.sqrt(variance + 1e-5) + scale;
        expect(Number(ours.data[index])).toBeCloseTo(expected, 5);
      }
    }
  });

  it("batch statistics that a training step meets move the stored ones", async () => {
    const [name, fixed] = ["unet-batchnorm-corners-11", { shape: [2, 2, 16, 20] }];
    const build = (batchNorm: "frozen" | "batch") =>
      trainStep({
        networks: ["net"],
        trained: "net",
        inputs: { image: fixed },
        loss: ({ net }, { image }) => {
          const { logits } = importOnnx(modelBytes(name), { scope: net, inputs: { image }, batchNorm }).outputs;
          return { total: mean(mul(logits!, logits!)) };
        },
        optimizer: adamW(),
      });
    const statistics = async (batchNorm: "frozen" | "batch") => {
      const store = open();
      const step = await store.compile(build(batchNorm));
      const read = async () =>
        Object.fromEntries(
          Object.entries(await store.state()).filter(([key]) => /^net\..*\.(mean|variance)$/.test(key)),
        );
      const before = await read();
      await step.run({ image: reference(name)["image"]!.data, learningRate: 1e-3 });
      const after = await read();
      await store.release();
      return { before, after };
    };
    const frozen = await statistics("frozen");
    expect(Object.keys(frozen.before)).toHaveLength(20);
    expect(frozen.after).toEqual(frozen.before);
    const moved = await statistics("batch");
    expect(moved.before).toEqual(frozen.before);
    for (const [key, { data }] of Object.entries(moved.before)) expect(moved.after[key]!.data).not.toEqual(data);
  });

  it("says which initializers learn", () => {
    const bytes = modelOf({
      opset: 13,
      nodes: [node("Mul", ["x", "w"], ["a"]), node("Add", ["a", "offset"], ["b"]), node("Clip", ["b", "low"], ["y"])],
      initializers: [
        { name: "w", shape: [4], values: [1, 2, 3, 4] },
        { name: "offset", shape: [], values: [1] },
        { name: "low", shape: [1], values: [0] },
      ],
      inputs: [{ name: "x", shape: [2, 4] }],
      outputs: ["y"],
    });
    const x = input("x", { shape: [2, 4] });
    const names = (options: Partial<ImportOptions>) =>
      importOnnx(bytes, { scope: Scope.root("net"), inputs: { x }, ...options }).parameters.map(({ path }) => path);
    expect(names({})).toEqual(["net.w"]);
    expect(names({ trainable: () => true })).toEqual(["net.w", "net.offset"]);
    expect(names({ trainable: (name) => name !== "w" })).toEqual(["net.offset"]);
  });
});
