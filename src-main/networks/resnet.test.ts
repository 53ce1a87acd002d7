import { describe, expect, it } from "vitest";
import { input, Scope, sizeOf } from "../engine/index.ts";
import { resnet, type ResnetOptions } from "./resnet.ts";

function built(shape: readonly number[], options: ResnetOptions = {}) {
  const scope = Scope.root("network", { mode: "train" });
  const features = resnet(scope, input("image", { shape }), options);
  return { features, weights: scope.parameters().reduce((sum, each) => sum + sizeOf(each.shape), 0) };
}

describe("resnet", () => {
  it("has as many weights as the published networks without their classifiers", () => {
    const classifier = 512 * 1000 + 1000;
    expect(built([1, 3, 64, 64]).weights).toBe(11_689_512 - classifier); // ResNet-18
    expect(built([1, 3, 64, 64], { blocks: [3, 4, 6, 3] }).weights).toBe(21_797_672 - classifier); // ResNet-34
  });

  it("gives features at the output stride, rounded up", () => {
    for (const [outputStride, size] of [
      [32, [4, 3]],
      [16, [7, 5]],
      [8, [13, 10]],
    ] as const) {
      expect(built([2, 1, 100, 80], { width: 4, outputStride }).features.shape).toEqual([2, 32, ...size]);
    }
  });
});
