/**
 * @file Parity with PyTorch, forward and gradients, on stored reference values. `ALIQUOT_ORACLE_DIR` names another folder of
 * the same format (manifest.json, oracle.safetensors); its shapes, sizes and seeds may differ.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  add,
  convolution,
  defineProgram,
  gradients,
  input,
  mul,
  silu,
  square,
  state,
  sumOver,
  type Dtype,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { decodeSafetensors, type SafetensorsEntry } from "../../src-main/engine/safetensors.ts";
import { Random } from "../../src-main/random/index.ts";
import { adam, adamW, clipByGlobalNorm, meanSquaredError, sgd, type Optimizer } from "../../src-main/training/index.ts";
import { evaluate, type Feeds } from "./evaluate.ts";
import { oracleOps, type OracleAttrs } from "./oracle-ops.ts";

interface OracleCase {
  name: string;
  op: string;
  attrs: OracleAttrs;
  inputs?: string[];
  differentiable?: string[];
  outputs?: number;
}

const folder = process.env["ALIQUOT_ORACLE_DIR"] ?? join(import.meta.dirname, "../oracle");
const { cases } = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")) as { cases: OracleCase[] };
const { tensors } = decodeSafetensors(readFileSync(join(folder, "oracle.safetensors")));

/** Largest difference over the largest reference magnitude: the scale at which float32 sums round. */
const TOLERANCE = 1e-4;

function stored(key: string): SafetensorsEntry {
  const entry = tensors[key];
  if (!entry) throw new Error(`oracle: ${key} is missing.`);
  return entry;
}

function expectClose(actual: ArrayLike<number | bigint>, key: string): void {
  const expected = stored(key).data;
  expect(actual.length, key).toBe(expected.length);
  let scale = 1e-6; // below this a reference value is rounding itself
  let worst = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs(Number(actual[index]) - Number(expected[index]));
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
    scale = Math.max(scale, Math.abs(Number(expected[index])));
  }
  expect(worst / scale, `${key}: relative difference`).toBeLessThan(TOLERANCE);
}

function openInput(name: string, key: string, feeds: Feeds): Tensor {
  const { shape, data } = stored(key);
  feeds[name] = data;
  const dtype: Dtype =
    data instanceof BigInt64Array
      ? "int64"
      : data instanceof Int32Array
        ? "int32"
        : data instanceof Uint8Array
          ? "uint8"
          : "float32";
  return input(name, { shape, dtype });
}

const skipped: string[] = [];

async function checkOperation({
  name,
  op,
  attrs,
  inputs = [],
  differentiable = [],
  outputs: count = 1,
}: OracleCase): Promise<boolean> {
  const feeds: Feeds = {};
  const fed = inputs.map((one) => openInput(one, `${name}/in/${one}`, feeds));
  const built = oracleOps[op]!(fed, attrs);
  if (!built) return false;
  const results = Array.isArray(built) ? built : [built];
  expect(results.length).toBe(count);
  for (const [index, { shape }] of results.entries()) expect([...shape]).toEqual(stored(`${name}/out/${index}`).shape);
  const y = results[0]!; // the cotangent belongs to it
  const cotangent = openInput("cotangent", `${name}/cotangent`, feeds);
  const slopes = gradients(
    sumOver(mul(y, cotangent)),
    differentiable.map((one) => fed[inputs.indexOf(one)]!),
  );
  const outputs = Object.fromEntries([
    ...results.map((result, index) => [`out${index}`, result] as const),
    ...slopes.map((slope, index) => [`grad${index}`, slope] as const),
  ]);
  const values = await evaluate(outputs, [...fed, cotangent], feeds);
  for (const index of results.keys()) expectClose(values[`out${index}`]!.data, `${name}/out/${index}`);
  for (const [index, one] of differentiable.entries()) expectClose(values[`grad${index}`]!.data, `${name}/grad/${one}`);
  return true;
}

const OPTIMIZERS: Record<string, (attrs: Record<string, number>) => Optimizer> = {
  sgd: ({ momentum, weightDecay }) => sgd({ momentum: momentum ?? 0, weightDecay: weightDecay ?? 0 }),
  adam: ({ beta1, beta2, eps }) => adam({ beta1: beta1!, beta2: beta2!, epsilon: eps! }),
  adamw: ({ beta1, beta2, eps, weightDecay }) =>
    adamW({ beta1: beta1!, beta2: beta2!, epsilon: eps!, weightDecay: weightDecay! }),
};

/** Feeds the stored gradients one after the other to one program: moments carry over in the store, as in training. */
async function checkOptimizer({ name, attrs }: OracleCase): Promise<void> {
  const { shape, data } = stored(`${name}/param0`);
  const numbers = attrs as Record<string, number>;
  const parameter = state("p", { shape, init: () => data as Float32Array });
  const gradient = input("gradient", { shape });
  const context = {
    prefix: "t",
    learningRate: input("learningRate", { shape: [] }),
    step: input("step", { shape: [] }),
  };
  const updates = OPTIMIZERS[attrs["kind"] as string]!(numbers)([{ name: "p", parameter, gradient }], context);
  const store = new ParameterStore({ device: "cpu", random: (key) => new Random(1, key) });
  // Plain descent needs no step number: it is declared all the same, so that every kind is fed alike.
  const program = defineProgram({ name, inputs: [context.step], outputs: {}, updates });
  const compiled = await store.compile(program);
  for (let update = 0; `${name}/grad${update}` in tensors; update++) {
    const fed = { gradient: stored(`${name}/grad${update}`).data, learningRate: numbers["lr"]!, step: update + 1 };
    await compiled.run(fed);
    expectClose((await store.state())["p"]!.data, `${name}/param${update + 1}`);
  }
  await store.release();
}

async function checkClipping({ name, attrs }: OracleCase): Promise<void> {
  const feeds: Feeds = {};
  const names = Object.keys(tensors).flatMap((key) =>
    key.startsWith(`${name}/in/`) ? [key.slice(`${name}/in/`.length)] : [],
  );
  const fed = names.map((one) => openInput(one, `${name}/in/${one}`, feeds));
  const clipped = clipByGlobalNorm(fed, attrs["maxNorm"] as number);
  const values = await evaluate(Object.fromEntries(clipped.map((one, index) => [`out${index}`, one])), fed, feeds);
  for (const [index, one] of names.entries()) expectClose(values[`out${index}`]!.data, `${name}/out/${one}`);
}

/** L = mean((conv(silu(conv(x, w1)), w2) - target)²): gradient, gradient of its squared norm, Hessian-vector product. */
async function checkSecondOrder({ name }: OracleCase): Promise<void> {
  const feeds: Feeds = {};
  const open = (one: string) => openInput(one, `${name}/in/${one}`, feeds);
  const [x, target, w1, w2, v1, v2] = ["x", "target", "w1", "w2", "v1", "v2"].map(open) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const same = (w: Tensor) => ({
    stride: [1, 1],
    padding: [w.shape[2]! >> 1, w.shape[3]! >> 1],
    dilation: [1, 1],
    groups: 1,
  });
  const loss = meanSquaredError(convolution([silu(convolution([x, w1], same(w1))), w2], same(w2)), target);
  const [g1, g2] = gradients(loss, [w1, w2]) as [Tensor, Tensor];
  const [d1, d2] = gradients(add(sumOver(square(g1)), sumOver(square(g2))), [w1, w2]) as [Tensor, Tensor];
  const [h1, h2] = gradients(add(sumOver(mul(g1, v1)), sumOver(mul(g2, v2))), [w1, w2]) as [Tensor, Tensor];
  const outputs = { loss, g1, g2, d1, d2, h1, h2 };
  const values = await evaluate(outputs, [x, target, w1, w2, v1, v2], feeds);
  for (const one of Object.keys(outputs)) expectClose(values[one]!.data, `${name}/out/${one}`);
}

const SPECIAL: Record<string, (one: OracleCase) => Promise<void>> = {
  optimizer: checkOptimizer,
  clipGlobalNorm: checkClipping,
  secondOrder: checkSecondOrder,
};

describe("parity with the reference values", () => {
  for (const one of cases) {
    const special = SPECIAL[one.op];
    const known = special !== undefined || one.op in oracleOps;
    it(one.name, async ({ skip }) => {
      const checked = special ? (await special(one), true) : known && (await checkOperation(one));
      if (checked) return;
      skipped.push(`${one.name} (${one.op})`);
      skip("operation not in the library yet");
    });
  }

  it("prints what it skipped", () => {
    if (skipped.length > 0) console.log(`oracle: ${skipped.length} of ${cases.length} skipped: ${skipped.join(", ")}`);
    expect(skipped.length).toBeLessThan(cases.length);
  });
});
