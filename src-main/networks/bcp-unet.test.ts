import { expect, test } from "vitest";
import { input, Scope, sizeOf } from "../engine/index.ts";
import { bcpUnet } from "./bcp-unet.ts";

const weightsOf = (options: { width?: number; depth?: number }, side = 256) => {
  const scope = Scope.root("net", { mode: "train" });
  const logits = bcpUnet(scope, input("image", { shape: [1, 1, side, side] }), { classes: 4, ...options });
  return { logits, count: scope.parameters().reduce((sum, { shape }) => sum + sizeOf(shape), 0) };
};

test.each([
  ["the paper's, for 1 channel and 4 classes", {}, 1_813_764],
  ["three levels from 8 channels", { width: 8, depth: 3 }, 28_004],
  ["four levels from 8 channels", { width: 8, depth: 4 }, 113_604],
] as const)("has as many weights as %s", (_, options, count) => {
  const { logits, count: own } = weightsOf(options);
  expect(own).toBe(count);
  expect(logits.shape).toEqual([1, 4, 256, 256]);
});

test("says what it cannot halve", () => {
  expect(() => weightsOf({}, 72)).toThrow(/72 × 72 is not divisible by 16/);
});
