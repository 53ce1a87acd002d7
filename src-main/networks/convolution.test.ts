import { describe, expect, it } from "vitest";
import { defineProgram, gradients, input, Scope, sumOver, type Init } from "../engine/index.ts";
import { ParameterStore } from "../engine/runtime/index.ts";
import { Random } from "../random/index.ts";
import { conv1x1, conv2d, conv3d, convTranspose2d, convTranspose3d } from "./convolution.ts";
import { fanInUniform, fanInUniformBias, filled, normal } from "./init.ts";

const image2d = input("image", { shape: [2, 4, 6, 8] });
const image3d = input("image", { shape: [1, 4, 3, 4, 5] });

function layer(build: (scope: Scope) => { shape: readonly number[] }) {
  const scope = Scope.root("net");
  const { shape } = build(scope);
  return { shape, parameters: scope.parameters().map((parameter) => parameter.shape) };
}

describe("sizes of results and parameters", () => {
  it.each([
    ["conv1x1", (s: Scope) => conv1x1(s, image2d, { channels: 3, bias: false }), [2, 3, 6, 8], [[3, 4, 1, 1]]],
    [
      "conv2d, strided, grouped",
      (s: Scope) => conv2d(s, image2d, { channels: 6, kernel: [3, 5], stride: 2, groups: 2 }),
      [2, 6, 3, 4],
      [[6, 2, 3, 5], [6]],
    ],
    [
      "conv3d, one stride per axis",
      (s: Scope) => conv3d(s, image3d, { channels: 2, kernel: 3, stride: [1, 2, 2] }),
      [1, 2, 3, 2, 3],
      [[2, 4, 3, 3, 3], [2]],
    ],
    [
      "convTranspose2d, pix2pix's",
      (s: Scope) => convTranspose2d(s, image2d, { channels: 6, kernel: 4, stride: 2, padding: 1, groups: 2 }),
      [2, 6, 12, 16],
      [[4, 3, 4, 4], [6]],
    ],
    [
      "convTranspose2d, a size more",
      (s: Scope) => convTranspose2d(s, image2d, { channels: 1, kernel: 3, stride: 2, padding: 1, outputPadding: 1 }),
      [2, 1, 12, 16],
      [[4, 1, 3, 3], [1]],
    ],
    [
      "convTranspose3d",
      (s: Scope) => convTranspose3d(s, image3d, { channels: 2, kernel: [1, 2, 2], stride: [1, 2, 2], bias: false }),
      [1, 2, 3, 8, 10],
      [[4, 2, 1, 2, 2]],
    ],
  ])("%s", (_, build, shape, parameters) => {
    expect(layer(build)).toEqual({ shape, parameters });
  });

  it("says what does not fit", () => {
    const scope = Scope.root("net").at("stem");
    expect(() => conv3d(scope, image2d, { channels: 1, kernel: 3 })).toThrow(
      /conv3d at net\.stem: image must be .* 3 spatial axes, got \[2, 4, 6, 8\]/,
    );
    expect(() => conv2d(scope, image2d, { channels: 1, kernel: [3, 3, 3] })).toThrow(/expected one number or 2/);
    expect(() => conv2d(scope, image2d, { channels: 1, kernel: 15, paddingMode: "reflect" })).toThrow(
      /a mirror of 6 elements has 5 to give/,
    );
    expect(() => convTranspose2d(scope, image2d, { channels: 1, kernel: 2, stride: 2, outputPadding: 2 })).toThrow(
      /outputPadding 2 must be less than the stride 2/,
    );
  });
});

it("borders: sums of 3 × 3 over a constant image fall off only where zeros are added, and every mode trains", async () => {
  const ones = input("ones", { shape: [1, 1, 3, 4] });
  const modes = ["zeros", "reflect", "replicate"] as const;
  const outputs = Object.fromEntries(
    modes.flatMap((paddingMode) => {
      const scope = Scope.root(paddingMode);
      const y = conv2d(scope, ones, { channels: 1, kernel: 3, paddingMode, init: filled(1), bias: false });
      const [slope] = gradients(sumOver(y), scope.parameters());
      return [
        [paddingMode, y],
        [`${paddingMode}Slope`, slope!],
      ] as const;
    }),
  );
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(1, name) });
  const program = await store.compile(defineProgram({ name: "borders", outputs }));
  const values = await program.run({ ones: new Float32Array(12).fill(1) });
  const of = (name: string) => [...(values[name]!.data as Float32Array)];
  expect(of("zeros")).toEqual([4, 6, 6, 4, 6, 9, 9, 6, 4, 6, 6, 4]);
  expect(of("zerosSlope")).toEqual([6, 8, 6, 9, 12, 9, 6, 8, 6]);
  for (const mode of ["reflect", "replicate"]) {
    expect(of(mode)).toEqual(Array.from({ length: 12 }, () => 9));
    expect(of(`${mode}Slope`)).toEqual(Array.from({ length: 9 }, () => 12));
  }
  await store.release();
});

describe("initial values", () => {
  const drawn = (init: Init, shape: number[]) => {
    if (typeof init !== "function") throw new Error("expected a rule that draws numbers");
    return init(shape, new Random(1, "w"));
  };
  it("PyTorch's default is uniform to 1 / √fan-in, for weights and bias", () => {
    const bound = 1 / Math.sqrt(16 * 9);
    for (const values of [drawn(fanInUniform, [32, 16, 3, 3]), drawn(fanInUniformBias(16 * 9), [4096])]) {
      const largest = Math.max(...values.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(Math.fround(bound));
      expect(largest).toBeGreaterThan(0.99 * bound);
      const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      expect(variance / (bound ** 2 / 3)).toBeCloseTo(1, 1);
    }
  });
  it("normal has the given deviation", () => {
    const values = drawn(normal(0.02), [64, 64]);
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    expect(deviation / 0.02).toBeCloseTo(1, 1);
  });
});
