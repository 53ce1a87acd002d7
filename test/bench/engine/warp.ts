/** @file The warp of RegGAN, forward and backward: the goal is twice the time that it takes to copy what it reads and writes. */
import { defineProgram, gradients, mul, state, sumOver, warp, type Init } from "../../../src-main/engine/index.ts";
import { startProgram, type Workload } from "./workload.ts";

const [BATCH, SIDE] = [4, 256];

/** Displacements of a few pixels, of single ones: harder than those of a smooth flow. */
const displaced: Init = (shape, source) =>
  Float32Array.from({ length: shape.reduce((product, dim) => product * dim, 1) }, () => 3 * source.normal());

/** As in convolution.ts nothing large comes in or leaves. */
function warpProgram(batch: number, side: number) {
  const image = state("operand.image", { shape: [batch, 1, side, side], init: displaced });
  const flow = state("operand.flow", { shape: [batch, 2, side, side], init: displaced });
  const dy = state("operand.dy", { shape: [batch, 1, side, side], init: displaced });
  const y = warp(image, flow);
  const [ofImage, ofFlow] = gradients(sumOver(mul(y, dy)), [image, flow]);
  return defineProgram({
    name: "warp",
    outputs: { y: sumOver(y), ofImage: sumOver(ofImage!), ofFlow: sumOver(ofFlow!) },
    updates: [{ state: image, value: image }],
  });
}

export const warpWorkload: Workload = {
  name: "warp",
  title: `warp forward + backward, ${BATCH}×1×${SIDE}×${SIDE}`,
  stepsPerRound: 20,
  peers: [
    { runtime: "node", file: "copy.mjs", name: "copy of its operands", args: [String(BATCH), String(SIDE)] },
    { runtime: "python", file: "torch_warp.py", name: "PyTorch", args: [String(BATCH), String(SIDE)] },
  ],
  start: ({ sizes, ...options }) =>
    startProgram(sizes === "full" ? warpProgram(BATCH, SIDE) : warpProgram(1, 8), {
      feeds: {},
      networks: [],
      ...options,
    }),
};
