/** @file The networks of RegGAN: counts of parameters of its program, sizes, limits. */
import { describe, expect, it } from "vitest";
import { input, Scope, sizeOf, type Tensor } from "../engine/index.ts";
import { Random } from "../random/index.ts";
import { patchDiscriminator } from "./patch-discriminator.ts";
import { registration, registrationLevels } from "./registration.ts";
import { residualGenerator } from "./residual-generator.ts";

function built(network: (scope: Scope, image: Tensor) => Tensor, shape: readonly number[]) {
  const scope = Scope.root("network");
  const output = network(scope, input("image", { shape: [...shape] }));
  return { shape: output.shape, count: scope.parameters().reduce((sum, each) => sum + sizeOf(each.shape), 0), scope };
}

describe("residual generator", () => {
  it.each([
    [{}, 256, 11_365_633],
    [{ width: 16, blocks: 3 }, 64, 269_377],
    [{ width: 8, blocks: 3 }, 64, 67_873],
    [{ width: 8, blocks: 2 }, 32, 49_377],
  ])("of %o at %i has %i parameters", (options, size, count) => {
    const { shape, count: own } = built(
      (scope, image) => residualGenerator(scope, image, { channels: 1, ...options }),
      [1, 1, size, size],
    );
    expect([own, ...shape]).toEqual([count, 1, 1, size, size]);
  });

  it("takes other numbers of channels in than out, and refuses sides that do not halve", () => {
    const generator = (scope: Scope, image: Tensor) => residualGenerator(scope, image, { channels: 1, width: 4 });
    expect(built(generator, [2, 3, 16, 24]).shape).toEqual([2, 1, 16, 24]);
    expect(() => built(generator, [1, 1, 18, 16])).toThrow("sides must be multiples of 4, got 18 × 16");
  });
});

describe("patch discriminator with plain norms", () => {
  it.each([
    [{}, 1, 256, 2_762_689, 30],
    [{}, 2, 256, 2_763_713, 30],
    [{ width: 16, halvings: 2 }, 1, 64, 42_353, 14],
    [{ width: 16, halvings: 2 }, 2, 64, 42_609, 14],
    [{ width: 8, halvings: 2 }, 1, 64, 10_937, 14],
  ])(
    "of %o with %i channels at %i has %i parameters and scores %i patches a side",
    (options, channels, size, count, side) => {
      const network = (scope: Scope, image: Tensor) => patchDiscriminator(scope, image, { ...options, norm: "plain" });
      const { shape, count: own } = built(network, [1, channels, size, size]);
      expect([own, ...shape]).toEqual([count, 1, 1, side, side]);
    },
  );
});

describe("registration", () => {
  it.each([
    [{}, 256, 2_058_018],
    [{ down: [16, 32, 32, 32], middle: 1 }, 64, 229_138],
    [{ down: [8, 16, 16, 16], middle: 1 }, 64, 57_610],
    [{ down: [8, 16, 16], middle: 1 }, 32, 46_026],
  ])("of %o at %i has %i parameters", (options, size, count) => {
    const { shape, count: own } = built((scope, images) => registration(scope, images, options), [1, 2, size, size]);
    expect([own, ...shape]).toEqual([count, 1, 2, size, size]);
  });

  it("takes odd sides, and says how many levels a small image allows", () => {
    const small = (scope: Scope, images: Tensor) => registration(scope, images, { down: [4, 4, 4], middle: 1 });
    expect(built(small, [1, 2, 19, 21]).shape).toEqual([1, 2, 19, 21]);
    expect(() => built((scope, images) => registration(scope, images), [1, 2, 128, 128])).toThrow(
      "7 levels need sides of at least 256, got 128 × 128. Take at most 6 levels.",
    );
    expect([256, 128, 64, 4].map((side) => registrationLevels(side, 300))).toEqual([7, 6, 5, 1]);
  });

  it("begins with weights that fit leaky rectifiers, and an output next to 0", () => {
    const { scope } = built(
      (root, images) => registration(root, images, { down: [16, 32], middle: 1 }),
      [1, 2, 16, 16],
    );
    const deviation = (name: string): number => {
      const { node, shape } = scope.parameters().find(({ path }) => path === name)!;
      const leaf = node.leaf as { init: (shape: readonly number[], random: Random) => Float32Array };
      const values = leaf.init(shape, new Random(1, name));
      return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
    };
    expect(deviation("network.up.1.weight")).toBeCloseTo(Math.sqrt(2 / (1.04 * 64 * 9)), 2);
    expect(deviation("network.flow.weight")).toBeLessThan(2e-5);
  });
});
