/** @file What does not fit is refused in one message that says where, what was expected and what came. */
import { expect, it } from "vitest";
import {
  argMax,
  defineProgram,
  emitProgram,
  input,
  matmul,
  mul,
  state,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";

const random = (name: string) => new Random(1, name);
const weight = state("net.weight", { shape: [2, 3], init: () => new Float32Array(6) });
const x = input("x", { shape: [4, 2] });
const program = defineProgram({ name: "p", outputs: { y: matmul(x, weight) } });

it("an update of another shape or dtype than its state", () => {
  const update = (value: Tensor) => () =>
    defineProgram({ name: "p", outputs: {}, updates: [{ state: weight, value }] });
  expect(update(x)).toThrow("p: update of net.weight must be float32[2, 3], got float32[4, 2].");
  expect(update(argMax(mul(weight, 1), { axis: 0 }))).toThrow(/must be float32\[2, 3\], got int64\[/);
});

it("a parameter of another shape, or too few numbers, when restoring: nothing changes", async () => {
  const store = new ParameterStore({ device: "cpu", random });
  await store.compile(program);
  const before = await store.state();
  const fill = (shape: number[], size: number) => ({ "net.weight": { shape, data: new Float32Array(size).fill(1) } });
  await expect((async () => store.restore(fill([3, 2], 6)))()).rejects.toThrow(
    "restore: net.weight: expected shape [2, 3], got [3, 2].",
  );
  await expect((async () => store.restore(fill([2, 3], 5)))()).rejects.toThrow(
    "restore: net.weight: shape [2, 3] holds 6 numbers, got 5.",
  );
  expect(await store.state()).toEqual(before);
  await store.release();
});

it("a parameter that is missing: of an exported model, or as the source of a copy", async () => {
  expect(() => emitProgram(program, { parameters: {} })).toThrow("p: no value for parameter net.weight.");
  const copy = state("teacher.weight", { shape: [2, 3], init: { copyOf: "student.weight" } });
  const store = new ParameterStore({ device: "cpu", random });
  const compiling = store.compile(defineProgram({ name: "q", outputs: { y: matmul(x, copy) } }));
  await expect(compiling).rejects.toThrow(
    "state teacher.weight: starts as a copy of student.weight, which is not in the store.",
  );
});

it("two programs that want one state in two shapes", async () => {
  const store = new ParameterStore({ device: "cpu", random });
  await store.compile(program);
  const other = state("net.weight", { shape: [2, 5], init: () => new Float32Array(10) });
  await expect(store.compile(defineProgram({ name: "q", outputs: { y: matmul(x, other) } }))).rejects.toThrow(
    "state net.weight: the store holds [2, 3], the program wants [2, 5].",
  );
  await store.release();
});
