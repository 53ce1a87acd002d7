import { describe, expect, it } from "vitest";
import { input, Scope, sizeOf, type Tensor } from "../engine/index.ts";
import { vnet, type VnetOptions } from "./vnet.ts";

function built(shape: readonly number[], options: VnetOptions, mode: "train" | "predict" = "train") {
  const scope = Scope.root("network", { mode });
  const logits = vnet(scope, input("image", { shape }), options);
  const nameOf = ({ node }: Tensor) => (node.leaf?.kind === "state" ? node.leaf.name : "");
  return { logits, parameters: scope.parameters(), buffers: scope.buffers(), names: scope.parameters().map(nameOf) };
}

const count = (parameters: readonly { shape: readonly number[] }[]) =>
  parameters.reduce((total, { shape }) => total + sizeOf(shape), 0);

describe("vnet", () => {
  it("keeps the volume's size and gives one logit per class", () => {
    expect(built([2, 1, 8, 16, 4], { classes: 3, width: 2, depth: 3 }).logits.shape).toEqual([2, 3, 8, 16, 4]);
  });

  it("has the 9 448 866 weights of the published network with batch norm", () => {
    // The published size; nothing is computed here, so a small volume would give the same.
    const { parameters, logits } = built([1, 1, 80, 112, 112], { classes: 2, dropout: 0.5 });
    expect(count(parameters)).toBe(9_448_866);
    expect(logits.shape).toEqual([1, 2, 80, 112, 112]);
  });

  it("has as many weights in each stage as the published network", () => {
    const { parameters, names } = built([1, 1, 16, 16, 32], { classes: 2 });
    const within = (place: string) =>
      count(parameters.filter((_, index) => names[index]!.startsWith(`network.${place}.`)));
    expect([0, 1, 2, 3, 4].map((level) => within(`encoder.${level}`))).toEqual([
      480, 55_488, 332_352, 1_328_256, 5_310_720,
    ]);
    expect([1, 2, 3, 4].map((level) => within(`down.${level}`))).toEqual([4192, 16_576, 65_920, 262_912]);
    expect([3, 2, 1, 0].map((level) => within(`up.${level}`))).toEqual([262_528, 65_728, 16_480, 4144]);
    expect([3, 2, 1, 0].map((level) => within(`decoder.${level}`))).toEqual([1_328_256, 332_352, 55_488, 6960]);
    expect(within("head")).toBe(34);
  });

  it("with instance norm learns neither scale nor shift, and keeps no statistics", () => {
    const { parameters, names, buffers } = built([1, 1, 16, 16, 16], { classes: 2, norm: "instance" });
    expect(names.filter((name) => name.includes("norm"))).toEqual([]);
    expect(buffers).toEqual([]);
    // Batch norm's scales and shifts are what is left out: two for each channel of each convolution but the head.
    const units = [1, 2, 3, 3, 3].map((convolutions, level) => 16 * 2 ** level * convolutions);
    const channels =
      units.reduce((sum, each) => sum + each, 0) + units.slice(0, -1).reduce((sum, each) => sum + each, 0);
    const between = [32, 64, 128, 256, 128, 64, 32, 16].reduce((sum, each) => sum + each, 0);
    expect(9_448_866 - count(parameters)).toBe(2 * (channels + between));
  });

  it("drops whole channels, in training alone", () => {
    const noises = (mode: "train" | "predict", dropout: number) => {
      const scope = Scope.root("network", { mode });
      const logits = vnet(scope, input("image", { shape: [2, 1, 4, 4, 4] }), {
        classes: 2,
        width: 2,
        depth: 2,
        dropout,
      });
      const found = new Map<string, readonly number[]>();
      const open = [logits];
      const seen = new Set(open);
      for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
        const { leaf, inputs } = tensor.node;
        if (leaf?.kind === "input" && leaf.name.endsWith("noise")) found.set(leaf.name, tensor.shape);
        for (const each of inputs) {
          if (seen.has(each)) continue;
          seen.add(each);
          open.push(each);
        }
      }
      return Object.fromEntries(found);
    };
    expect(noises("train", 0.5)).toEqual({
      "network.encoder.dropout.noise": [2, 4, 1, 1, 1],
      "network.decoder.dropout.noise": [2, 2, 1, 1, 1],
    });
    expect(noises("predict", 0.5)).toEqual({});
    expect(noises("train", 0)).toEqual({});
  });

  it("says which side does not divide, and refuses planes", () => {
    expect(() => built([1, 1, 16, 16, 24], { classes: 2 })).toThrow(
      "image width 24 is not divisible by 16 (depth 5). Pad to 32",
    );
    expect(() => built([1, 1, 16, 16], { classes: 2 })).toThrow("must be [N, C, D, H, W]");
  });
});
