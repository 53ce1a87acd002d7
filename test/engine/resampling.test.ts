/** @file Resizing, borders and averaging: known values, exact pixels, errors, and exports with an open batch size. */
import { describe, expect, it } from "vitest";
import {
  adaptiveAveragePool,
  averagePool,
  globalAveragePool,
  globalMaxPool,
  gradients,
  input,
  openShapes,
  padReflect,
  padReplicate,
  resizeLinear,
  resizeNearest,
  sumOver,
  type Tensor,
} from "../../src-main/engine/index.ts";
import { inferStep } from "../../src-main/training/index.ts";
import { evaluate } from "./evaluate.ts";

const row = (...values: number[]) => ({ shape: [1, 1, 1, values.length], values });

async function valuesOf({ shape, values }: { shape: number[]; values: number[] }, map: (x: Tensor) => Tensor) {
  const x = input("x", { shape });
  const { y } = await evaluate({ y: map(x) }, [x], { x: Float32Array.from(values) });
  return [...(y!.data as Float32Array)].map((value) => Number(value.toFixed(5)));
}

describe("known values", () => {
  const steps = row(1, 2, 3, 4);
  it.each([
    ["half-pixel", false, 8, [1, 1.25, 1.75, 2.25, 2.75, 3.25, 3.75, 4]],
    ["half-pixel, halved", false, 2, [1.5, 3.5]],
    ["corners on corners", true, 7, [1, 1.5, 2, 2.5, 3, 3.5, 4]],
    ["corners on corners, one pixel", true, 1, [1]],
  ])("linear, %s", async (_, alignCorners, size, expected) => {
    expect(await valuesOf(steps, (x) => resizeLinear(x, { size: [1, size], alignCorners }))).toEqual(expected);
  });

  it("borders", async () => {
    const border = { before: [0, 2], after: [0, 1] };
    expect(await valuesOf(steps, (x) => padReflect(x, border))).toEqual([3, 2, 1, 2, 3, 4, 3]);
    expect(await valuesOf(steps, (x) => padReplicate(x, border))).toEqual([1, 1, 1, 2, 3, 4, 4]);
  });

  it("means, with and without the padding's zeros", async () => {
    const window = { kernel: [1, 3], stride: [1, 2], padding: [0, 1] };
    expect(await valuesOf(row(3, 6, 9), (x) => averagePool(x, window))).toEqual([3, 5]);
    expect(await valuesOf(row(3, 6, 9), (x) => averagePool(x, { ...window, countPadding: false }))).toEqual([4.5, 7.5]);
    expect(await valuesOf(steps, (x) => adaptiveAveragePool(x, { size: [1, 3] }))).toEqual([1.5, 2.5, 3.5]);
  });
});

it("global pooling: the mean, and the largest value, whose first place gets the gradient", async () => {
  const x = input("x", { shape: [1, 2, 2, 2] });
  const [mean, largest] = [globalAveragePool(x), globalMaxPool(x)];
  const [slope] = gradients(sumOver(largest), [x]);
  const feeds = { x: Float32Array.of(1, 3, 3, 1, -4, -2, -6, -8) };
  const values = await evaluate({ mean, largest, slope: slope! }, [x], feeds);
  expect([...(values["mean"]!.data as Float32Array)]).toEqual([2, -5]);
  expect([...(values["largest"]!.data as Float32Array)]).toEqual([3, -2]);
  expect([...(values["slope"]!.data as Float32Array)]).toEqual([0, 1, 0, 0, 0, 1, 0, 0]);
});

it("nearest meets the pixel of the floor rule at every size", async () => {
  const from = 29;
  const x = input("x", { shape: [1, 1, 1, from] });
  const sizes = Array.from({ length: 97 }, (_, index) => index + 1);
  const outputs = Object.fromEntries(sizes.map((size) => [`to${size}`, resizeNearest(x, { size: [1, size] })]));
  const values = await evaluate(outputs, [x], { x: Float32Array.from({ length: from }, (_, index) => index) });
  for (const size of sizes) {
    const pixels = Math.fround(from / size);
    const expected = Array.from({ length: size }, (_, index) =>
      Math.min(Math.floor(Math.fround(index * pixels)), from - 1),
    );
    expect([...(values[`to${size}`]!.data as Float32Array)], `size ${size}`).toEqual(expected);
  }
});

it("says what does not fit", () => {
  const x = input("x", { shape: [1, 2, 3, 8] });
  expect(() => padReflect(x, { before: [3, 0], after: [0, 0] })).toThrow(
    /spatial axis 0: a mirror of 3 elements has 2 to give, got padding 3 and 0. Use less, or replicate/,
  );
  expect(() => resizeLinear(x, { size: [4] })).toThrow(/expected 2 numbers, one per spatial axis/);
  expect(() => resizeNearest(x, { scale: [0.2, 1] })).toThrow(/spatial axis 0 would get size 0/);
  expect(() => averagePool(x, { kernel: [2, 2], stride: [1, 1], padding: [2, 2] })).toThrow(
    /at most half of the kernel 2, got 2/,
  );
});

it("keeps the batch size of an export open", () => {
  const predict = inferStep({
    networks: [],
    inputs: { image: { shape: [1, 2, 4, 6] } },
    outputs: (_, { image }) => ({
      linear: resizeLinear(image!, { size: [7, 9] }),
      scaled: resizeLinear(image!, { scale: [1.6, 1.6] }),
      nearest: resizeNearest(image!, { size: [5, 5] }),
      border: padReflect(image!, { before: [1, 1], after: [2, 2] }),
      means: averagePool(image!, { kernel: [3, 3], stride: [1, 1], padding: [1, 1] }),
      parts: adaptiveAveragePool(image!, { size: [3, 4] }),
    }),
  });
  expect(openShapes(predict).inputs["image"]![0]).toBe("batch");
});
