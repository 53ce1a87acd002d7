/** @file The emitted document: bytes, names, metadata; and what the compiler refuses to emit. */
import { describe, expect, it } from "vitest";
import {
  add,
  concat,
  defineProgram,
  encodeModel,
  emitProgram,
  exp,
  gradients,
  input,
  matmul,
  maxPoolNd,
  mean,
  mul,
  openShapes,
  readModelSummary,
  relu,
  reshape,
  Scope,
  sizeOf,
  slice,
  softmax,
  sumOver,
  type Scope as ScopeType,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { MessageWriter, readMessage } from "../../src-main/engine/onnx/protobuf.ts";
import { DeviceUnavailableError, loadOnnx, ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { verifyOnnx } from "../../src-main/engine/verify.ts";
import { conv2d, unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, diceCrossEntropy, inferStep, trainStep } from "../../src-main/training/index.ts";

const random = (name: string) => new Random(1, name);
const small = (scope: ScopeType, image: Tensor) => unet(scope, image, { classes: 2, width: 4, depth: 2 });

describe("protobuf", () => {
  it("writes the bytes of the encoding guide", () => {
    expect([...new MessageWriter().int(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    expect([...new MessageWriter().string(2, "testing").finish()]).toEqual([0x12, 7, ...Buffer.from("testing")]);
    expect(new MessageWriter().int(1, -2).finish().length).toBe(11);
    expect([...new MessageWriter().float(3, 1).finish()]).toEqual([0x1d, 0, 0, 0x80, 0x3f]);
  });

  it("reads back what it wrote", () => {
    const fields = readMessage(
      new MessageWriter()
        .int(5, 2 ** 40)
        .string(1, "x")
        .float(2, 1)
        .finish(),
    );
    expect(fields.map(({ number, value }) => [number, value])).toEqual([
      [5, 2n ** 40n],
      [1, 0n],
      [2, 0x3f800000n],
    ]);
  });

  it.each([
    ["a truncated varint", [0x08, 0x96]],
    ["a varint of eleven bytes", [0x08, ...Array<number>(11).fill(0xff)]],
    ["a field past the end", [0x12, 0x7f, 1]],
    ["a group", [0x0b]],
  ])("refuses %s", (_, bytes) => {
    expect(() => readMessage(Uint8Array.from(bytes))).toThrow(/^protobuf: /);
  });
});

describe("emission", () => {
  it("names nodes after the place in the network and emits equal nodes once", () => {
    const image = input("image", { shape: [1, 2, 4, 4] });
    const y = conv2d(Scope.root("net").at("stem"), image, { channels: 3, kernel: 3 });
    const model = emitProgram(defineProgram({ name: "p", outputs: { a: add(exp(y), exp(y)) } }));
    expect(model.nodes.map(({ type, name }) => [type, name])).toEqual([
      ["Conv", "net.stem/convolution/Conv"],
      ["Exp", "net.stem/exp/Exp"],
      ["Add", "net.stem/add/Add"],
    ]);
    expect(model.inputs.map(({ name }) => name)).toEqual(["image", "net.stem.weight", "net.stem.bias"]);
    expect(model.outputs).toEqual([{ name: "a", dtype: "float32", shape: [1, 3, 4, 4] }]);
  });

  it("names gradients after the layer they belong to, and moments after their parameter's", () => {
    const train = trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape: [1, 2, 4, 4] } },
      loss: ({ net }, { image }) => {
        const stem = relu(conv2d(net.at("stem"), image, { channels: 3, kernel: 3 }));
        return { total: sumOver(conv2d(net.at("head"), stem, { channels: 1, kernel: 1 })) };
      },
      optimizer: adamW(),
    });
    const origins = emitProgram(train).nodes.map(({ name, type, origin }) => ({ name, type, ...origin }));
    const weightGradients = origins.filter(({ opName }) => opName === "convolutionWeightGradient");
    expect(new Set(weightGradients.map(({ path }) => path))).toEqual(new Set(["net.stem", "net.head"]));
    expect(new Set(weightGradients.map(({ pass }) => pass))).toEqual(new Set(["backward"]));
    expect(weightGradients[0]!.name).toMatch(/^net\.(stem|head)\/backward\/convolutionWeightGradient\//);
    const roots = origins.filter(({ opName, path }) => opName === "sqrt" && path !== "train");
    expect(roots.map(({ path, pass }) => `${path} ${pass}`).sort()).toEqual([
      "net.head update",
      "net.head update",
      "net.stem update",
      "net.stem update",
    ]);
    expect(origins.filter(({ pass }) => pass === "forward").every(({ path }) => path !== "train")).toBe(true);
  });

  it("does not compute gradients that nobody asked for", () => {
    const a = input("a", { shape: [2, 2] });
    const b = input("b", { shape: [2, 2] });
    const [slope] = gradients(sumOver(matmul(a, b)), [a]);
    const model = emitProgram(defineProgram({ name: "p", inputs: [a], outputs: { slope: slope! } }));
    expect(model.nodes.filter(({ type }) => type === "MatMul")).toHaveLength(1);
  });

  it("trains with operators of the ONNX standard only", () => {
    const train = trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape: [1, 1, 8, 8] }, labelMap: { shape: [1, 8, 8], dtype: "uint8" } },
      loss: ({ net }, { image, labelMap }) => ({ total: diceCrossEntropy(small(net, image), labelMap) }),
      optimizer: adamW(),
      clipNorm: 1,
    });
    const domains = emitProgram(train).nodes.map(({ domain }) => domain);
    expect(new Set(domains)).toEqual(new Set([""]));
  });

  it("is the same document every time", () => {
    const build = () => {
      const predict = inferStep({
        networks: ["n"],
        inputs: { image: { shape: [1, 1, 8, 8] } },
        outputs: ({ n }, { image }) => ({ y: small(n, image) }),
      });
      return encodeModel(emitProgram(predict));
    };
    expect(Buffer.from(build()).equals(Buffer.from(build()))).toBe(true);
  });

  it("the verifier refuses a name defined twice or used before it is defined", () => {
    const node = (name: string, inputs: string[], outputs: string[]) => ({
      type: "Relu",
      domain: "",
      name,
      inputs,
      outputs,
      attributes: {},
    });
    const model = {
      name: "m",
      initializers: [],
      inputs: [{ name: "x", dtype: "float32" as const, shape: [1] }],
      outputs: [],
      metadata: {},
    };
    expect(() => verifyOnnx({ ...model, nodes: [node("a", ["x"], ["y"]), node("b", ["x"], ["y"])] })).toThrow(/"y"/);
    expect(() => verifyOnnx({ ...model, nodes: [node("a", ["y"], ["z"]), node("b", ["x"], ["y"])] })).toThrow(/before/);
  });
});

describe("errors name op, place and shapes while the graph is built", () => {
  const image = input("image", { shape: [1, 3, 6, 6] });

  it("a wrong channel count", () => {
    const scope = Scope.root("net").at("encoder.0");
    conv2d(scope, image, { channels: 4, kernel: 3 });
    const other = input("other", { shape: [1, 5, 6, 6] });
    expect(() => concat([image, input("half", { shape: [1, 3, 3, 3] })], { axis: 1 })).toThrow(
      "concat: all inputs must agree outside axis 1. Inputs: float32[1, 3, 6, 6], float32[1, 3, 3, 3].",
    );
    expect(() => conv2d(scope, other, { channels: 4, kernel: 3 })).toThrow(
      /net\.encoder\.0\.weight: .*\[4, 3, 3, 3\].*\[4, 5, 3, 3\]/,
    );
    const y = conv2d(Scope.root("net").at("stem"), image, { channels: 4, kernel: 3 });
    expect(() => add(y, input("late", { shape: [5] }))).toThrow(
      /^add at net\.stem: .*float32\[1, 4, 6, 6\], float32\[5\]/,
    );
  });

  it("an image that the network cannot halve", () => {
    expect(() => unet(Scope.root("n"), input("odd", { shape: [1, 1, 250, 256] }), { classes: 2 })).toThrow(
      "unet: image height 250 is not divisible by 16 (depth 5). Pad to 256",
    );
  });

  it("a loss that is not one number, names used twice", () => {
    expect(() => gradients(image, [image])).toThrow(/one float32 number, got float32\[1, 3, 6, 6\]/);
    const twin = input("image", { shape: [2] });
    expect(() => defineProgram({ name: "p", outputs: { a: relu(image), b: relu(twin) } })).toThrow(
      /two different inputs are called image/,
    );
    expect(() => defineProgram({ name: "p", outputs: { image: relu(image) } })).toThrow(/name of an input/);
  });
});

describe("export", () => {
  const predict = inferStep({
    networks: ["net"],
    inputs: { image: { shape: [1, 1, 8, 8] } },
    outputs: ({ net }, { image }) => ({ probabilities: softmax(small(net, image), { axis: 1 }) }),
  });

  it("gives a plain ONNX model with metadata that computes the same at any batch and image size", async () => {
    const store = new ParameterStore({ device: "cpu", random });
    const bytes = await store.exportOnnx(predict, { metadata: { classes: "background,lesion", inputSize: "8x8" } });
    const summary = readModelSummary(bytes);
    expect(summary.opset).toBe(18);
    expect({ ...summary.metadata }).toEqual({ classes: "background,lesion", inputSize: "8x8", sizeMultiple: "2" });
    const model = await loadOnnx(bytes, "cpu");
    expect(model.inputs).toEqual({ image: { dtype: "float32", shape: ["batch", 1, "height", "width"] } });
    expect(model.outputs).toEqual({ probabilities: { dtype: "float32", shape: ["batch", 2, "height", "width"] } });
    expect({ ...model.metadata }).toEqual({ ...summary.metadata });
    for (const shape of [
      [1, 1, 8, 8],
      [3, 1, 8, 8],
      [2, 1, 6, 20],
      [1, 1, 32, 16],
    ]) {
      const image = Float32Array.from({ length: sizeOf(shape) }, (_, index) => Math.sin(index));
      const compiled = await store.compile(predict.withShapes({ image: shape }));
      const { probabilities } = await compiled.run({ image });
      const loaded = await model.run({ image: { shape, data: image } });
      expect(loaded["probabilities"]!.shape).toEqual([shape[0], 2, ...shape.slice(2)]);
      // Constant weights let ONNX Runtime choose other convolution kernels: equal to rounding, not to the bit.
      for (const [index, value] of probabilities!.data.entries()) {
        expect(Math.abs(Number(loaded["probabilities"]!.data[index]) - Number(value))).toBeLessThan(1e-5);
      }
    }
    await expect(model.run({ image: new Float32Array(64) })).rejects.toThrow(/symbolic sizes/);
    await model.release();
    await store.release();
  });

  it("fixes the sizes that a node depends on", () => {
    const flat = inferStep({
      networks: [],
      inputs: { image: { shape: [1, 4] } },
      outputs: (_, { image }) => ({ y: reshape(image, { to: [image.shape[0]! * 2, 2] }) }),
    });
    expect(openShapes(flat).inputs).toEqual({ image: [1, 4] });
    const rows = inferStep({
      networks: [],
      inputs: { image: { shape: [2, 1, 6, 4] } },
      outputs: (_, { image }) => ({
        row: slice(image, { axes: [3], starts: [0], ends: [2] }),
        half: maxPoolNd(image, { kernel: [2, 2], stride: [2, 2], padding: [0, 0] }),
      }),
    });
    const { inputs, outputs, sizeMultiple } = openShapes(rows);
    expect(inputs).toEqual({ image: ["batch", 1, "height", "width"] });
    expect(outputs).toEqual({ row: ["batch", 1, "height", 2], half: ["batch", 1, "half.2", "half.3"] });
    expect(sizeMultiple).toBe(1);
  });

  it("fixes a size whose neighbors a network rounds to the same number of cells", () => {
    // 33 and 34 pixels give five cells a side, whose mean is by a constant; 32 give four.
    const rounded = inferStep({
      networks: ["net"],
      inputs: { image: { shape: [1, 1, 32, 32] } },
      outputs: ({ net }, { image }) => ({
        mean: mean(conv2d(net, image, { channels: 2, kernel: 3, stride: 8 }), { axes: [2, 3] }),
      }),
    });
    expect(openShapes(rounded).inputs).toEqual({ image: ["batch", 1, 32, 32] });
  });
});

describe("running", () => {
  it("refuses missing, unknown and misfitting feeds by name", async () => {
    const store = new ParameterStore({ device: "cpu", random });
    const x = input("x", { shape: [2] });
    const compiled = await store.compile(defineProgram({ name: "double", outputs: { y: mul(x, 2) } }));
    await expect(compiled.run({})).rejects.toThrow("double: input x is missing");
    await expect(compiled.run({ x: new Float32Array(2), z: 1 })).rejects.toThrow("double: no input is called z");
    await expect(compiled.run({ x: new Float32Array(3) })).rejects.toThrow(
      /expected Float32Array of 2 for float32\[2\], got Float32Array of 3/,
    );
    await expect(compiled.run({ x: new Uint8Array(2) })).rejects.toThrow(/got Uint8Array/);
    expect((await compiled.run({ x: Float32Array.of(1, 2) }))["y"]!.data).toEqual(Float32Array.of(2, 4));
    await store.release();
  });

  it("a frozen program computes with the states that it was compiled with, and updates none", async () => {
    const inputs = { image: { shape: [1, 1, 8, 8] } };
    const predict = inferStep({
      networks: ["network"],
      inputs,
      outputs: ({ network }, { image }) => ({ logits: small(network, image) }),
    });
    const store = new ParameterStore({ device: "cpu", random });
    const image = Float32Array.from({ length: 64 }, (_, at) => Math.sin(at));
    const [open, frozen] = [await store.compile(predict), await store.compile(predict, { frozen: true })];
    const logits = async (program: typeof open) => (await program.run({ image }))["logits"]!.data as Float32Array;
    const before = await logits(frozen);
    for (const [at, value] of (await logits(open)).entries()) expect(Math.abs(before[at]! - value)).toBeLessThan(1e-5);
    const [name, values] = Object.entries(await store.state()).find(([key]) => key.endsWith("weight"))!;
    await store.restore({ [name]: { ...values, data: values.data.map((value) => value + 1) } });
    expect(await logits(frozen)).toEqual(before);
    expect(await logits(open)).not.toEqual(before);
    await store.release();

    const step = trainStep({
      networks: ["network"],
      trained: "network",
      inputs,
      loss: ({ network }, { image }) => ({ total: mean(small(network, image)) }),
      optimizer: adamW(),
    });
    await expect(store.compile(step, { frozen: true })).rejects.toThrow(/freeze .*: a program that updates states/);
  });

  it("says plainly when a named device cannot be had", async () => {
    const missing = process.platform === "darwin" ? "dml" : "coreml";
    const store = new ParameterStore({ device: missing, random });
    const x = input("x", { shape: [2] });
    const compiling = store.compile(defineProgram({ name: "p", outputs: { y: relu(x) } }));
    await expect(compiling).rejects.toThrow(DeviceUnavailableError);
    await expect(compiling).rejects.toThrow(/not available: .* offers: .*cpu/);
  });

  it("bytes that are not a model are an error, not a crash", async () => {
    await expect(loadOnnx(Uint8Array.from([1, 2, 3, 4]))).rejects.toThrow();
    await expect(loadOnnx(new Uint8Array(0))).rejects.toThrow();
  });
});
