/** @file Several programs as one: the same numbers as one after the other from the same states, with nothing computed twice. */
import { afterEach, expect, it } from "vitest";
import {
  add,
  constant,
  defineProgram,
  emitProgram,
  exp,
  input,
  joinPrograms,
  mul,
  state,
  sub,
  sumOver,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore, scalars } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";

const stores: ParameterStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.release();
});

const weight = () => state("weight", { shape: [3], init: () => Float32Array.of(1, 2, 3) });
const other = () => state("other", { shape: [3], init: () => Float32Array.of(0.5, 0, -1) });
const rate = () => input("rate", { shape: [] });

/** `moved` falls by rate · e^(weight · x). */
function step(name: string, moved: (first: Tensor) => Tensor) {
  const first = weight();
  const value = exp(mul(first, input("x", { shape: [3] })));
  const target = moved(first);
  return defineProgram({
    name,
    outputs: { total: sumOver(value) },
    updates: [{ state: target, value: sub(target, mul(value, rate())) }],
  });
}

it("takes both steps from the states before, computes what they share once, and feeds or computes inputs as told", async () => {
  const twice = sumOver(mul(input("base", { shape: [1] }), 2));
  const joined = joinPrograms("both", [
    { program: step("a", (first) => first), inputs: { rate: "firstRate" }, outputs: { total: "first" } },
    { program: step("b", other), inputs: { rate: twice } },
  ]);
  expect(Object.keys(joined.inputs).toSorted()).toEqual(["base", "firstRate", "x"]);
  expect(emitProgram(joined).nodes.filter(({ type }) => type === "Exp")).toHaveLength(1);
  stores.push(new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) }));
  const compiled = await stores[0]!.compile(joined);
  const outputs = scalars(
    await compiled.run({ x: Float32Array.of(0, 1, -1), firstRate: 0.1, base: Float32Array.of(0.25) }),
  );
  const values = [1, Math.exp(2), Math.exp(-3)];
  const total = values.reduce((sum, one) => sum + one, 0);
  expect(outputs["first"]).toBeCloseTo(total, 5);
  expect(outputs["total"]).toBe(outputs["first"]);
  const states = await stores[0]!.state();
  for (const [at, value] of values.entries()) {
    expect(states["weight"]!.data[at]).toBeCloseTo(at + 1 - 0.1 * value, 5);
    expect(states["other"]!.data[at]).toBeCloseTo([0.5, 0, -1][at]! - 0.5 * value, 5);
  }
});

it("refuses two outputs of one name, and two updates of one state", () => {
  const [a, b] = [step("a", (first) => first), step("b", other)];
  expect(() => joinPrograms("both", [{ program: a }, { program: b }])).toThrow("two parts have an output total");
  const again = { program: step("b", (first) => first), outputs: { total: "again" } };
  expect(() => joinPrograms("both", [{ program: a }, again])).toThrow("weight is updated twice");
});

it("equal constants are one, however many numbers they hold; 0 and -0 are two", () => {
  const many = () =>
    constant(
      Float32Array.from({ length: 100 }, (_, at) => at),
      { shape: [100] },
    );
  const zero = (value: number) => constant([value], { shape: [1] });
  const x = input("x", { shape: [100] });
  const outputs = { a: mul(x, many()), b: add(x, many()), c: mul(x, zero(0)), d: mul(x, zero(-0)) };
  expect(emitProgram(defineProgram({ name: "constants", outputs })).initializers).toHaveLength(3);
});
