/** @file The sweep: every op, every case, against ONNX Runtime and finite differences. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ops } from "../../src-main/engine/index.ts";
import { choosables } from "../../src-main/engine/lowering.ts";
import { input, type CaseInput, type OpCase, type OpDefinition, type Tensor } from "../../src-main/engine/graph.ts";
import type { TypedArray } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { checkGradient, evaluate, type Feeds } from "./evaluate.ts";

const sizeOf = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);

const FROM_NUMBERS: Record<string, (values: readonly number[]) => TypedArray> = {
  float32: (values) => Float32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  int32: (values) => Int32Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values),
};

/** Inputs of a case. Random values are evenly spaced and shuffled, so that no two are close: maxima have clear winners. */
function openCase({ inputs, range = [-1, 1] }: OpCase<object>) {
  const isShape = (one: CaseInput): one is readonly number[] => Array.isArray(one);
  const count = inputs.reduce((total, one) => total + (isShape(one) ? sizeOf(one) : 0), 0);
  const [low, high] = range;
  const drawn = new Random(5, count).shuffle(
    Array.from({ length: count }, (_, index) => low + ((high - low) * (index + 0.5)) / count),
  );
  const feeds: Feeds = {};
  const tensors = inputs.map((one, index) => {
    const name = `x${index}`;
    const {
      shape,
      dtype = "float32",
      values,
    } = isShape(one) ? { shape: one, values: drawn.splice(0, sizeOf(one)) } : one;
    feeds[name] = FROM_NUMBERS[dtype]!(values);
    return input(name, { shape, dtype });
  });
  return { tensors, feeds, isRandom: inputs.every(isShape) };
}

describe.each(ops.map((op) => [op.opName, op] as const))("%s", (_, op) => {
  const definition = op.definition as unknown as OpDefinition<object>;
  const apply = op as unknown as (...call: unknown[]) => Tensor;

  it.each(definition.cases.map((one) => [JSON.stringify(one), one] as const))("%s", async (_name, one) => {
    const { tensors, feeds, isRandom } = openCase(one);
    const y = apply(tensors, one.attrs);
    const { value } = await evaluate({ value: y }, tensors, feeds);
    expect({ shape: value!.shape, dtype: value!.dtype }).toEqual({ shape: y.shape, dtype: y.dtype });
    expect((value!.data as Float32Array).every((element) => !Number.isNaN(Number(element)))).toBe(true);

    for (const { key, ways } of choosables([y])) {
      for (const { name } of ways) {
        const { value: other } = await evaluate({ value: y }, tensors, feeds, { lowerings: { [key]: name } });
        for (const [index, element] of (value!.data as Float32Array).entries()) {
          expect(Math.abs(Number(other!.data[index]) - element), name).toBeLessThan(1e-5);
        }
      }
    }

    if (typeof definition.gradient !== "function" || y.dtype !== "float32" || one.gradientUnchecked) return;
    const wrt = tensors.flatMap((tensor, index) =>
      tensor.dtype === "float32" ? [[`x${index}`, tensor] as [string, Tensor]] : [],
    );
    await checkGradient({ y, inputs: tensors, feeds, wrt, order: 1 });
    if (isRandom) await checkGradient({ y, inputs: tensors, feeds, wrt, order: 2 });
  });
});

it("every op of the library is in the sweep once", () => {
  const names = ops.map(({ opName }) => opName);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(50);
});

it("the README's table names every op", () => {
  const readme = readFileSync(join(import.meta.dirname, "../../src-main/engine/README.md"), "utf8");
  const named = new Set([...readme.matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(ops.map(({ opName }) => opName).filter((name) => !named.has(name))).toEqual([]);
});
