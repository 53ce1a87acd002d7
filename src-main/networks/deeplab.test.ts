import { describe, expect, it } from "vitest";
import { input, Scope, sizeOf } from "../engine/index.ts";
import { deeplab, type DeeplabOptions, scaledRates } from "./deeplab.ts";

function built(shape: readonly number[], options: Partial<DeeplabOptions> = {}, mode: "train" | "predict" = "train") {
  const scope = Scope.root("network", { mode });
  const logits = deeplab(scope, input("image", { shape }), { classes: 3, width: 2, ...options });
  const names = scope.parameters().map(({ node }) => (node.leaf?.kind === "state" ? node.leaf.name : ""));
  return { logits, names, parameters: scope.parameters(), buffers: scope.buffers() };
}

describe("deeplab", () => {
  it.each([8, 16] as const)(
    "keeps the image's size and gives one logit per class at output stride %d",
    (outputStride) => {
      expect(built([2, 1, 128, 96], { outputStride }).logits.shape).toEqual([2, 3, 128, 96]);
      expect(built([2, 4, 71, 130], { outputStride }).logits.shape).toEqual([2, 3, 71, 130]); // no side has to divide
    },
  );

  it("names its parameters by their place: checkpoints depend on these names", () => {
    const { names } = built([2, 1, 64, 64], { blocks: [1, 1, 1, 1] });
    const unit = (place: string) =>
      ["conv.weight", "norm.weight", "norm.bias"].map((name) => `network.${place}.${name}`);
    const halves = (place: string) =>
      [0, 1].flatMap((half) =>
        [`conv.${half}.weight`, `norm.${half}.weight`, `norm.${half}.bias`].map((name) => `network.${place}.${name}`),
      );
    const stage = (index: number) => halves(`backbone.stage.${index}.0`);
    expect(names).toEqual([
      ...unit("backbone.stem"),
      ...stage(0),
      ...[1, 2, 3].flatMap((index) => [...stage(index), ...unit(`backbone.stage.${index}.0.shortcut`)]),
      ...["pixel", "rate.0", "rate.1", "rate.2", "image", "project"].flatMap((place) => unit(`pyramid.${place}`)),
      ...unit("refine"),
      "network.head.weight",
      "network.head.bias",
    ]);
  });

  it("has the same weights at either output stride: dilated kernels are no larger", () => {
    const count = (outputStride: 8 | 16) =>
      built([2, 1, 64, 64], { outputStride }).parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(count(8)).toBe(count(16));
  });

  it("keeps statistics with batch norm alone", () => {
    expect(built([2, 1, 64, 64], { norm: "batch" }).buffers).not.toEqual([]);
    expect(built([1, 1, 64, 64], { norm: "group", width: 4 }).buffers).toEqual([]);
  });

  it("refuses an image too small for its rates, and batch norm over one image, in training alone", () => {
    expect(() => built([2, 1, 64, 48])).toThrow(
      "image 64 x 48 leaves 4 x 3 places at output stride 16. Use at least 64 x 64 or the output stride 8.",
    );
    expect(() => built([2, 1, 24, 64], { outputStride: 8 })).toThrow("Use at least 32 x 32.");
    expect(() => built([1, 1, 64, 64])).toThrow("batch of 1");
    expect(() => built([1, 1, 64, 64], { norm: "group" })).toThrow(
      "width 2 is too small for group norm. Use at least 4",
    );
    expect(built([1, 1, 64, 64], {}, "predict").logits.shape).toEqual([1, 3, 64, 64]);
  });
});

it("rates are the published ones at the published sizes, and less in smaller images", () => {
  expect(scaledRates(33)).toEqual([6, 12, 18]);
  expect(scaledRates(65)).toEqual([12, 24, 35]); // published 36 of 65, which rounds 33 twice
  expect(scaledRates(16)).toEqual([3, 6, 9]);
  expect(scaledRates(4)).toEqual([1, 2, 3]);
});
