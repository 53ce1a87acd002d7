import { describe, expect, it } from "vitest";
import {
  constant,
  defineProgram,
  gradients,
  input,
  mul,
  Scope,
  sizeOf,
  sumOver,
  type Tensor,
} from "../engine/index.ts";
import { ParameterStore } from "../engine/runtime/index.ts";
import { Random } from "../random/index.ts";
import { maskGenerator, maskGeneratorLevels } from "./mask-generator.ts";
import { patchDiscriminator } from "./patch-discriminator.ts";
import { cellShares, mixtureRows, searchableDown, searchableUp } from "./searchable-cell.ts";

const countOf = (scope: Scope): number => scope.parameters().reduce((sum, { shape }) => sum + sizeOf(shape), 0);
const oneHotOf = (place: number): Tensor =>
  constant(
    [0, 1, 2].map((at) => +(at === place)),
    { shape: [3] },
  );

/** Outputs of a program at fixed weights and one drawn image. */
async function computed(inputs: readonly Tensor[], outputs: Record<string, Tensor>): Promise<Record<string, number[]>> {
  const store = new ParameterStore({ device: "cpu", random: (name) => new Random(7, name) });
  const program = await store.compile(defineProgram({ name: "looked", inputs, outputs, updates: [] }));
  const random = new Random(3, "feeds");
  const feeds = Object.fromEntries(
    Object.entries(program.program.inputs).map(([name, { shape }]) => [
      name,
      Float32Array.from({ length: sizeOf(shape) }, () => random.uniform()),
    ]),
  );
  const found = await program.run(feeds);
  await store.release();
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, Array.from(data as Float32Array)]));
}

function expectClose(a: readonly number[], b: readonly number[], tolerance: number): void {
  const largest = Math.max(...b.map(Math.abs));
  expect(a).toHaveLength(b.length);
  for (const [index, value] of a.entries())
    expect(Math.abs(value - b[index]!)).toBeLessThanOrEqual(tolerance * largest);
}

describe.each([
  ["up", searchableUp, [2, 5, 8, 12]],
  ["down", searchableDown, [2, 5, 2, 3]],
] as const)("a cell that goes %s", (_, cell, shape) => {
  const image = input("image", { shape: [2, 3, 4, 6] });
  const options = { channels: 5, bias: true };

  it("gives the same numbers and gradients merged into one convolution and candidate by candidate", async () => {
    const scope = Scope.root("net");
    const [mixture] = mixtureRows(cellShares(scope.at("cells"), 1)) as [Tensor];
    const outputs: Record<string, Tensor> = {};
    for (const [name, merged] of [
      ["merged", true],
      ["apart", false],
    ] as const) {
      const y = cell(scope.at("cell"), image, { ...options, mixture, merged });
      expect(y.shape).toEqual(shape);
      outputs[name] = y;
      // A weight of its own for every place, so that no slope cancels.
      const weights = constant(
        Array.from({ length: sizeOf(y.shape) }, (_, place) => Math.sin(place)),
        { shape: y.shape },
      );
      const wrt = [image, ...scope.parameters()];
      for (const [place, slope] of gradients(sumOver(mul(y, weights)), wrt).entries())
        outputs[`${name}${place}`] = slope;
    }
    const found = await computed([image], outputs);
    for (const name of Object.keys(found).filter((one) => one.startsWith("merged"))) {
      expectClose(found[name]!, found[name.replace("merged", "apart")]!, 1e-5);
    }
  });

  it.each([0, 1, 2])("is its candidate %i when that has all of the mixture", async (place) => {
    const scope = Scope.root("net");
    const found = await computed([image], {
      mixed: cell(scope, image, { ...options, mixture: oneHotOf(place) }),
      kept: cell(scope, image, { ...options, mixture: place }),
    });
    expectClose(found["mixed"]!, found["kept"]!, 1e-6);
  });
});

it("shares of a cell sum to 1, and are a third each at equal logits", async () => {
  const scope = Scope.root("net");
  const [first, second] = mixtureRows(cellShares(scope, 2)) as [Tensor, Tensor];
  const found = await computed([], { first, second });
  for (const shares of Object.values(found)) {
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    for (const share of shares) expect(share).toBeCloseTo(1 / 3, 2);
  }
});

describe("maskGenerator", () => {
  const small = { channels: 1, width: 12, widest: 32 };

  it("has the parameters of the method's small configuration, generator and discriminator", () => {
    const [generator, architecture, discriminator] = ["g", "a", "h"].map((name) => Scope.root(name)) as [
      Scope,
      Scope,
      Scope,
    ];
    const up = mixtureRows(cellShares(architecture, 3));
    const mask = input("mask", { shape: [4, 1, 32, 32] });
    expect(maskGenerator(generator, mask, { ...small, up }).shape).toEqual([4, 1, 32, 32]);
    // Kernels as the specification counts them, 176 thousand, and scale and shift of the norms.
    const norms = 2 * (24 + 24 + 12);
    expect(countOf(generator)).toBe(192 + 4608 + 12288 + 89088 + 66816 + 2784 + 3 + 12 + norms);
    expect(architecture.parameters().map(({ shape }) => shape)).toEqual([[3, 3]]);
    const pair = input("pair", { shape: [4, 2, 32, 32] });
    expect(patchDiscriminator(discriminator, pair, { width: 16, halvings: 2, between: 0 }).shape).toEqual([4, 1, 7, 7]);
    expect(countOf(discriminator)).toBe(528 + 8192 + 64 + 513);
  });

  it("is pix2pix's network at 256 × 256 but for its innermost levels, and its discriminator has 2.76 million parameters", () => {
    const discriminator = Scope.root("h");
    const scores = patchDiscriminator(discriminator, input("pair", { shape: [1, 2, 256, 256] }));
    expect(scores.shape).toEqual([1, 1, 30, 30]);
    expect(countOf(discriminator)).toBeCloseTo(2.76e6, -4);
    expect([16, 32, 48, 96, 144, 256].map(maskGeneratorLevels)).toEqual([2, 3, 3, 4, 4, 6]);
  });

  it("with all of the mixture on one candidate everywhere is the generator that kept it", async () => {
    const scope = Scope.root("g");
    const mask = input("mask", { shape: [1, 1, 32, 32] });
    const kept = [2, 0, 1];
    const found = await computed([mask], {
      mixed: maskGenerator(scope, mask, { ...small, up: kept.map(oneHotOf) }),
      kept: maskGenerator(scope, mask, { ...small, up: kept }),
    });
    expectClose(found["mixed"]!, found["kept"]!, 1e-5);
    for (const value of found["kept"]!) expect(value > 0 && value < 1).toBe(true);
  });

  it("draws from dropout in training alone", () => {
    const mask = input("mask", { shape: [1, 1, 32, 32] });
    const noises = (mode: "train" | "predict") => {
      const image = maskGenerator(Scope.root("g", { mode }), mask, small);
      const program = defineProgram({ name: "looked", outputs: { image }, updates: [] });
      return Object.keys(program.inputs).filter((name) => name.endsWith(".noise"));
    };
    expect(noises("train")).toEqual(["g.decoder.1.noise"]);
    expect(noises("predict")).toEqual([]);
  });

  it("says which sides it takes", () => {
    expect(() => maskGenerator(Scope.root("g"), input("mask", { shape: [1, 1, 50, 50] }), small)).toThrow(
      /a multiple of 4 and at least 16, got 50/,
    );
    expect(() =>
      maskGenerator(Scope.root("g"), input("mask", { shape: [1, 1, 32, 32] }), { ...small, up: [0, 0] }),
    ).toThrow(/up: expected 3 cells, got 2/);
  });
});
