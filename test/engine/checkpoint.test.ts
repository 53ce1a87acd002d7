/** @file Segments whose intermediate values are computed again: the same numbers, in less memory. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import {
  add,
  checkpoint,
  defineProgram,
  emitProgram,
  gradients,
  input,
  matmul,
  mean,
  mul,
  Scope,
  square,
  sumOver,
  tanh,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore, type TensorData } from "../../src-main/engine/runtime/index.ts";
import { type Norm, unet } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { adamW, crossEntropy, hessianVectorProduct, trainStep } from "../../src-main/training/index.ts";
import { evaluate } from "./evaluate.ts";

const newStore = () => new ParameterStore({ device: "cpu", threads: 1, random: (name) => new Random(1, name) });
const numbers = (tensor: TensorData | undefined) => Array.from(tensor!.data as Float32Array);

describe("a checkpointed segment", () => {
  it("gives the same gradients of inputs and parameters, to the bit, and the same second derivatives", async () => {
    const scope = Scope.root("net");
    const weight = (name: string) => input(name, { shape: [3, 3] });
    const [x, skip, w, v] = [weight("x"), weight("skip"), weight("w"), weight("v")];
    const bias = scope.parameter("bias", { shape: [3], init: () => Float32Array.of(0.1, -0.2, 0.3) });
    const segment = (a: Tensor, b: Tensor) => tanh(add(matmul(tanh(matmul(a, w)), b), bias));
    const losses = [segment, checkpoint(segment)].map((apply) => {
      const inner = apply(tanh(x), skip);
      return mean(square(apply(inner, tanh(skip)))); // twice: parameters are shared between segments
    });
    const outputs = Object.fromEntries(
      losses.flatMap((loss, at) => [
        ...gradients(loss, [x, skip, w, bias]).map((slope, index) => [`slope${index}.${at}`, slope] as const),
        ...hessianVectorProduct(loss, [x, w], [v, v]).map((product, index) => [`hvp${index}.${at}`, product] as const),
      ]),
    );
    const store = newStore();
    const compiled = await store.compile(defineProgram({ name: "both", outputs }));
    const random = new Random("checkpoint");
    const draw = () => Float32Array.from({ length: 9 }, () => random.normal());
    const values = await compiled.run({ x: draw(), skip: draw(), w: draw(), v: draw() });
    for (const name of Object.keys(outputs).filter((one) => one.endsWith(".0"))) {
      const [plain, again] = [numbers(values[name]), numbers(values[name.replace(/0$/, "1")])];
      if (name.startsWith("slope")) expect(again, name).toEqual(plain);
      else for (const [at, value] of again.entries()) expect(value, name).toBeCloseTo(plain[at]!, 5);
    }
    await store.release();
  });

  it("is emitted twice, the second time behind the gradient", () => {
    const x = input("x", { shape: [2, 3] });
    const w = input("w", { shape: [3, 3] });
    const segment = (a: Tensor) => tanh(tanh(matmul(a, w)));
    const count = (apply: typeof segment) => {
      const [slope] = gradients(sumOver(mul(apply(x), apply(x))), [w]);
      const { nodes } = emitProgram(defineProgram({ name: "count", inputs: [x], outputs: { slope: slope! } }));
      return nodes.filter(({ type }) => type === "Tanh").length;
    };
    expect(count(segment)).toBe(2);
    expect(count(checkpoint(segment))).toBe(4);
  });

  it("passes a gradient that is not finite on without touching what is computed again", async () => {
    const x = input("x", { shape: [2] });
    const scale = input("scale", { shape: [] });
    const y = checkpoint((a: Tensor) => square(a))(x);
    const [slope] = gradients(sumOver(mul(y, scale)), [x]);
    const { slope: value } = await evaluate({ slope: slope! }, [x, scale], {
      x: Float32Array.of(1, -2),
      scale: Infinity,
    });
    expect(numbers(value)).toEqual([Infinity, -Infinity]);
  });
});

describe("a checkpointed U-Net", () => {
  const train = async (norm: Norm, checkpointed: boolean) => {
    const step = trainStep({
      networks: ["net"],
      trained: "net",
      inputs: { image: { shape: [2, 1, 16, 16] }, labelMap: { shape: [2, 16, 16], dtype: "uint8" } },
      loss: ({ net }, { image, labelMap }) => ({
        total: crossEntropy(unet(net, image, { classes: 2, width: 4, depth: 3, norm, checkpointed }), labelMap),
      }),
      optimizer: adamW(),
    });
    const store = newStore();
    const compiled = await store.compile(step);
    const random = new Random("images");
    const image = Float32Array.from({ length: 512 }, () => random.normal());
    const labelMap = Uint8Array.from(image, (value) => (value > 0 ? 1 : 0));
    for (let at = 0; at < 3; at++) await compiled.run({ image, labelMap, learningRate: 1e-2 });
    const state = await store.state();
    await store.release();
    return state;
  };

  it("trains to the same bits", async () => {
    expect(await train("instance", true)).toEqual(await train("instance", false));
  });

  it("with batch norm moves the statistics once, and trains to the same numbers up to rounding", async () => {
    const [kept, again] = [await train("batch", false), await train("batch", true)];
    expect(Object.keys(again)).toEqual(Object.keys(kept));
    for (const [name, { data }] of Object.entries(kept)) {
      data.forEach((value, index) => expect(Math.abs(again[name]!.data[index]! - value), name).toBeLessThan(1e-4));
    }
  });
});

it("a deep network needs much less memory, for the same loss", { timeout: 60_000 }, async () => {
  const measure = async (mode: string) => {
    const script = join(import.meta.dirname, "deep-network-child.ts");
    const { stdout } = await promisify(execFile)(process.execPath, [script, mode]);
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as { peakMiB: number; loss: number };
  };
  const [plain, checkpointed] = [await measure("plain"), await measure("checkpointed")];
  expect(checkpointed.loss).toBe(plain.loss);
  // 20 layers keep two values of 4 MiB each: 160 MiB; five segments keep one each, and while one is computed again its eight.
  expect(plain.peakMiB - checkpointed.peakMiB).toBeGreaterThan(70);
});
