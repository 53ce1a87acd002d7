/** @file The sweep: every op, every case, against ONNX Runtime and finite differences. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ops } from "../../src-main/engine/index.ts";
import { choosables } from "../../src-main/engine/lowering.ts";
import type { OpDefinition, Tensor } from "../../src-main/engine/graph.ts";
import { openCase } from "./cases.ts";
import { checkGradient, evaluate } from "./evaluate.ts";

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
