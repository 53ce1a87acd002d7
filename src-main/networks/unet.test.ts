import { describe, expect, it } from "vitest";
import { input, Scope, sizeOf, type Tensor } from "../engine/index.ts";
import { Random } from "../random/index.ts";
import { heNormal } from "./init.ts";
import type { Norm } from "./norm.ts";
import { unet } from "./unet.ts";

const parametersOf = (options: { classes: number; width: number; depth: number }, channels = 1) => {
  const scope = Scope.root("network");
  const logits = unet(scope, input("image", { shape: [2, channels, 32, 48] }), options);
  return { logits, parameters: scope.parameters() };
};

describe("unet", () => {
  it("keeps the image's size and gives one logit per class", () => {
    expect(parametersOf({ classes: 3, width: 4, depth: 3 }, 2).logits.shape).toEqual([2, 3, 32, 48]);
  });

  it("names its parameters by their place: checkpoints depend on these names", () => {
    const { parameters } = parametersOf({ classes: 2, width: 4, depth: 2 });
    const block = (place: string) =>
      [0, 1]
        .flatMap((half) => [`conv.${half}.weight`, `norm.${half}.weight`, `norm.${half}.bias`])
        .map((name) => `network.${place}.${name}`);
    const names = parameters.map(({ node }) => (node.leaf?.kind === "state" ? node.leaf.name : ""));
    expect(names).toEqual([
      ...block("encoder.0"),
      ...block("encoder.1"),
      ...block("decoder.0"),
      "network.head.weight",
      "network.head.bias",
    ]);
  });

  it("has the 1.96 million parameters of the benchmark's peer", () => {
    const { parameters } = parametersOf({ classes: 1, width: 16, depth: 5 });
    expect(parameters.reduce((total, { shape }) => total + sizeOf(shape), 0)).toBe(1_963_809);
  });

  it("has the same parameters with any norm, and running statistics with batch norm alone", () => {
    const built = (norm: Norm) => {
      const scope = Scope.root("network", { mode: "train" });
      unet(scope, input("image", { shape: [2, 1, 8, 8] }), { classes: 2, width: 4, depth: 2, norm });
      const nameOf = ({ node }: Tensor) => (node.leaf?.kind === "state" ? node.leaf.name : "");
      return { parameters: scope.parameters().map(nameOf), buffers: scope.buffers().map(({ state }) => nameOf(state)) };
    };
    for (const norm of ["instance", "group", "batch"] as const) {
      expect(built(norm).parameters).toEqual(built("instance").parameters);
    }
    expect(built("group").buffers).toEqual([]);
    expect(built("batch").buffers).toHaveLength(12); // mean and variance of six norms
    expect(built("batch").buffers[0]).toBe("network.encoder.0.norm.0.runningMean");
  });

  it("shares its weights when called twice on one scope", () => {
    const scope = Scope.root("network");
    for (const name of ["first", "second"])
      unet(scope, input(name, { shape: [1, 1, 8, 8] }), { classes: 2, width: 2, depth: 2 });
    expect(scope.parameters()).toHaveLength(20);
  });
});

it("he initialization has variance 2 / fan-in", () => {
  const draw = heNormal;
  if (typeof draw !== "function") throw new Error("heNormal draws numbers");
  const values = draw([64, 32, 3, 3], new Random(1, "w"));
  const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(variance / (2 / (32 * 9))).toBeCloseTo(1, 1);
});
