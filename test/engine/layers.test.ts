/** @file Layers: what they compute, what they name their parameters. */
import { describe, expect, it } from "vitest";
import { input, openShapes, Scope, type Tensor } from "../../src-main/engine/index.ts";
import { embedding, groupNorm, imageAttention, linear, multiHeadAttention } from "../../src-main/networks/index.ts";
import { Random } from "../../src-main/random/index.ts";
import { inferStep } from "../../src-main/training/index.ts";
import { evaluate } from "./evaluate.ts";

const namesIn = (scope: Scope) => scope.parameters().map(({ path }) => path);
const drawn = (count: number) => {
  const random = new Random(4, "values");
  return Float32Array.from({ length: count }, () => random.normal());
};
const valueOf = async (y: Tensor, feeds: Record<string, Float32Array | BigInt64Array>, inputs: Tensor[]) =>
  (await evaluate({ y }, inputs, feeds))["y"]!.data as Float32Array;

describe("linear and embedding", () => {
  it("map the last axis, whatever stands before it", async () => {
    const x = input("x", { shape: [2, 3, 4] });
    const scope = Scope.root("net");
    const y = linear(scope, x, { features: 5 });
    expect(y.shape).toEqual([2, 3, 5]);
    expect(namesIn(scope)).toEqual(["net.weight", "net.bias"]);
    const data = drawn(24);
    const all = await valueOf(y, { x: data }, [x]);
    const row = input("row", { shape: [1, 4] });
    const one = await valueOf(linear(scope, row, { features: 5 }), { row: data.slice(20) }, [row]);
    expect([...all.slice(25)].map((value, index) => Math.abs(value - one[index]!) < 1e-5)).toEqual(Array(5).fill(true));
  });

  it("an embedding gives equal rows for equal numbers", async () => {
    const x = input("x", { shape: [3], dtype: "int64" });
    const rows = await valueOf(
      embedding(Scope.root("table"), x, { count: 7, features: 2 }),
      { x: BigInt64Array.of(6n, 0n, 6n) },
      [x],
    );
    expect(rows.slice(0, 2)).toEqual(rows.slice(4));
    expect(rows.slice(0, 2)).not.toEqual(rows.slice(2, 4));
  });
});

describe("normalization layers", () => {
  it("group norm gives each group mean 0 and variance 1, also far from zero", async () => {
    const x = input("x", { shape: [2, 4, 3, 3] });
    const data = drawn(72).map((value) => 1000 + value);
    const y = await valueOf(groupNorm(Scope.root("norm"), x, { groups: 2 }), { x: data }, [x]);
    for (let group = 0; group < 4; group++) {
      const values = [...y.slice(group * 18, group * 18 + 18)];
      const mean = values.reduce((total, value) => total + value, 0) / 18;
      const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / 18;
      expect(mean).toBeCloseTo(0, 3);
      expect(variance).toBeCloseTo(1, 3);
    }
  });

  it("group norm predicts what it trains with, and its export takes any size", async () => {
    const x = input("x", { shape: [2, 4, 3, 3] });
    const [scope, feeds] = [Scope.root("norm"), { x: drawn(72) }];
    const trained = await valueOf(groupNorm(scope.in("train"), x, { groups: 2 }), feeds, [x]);
    const predicted = await valueOf(groupNorm(scope, x, { groups: 2 }), feeds, [x]);
    for (const [at, value] of predicted.entries()) expect(value).toBeCloseTo(trained[at]!, 5);
    const program = inferStep({
      networks: ["norm"],
      inputs: { image: { shape: [1, 4, 8, 8] } },
      outputs: ({ norm }, { image }) => ({ y: groupNorm(norm, image, { groups: 2 }) }),
    });
    expect(openShapes(program).inputs).toEqual({ image: ["batch", 4, "height", "width"] });
  });

  it("says when channels do not divide into groups", () => {
    const x = input("x", { shape: [1, 6, 2, 2] });
    expect(() => groupNorm(Scope.root("n"), x, { groups: 4 })).toThrow("6 channels do not divide into 4 groups");
  });
});

describe("attention layers", () => {
  it("keep the shape, name four layers, and do not care for the order of places", async () => {
    const image = input("image", { shape: [1, 4, 2, 3] });
    const scope = Scope.root("a");
    const y = imageAttention(scope, image, { heads: 2 });
    expect(y.shape).toEqual(image.shape);
    expect(namesIn(scope)).toEqual(
      ["query", "key", "value", "out"].flatMap((name) => [`a.${name}.weight`, `a.${name}.bias`]),
    );
    const data = drawn(24);
    const mirrored = data.map((_, at) => data[6 * Math.floor(at / 6) + 5 - (at % 6)]!);
    const [straight, turned] = [
      await valueOf(y, { image: data }, [image]),
      await valueOf(y, { image: mirrored }, [image]),
    ];
    for (let at = 0; at < 24; at++) {
      expect(turned[at]).toBeCloseTo(straight[6 * Math.floor(at / 6) + 5 - (at % 6)]!, 5);
    }
  });

  it("a masked place has no influence; queries may look at another sequence", async () => {
    const queries = input("queries", { shape: [2, 3, 4] });
    const context = input("context", { shape: [2, 5, 6] });
    const bias = input("bias", { shape: [1, 1, 1, 5] });
    const y = multiHeadAttention(Scope.root("a"), queries, { context, heads: 2, bias });
    expect(y.shape).toEqual([2, 3, 4]);
    const mask = Float32Array.of(0, 0, 0, 0, -1e9);
    const [first, second] = [drawn(60), drawn(60)];
    for (const at of [24, 25, 54, 59]) second[at] = 77; // only in the last place of each sequence
    const inputs = [queries, context, bias];
    const one = await valueOf(y, { queries: drawn(24), context: first, bias: mask }, inputs);
    const two = await valueOf(y, { queries: drawn(24), context: second, bias: mask }, inputs);
    expect(two).toEqual(one);
  });

  it("says when the width does not divide into heads", () => {
    const image = input("image", { shape: [1, 6, 2, 2] });
    expect(() => imageAttention(Scope.root("a"), image, { heads: 4 })).toThrow("width 6 does not divide into 4 heads");
  });
});
