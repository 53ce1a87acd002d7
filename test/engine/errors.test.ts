/** @file What does not fit is refused in one message that says where, what was expected and what came. */
import { describe, expect, it } from "vitest";
import {
  add,
  argMax,
  concat,
  convolution,
  defineProgram,
  emitProgram,
  gather,
  gatherElements,
  greater,
  input,
  matmul,
  maxPoolNd,
  mul,
  oneHot,
  reshape,
  sigmoid,
  slice,
  state,
  variance,
  where,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { ParameterStore } from "../../src-main/engine/runtime/index.ts";
import { Random } from "../../src-main/random/index.ts";

const random = (name: string) => new Random(1, name);
const weight = state("net.weight", { shape: [2, 3], init: () => new Float32Array(6) });
const x = input("x", { shape: [4, 2] });
const program = defineProgram({ name: "p", outputs: { y: matmul(x, weight) } });

describe("an op refuses at once, by name and with what came", () => {
  const image = input("image", { shape: [1, 1, 4, 4], dtype: "uint8" });
  const labels = input("labels", { shape: [4, 2], dtype: "int64" });
  const windows = { kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
  const plain = { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 };
  const kernel = input("kernel", { shape: [1, 1, 2, 2] });
  it.each<[string, () => Tensor, RegExp]>([
    [
      "a fraction beside whole numbers",
      () => mul(image, 1 / 255),
      /^mul: uint8 cannot hold 0\.0039.*uint8\[1, 1, 4, 4\]/,
    ],
    ["a number out of the dtype's range", () => add(image, 256), /^add: uint8 cannot hold 256/],
    ["products of two dtypes", () => matmul(x, labels), /^matmul: .* got float32 and int64\. .*float32\[4, 2\], int64/],
    ["a convolution of bytes", () => convolution([image, kernel], plain), /^convolution: .* got uint8 and float32/],
    [
      "a convolution with too few strides",
      () => convolution([kernel, kernel], { ...plain, stride: [1] }),
      /must be 2 whole numbers each/,
    ],
    [
      "a stride of 0",
      () => convolution([kernel, kernel], { ...plain, stride: [0, 1] }),
      /^convolution: .*only padding may be 0/,
    ],
    ["activations of whole numbers", () => sigmoid(labels), /^sigmoid: the operand must be float32 .* got int64/],
    ["joining two dtypes", () => concat([x, labels], { axis: 0 }), /^concat: all inputs must have one dtype/],
    ["choosing between two dtypes", () => where(greater(x, 0), x, labels), /^where: a and b must have one dtype/],
    ["an axis that is not there", () => argMax(x, { axis: -1 }), /^argMax: axis must be in 0\.\.1, got -1/],
    ["rows along no axis", () => gather(x, labels, { axis: 2 }), /^gather: axis must be in 0\.\.1, got 2/],
    ["elements along no axis", () => gatherElements(x, labels, { axis: 2 }), /^gatherElements: axis must be in 0\.\.1/],
    ["classes along no axis", () => oneHot(labels, { classes: 3, axis: -1 }), /^oneHot: axis must be in 0\.\.2/],
    ["an axis twice", () => variance(x, { axes: [1, -1] }), /^sum: axes must differ, got \[1, 1\]/],
    ["half an element", () => slice(x, { axes: [0], starts: [0.5], ends: [2] }), /^slice: .*whole numbers/],
    [
      "windows of padding alone",
      () => maxPoolNd(kernel, { ...windows, padding: [2, 2] }),
      /^maxPoolNd: padding must be at most half/,
    ],
    ["sizes below 1", () => reshape(x, { to: [-2, -4] }), /^reshape: the result would be \[-2, -4\]/],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(message);
  });
});

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

it("a program that was released, and a feed that is null", async () => {
  const store = new ParameterStore({ device: "cpu", random });
  const compiled = await store.compile(program);
  await expect(compiled.run({ x: null as never })).rejects.toThrow("p: input x: expected Float32Array, got null.");
  await compiled.release();
  await expect(compiled.run({ x: new Float32Array(8) })).rejects.toThrow("p: has been released. Compile it again.");
});
