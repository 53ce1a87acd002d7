/**
 * @file Mixed precision. ONNX Runtime's CPU provider computes float16 nodes in float32 and rounds their results, so what is
 * checked here is the graph: types, casts, loss scale, and how far rounding moves a training. Speed is a matter of devices.
 */
import { describe, expect, it } from "vitest";
import {
  add,
  cast,
  defineProgram,
  emitProgram,
  gradients,
  input,
  mean,
  mul,
  ops,
  relu,
  type Scope,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { topologicalOrder, type CaseInput, type OpDefinition } from "../../src-main/engine/graph.ts";
import { runsInHalf } from "../../src-main/engine/half-precision.ts";
import { ParameterStore, scalars } from "../../src-main/engine/runtime/index.ts";
import { conv2d, unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, compileStep, diceCrossEntropy, trainStep } from "../../src-main/training/index.ts";
import { evaluate, type Feeds } from "./evaluate.ts";

const newStore = () => new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(11, name) });

describe("ops that may run in float16", () => {
  const chosen = ops.filter((op) => runsInHalf(op));

  it("are convolutions, products, activations, arithmetic and what moves elements", () => {
    expect(chosen.map(({ opName }) => opName)).toEqual(
      expect.arrayContaining(["convolution", "matmul", "leakyRelu", "concat"]),
    );
    expect(chosen.map(({ opName }) => opName)).not.toEqual(expect.arrayContaining(["sum"]));
  });

  /** Values and gradients in half precision differ by rounding: 2⁻¹¹ per number, times a few dozen that are added. */
  const TOLERANCE = 2e-2;
  const isShape = (one: CaseInput): one is readonly number[] => Array.isArray(one);

  it.each(chosen.map((op) => [op.opName, op] as const))("%s", async (_, op) => {
    const definition = op.definition as unknown as OpDefinition<object>;
    const apply = op as unknown as (...call: unknown[]) => Tensor;
    for (const { inputs, attrs, range = [-1, 1] } of definition.cases) {
      if (!inputs.every(isShape)) continue;
      const random = new Random("half", op.opName);
      const feeds: Feeds = {};
      const fed = inputs.map((shape, index) => {
        const size = shape.reduce((product, dim) => product * dim, 1);
        // Numbers that half precision holds exactly, so that both sides see the same ones.
        feeds[`x${index}`] = Float32Array.from(
          { length: size },
          () => Math.round(random.between(range[0], range[1]) * 512) / 512,
        );
        return input(`x${index}`, { shape });
      });
      const outputs = (precision: "float16" | "float32") => {
        const y = cast(
          apply(
            fed.map((one) => cast(one, { to: precision })),
            attrs,
          ),
          { to: "float32" },
        );
        return [y, ...gradients(mean(mul(y, y)), fed)];
      };
      const [half, full] = [outputs("float16"), outputs("float32")];
      const all = [
        ...half.map((one, i) => [`half${i}`, one] as const),
        ...full.map((one, i) => [`full${i}`, one] as const),
      ];
      const values = await evaluate(Object.fromEntries(all), fed, feeds);
      for (const index of full.keys()) {
        const [a, b] = [values[`half${index}`]!.data as Float32Array, values[`full${index}`]!.data as Float32Array];
        const scale = Math.max(1e-2, ...b.map(Math.abs));
        const worst = b.reduce((most, value, at) => Math.max(most, Math.abs(value - a[at]!)), 0);
        expect(worst / scale, `${op.opName} ${JSON.stringify(attrs)} output ${index}`).toBeLessThan(TOLERANCE);
      }
    }
  });
});

const SIZE = 32;
const BATCH = 4;

function drawBatch(step: number) {
  const random = new Random("half discs", step);
  const image = new Float32Array(BATCH * SIZE * SIZE);
  const labelMap = new Uint8Array(image.length);
  for (let at = 0; at < image.length; at++) {
    const [x, y] = [at % SIZE, Math.floor(at / SIZE) % SIZE];
    labelMap[at] = Math.hypot(x - 12 - (step % 8), y - 16) < 7 ? 1 : 0;
    image[at] = labelMap[at]! + 0.5 * random.normal();
  }
  return { image, labelMap };
}

const network = (scope: Scope, image: Tensor) => unet(scope, image, { classes: 2, width: 8, depth: 3 });
const unetStep = (precision: "float32" | "float16", parts: object = {}) =>
  trainStep({
    networks: ["network"],
    trained: "network",
    inputs: { image: { shape: [BATCH, 1, SIZE, SIZE] }, labelMap: { shape: [BATCH, SIZE, SIZE], dtype: "uint8" } },
    loss: (scopes, { image, labelMap }) => ({ total: diceCrossEntropy(network(scopes.network, image), labelMap) }),
    optimizer: adamW(),
    clipNorm: 12,
    precision,
    ...parts,
  });

describe("a U-Net in mixed precision", () => {
  it("computes every convolution, forward and backward, in float16, and norms and losses in float32", () => {
    const program = unetStep("float16");
    const roots = [...Object.values(program.outputs), ...program.updates.values()];
    const dtypes = new Map<string, Set<string>>();
    for (const { node, dtype } of topologicalOrder(roots)) {
      if (!node.op) continue;
      if (!dtypes.has(node.op.opName)) dtypes.set(node.op.opName, new Set());
      dtypes.get(node.op.opName)!.add(dtype);
    }
    for (const name of ["convolution", "convolutionInputGradient", "convolutionWeightGradient"]) {
      expect([...dtypes.get(name)!], name).toEqual(["float16"]);
    }
    for (const name of ["instanceNormalization", "softmax", "softmaxCrossEntropy", "sum", "sqrt"]) {
      expect([...dtypes.get(name)!], name).toEqual(["float32"]);
    }
    expect(program.states.every(({ name }) => program.updates.has(name))).toBe(true);
    expect(emitProgram(program).nodes.length).toBeGreaterThan(100);
  });

  it("learns as in float32: losses stay within 2 %", async () => {
    const losses = async (precision: "float32" | "float16") => {
      const store = newStore();
      const running = await compileStep(store, unetStep(precision));
      const found: number[] = [];
      for (let step = 0; step < 15; step++) {
        const { total, lossScale } = scalars(await running.run({ ...drawBatch(step), learningRate: 3e-3 }));
        if (precision === "float16") expect(lossScale).toBe(65536);
        found.push(total!);
      }
      await store.release();
      return found;
    };
    const [full, half] = [await losses("float32"), await losses("float16")];
    expect(full.at(-1)!).toBeLessThan(0.6 * full[0]!);
    for (const [step, loss] of half.entries())
      expect(Math.abs(loss - full[step]!) / full[step]!, `step ${step}`).toBeLessThan(0.02);
  });
});

describe("the loss scale", () => {
  const step = (parts: object) =>
    trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape: [1, 1, 4, 4] } },
      loss: ({ net }, { image }) => ({ total: mean(relu(conv2d(net, image, { channels: 2, kernel: 3 }))) }),
      optimizer: adamW(),
      precision: "float16",
      ...parts,
    });
  const image = Float32Array.from({ length: 16 }, (_, at) => 1 + at / 16);

  it("an overflow leaves every state as it was and halves the scale; good steps double it", async () => {
    const store = newStore();
    // 2²² · a sum of 32 gradients of 1/32 each passes 65504, the largest half; 2¹⁴ does not.
    const running = await compileStep(store, step({ lossScale: { initial: 2 ** 22, growthInterval: 3 } }));
    const start = await store.state();
    const scales: number[] = [];
    let moved: number | null = null;
    for (let at = 0; at < 20; at++) {
      const { total } = scalars(await running.run({ image, learningRate: 1e-3 }));
      expect(Number.isFinite(total)).toBe(true);
      const state = await store.state();
      const updates = state["train.step"]!.data[0]!;
      scales.push(state["train.lossScale"]!.data[0]!);
      if (updates === 0) {
        for (const name of ["net.weight", "net.bias", "train.first.net.weight", "train.second.net.bias"]) {
          expect(state[name], name).toEqual(start[name]);
        }
      } else moved ??= at;
    }
    expect(moved).toBeGreaterThan(3);
    expect(scales.slice(0, 4)).toEqual([2 ** 21, 2 ** 20, 2 ** 19, 2 ** 18]);
    const first = scales[moved!]!;
    expect(scales.slice(moved!, moved! + 3)).toEqual([first, first, 2 * first]); // three good steps, then double
    await store.release();
  });

  it("works with accumulated gradients: an overflow in one micro-batch skips the whole update", async () => {
    const store = newStore();
    const running = await compileStep(store, step({ accumulate: 2, lossScale: { initial: 2 ** 22 } }));
    const start = await store.state();
    await running.run({ image, learningRate: 1e-3 });
    const outputs = await running.run({ image: new Float32Array(16), learningRate: 1e-3 });
    expect(scalars(outputs)["lossScale"]).toBe(2 ** 22);
    const state = await store.state();
    expect(state["net.weight"]).toEqual(start["net.weight"]);
    expect(state["train.lossScale"]!.data[0]).toBe(2 ** 21);
    expect([...state["train.gradient.net.weight"]!.data].every((value) => value === 0)).toBe(true);
    await store.release();
  });
});

it("float16 crosses the border as Float32Array, rounded", async () => {
  const x = input("x", { shape: [3], dtype: "float16" });
  const store = newStore();
  const compiled = await store.compile(defineProgram({ name: "border", outputs: { y: add(x, 1) } }));
  const { y } = await compiled.run({ x: Float32Array.of(0.1, -1, 1e6) });
  expect(y!.dtype).toBe("float16");
  expect([...(y!.data as Float32Array)]).toEqual([1.099609375, 0, Infinity]);
  await store.release();
});

it("a device without float16 is an error, or with a listener a step in float32", async () => {
  const store = newStore();
  /** The CPU, refusing programs with float16 as a WebGPU device without shader-f16 does. */
  const without = {
    compile: async (program: Parameters<typeof store.compile>[0]) => {
      const tensors = topologicalOrder([...Object.values(program.outputs), ...program.updates.values()]);
      if (tensors.some(({ dtype }) => dtype === "float16")) throw new Error("Program Cast requires f16");
      return store.compile(program);
    },
  };
  const step = unetStep("float16", { accumulate: 2 });
  await expect(compileStep(without, step)).rejects.toThrow(
    'train: float16: the device has none (Program Cast requires f16). Use precision "float32".',
  );
  const messages: string[] = [];
  const running = await compileStep(without, step, { onFallback: (message) => messages.push(message) });
  expect(messages).toEqual(["float16: the device has none (Program Cast requires f16). Computing in float32."]);
  const { micro, lossScale } = scalars(await running.run({ ...drawBatch(0), learningRate: 1e-3 }));
  expect([micro, lossScale]).toEqual([1, undefined]);
  await store.release();
});
