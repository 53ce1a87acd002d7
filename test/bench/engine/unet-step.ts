/** @file A training step of the app's own U-Net. */
import { unet } from "../../../src-main/networks/index.ts";
import { adamW, binaryCrossEntropyWithLogits, trainStep } from "../../../src-main/training/index.ts";
import { normals, startProgram, type Workload } from "./workload.ts";

export const unetStep: Workload = {
  name: "unet-step",
  title: "U-Net train step, 8×1×128×128, width 16, four poolings, AdamW",
  stepsPerRound: 5,
  peers: [{ runtime: "python", file: "torch_unet_step.py", name: "PyTorch" }],
  also: ["memory"],
  onGpu: true,
  start({ sizes, ...options }) {
    const { batch, size, width, depth } =
      sizes === "full" ? { batch: 8, size: 128, width: 16, depth: 5 } : { batch: 2, size: 8, width: 2, depth: 2 };
    const shape = [batch, 1, size, size];
    const program = trainStep({
      networks: ["network"],
      trained: "network",
      inputs: { image: { shape }, target: { shape } },
      loss: ({ network }, { image, target }) => ({
        total: binaryCrossEntropyWithLogits(unet(network, image, { classes: 1, width, depth }), target),
      }),
      optimizer: adamW(),
    });
    const image = normals("image", shape);
    const feeds = { image, target: image.map((value) => (value > 0 ? 1 : 0)), learningRate: 1e-3 };
    return startProgram(program, { feeds, networks: ["network"], ...options });
  },
};
