/** @file A network so small that what surrounds the kernels shows. */
import { relu, reshape, type Scope, type Tensor } from "../../../src-main/engine/index.ts";
import { conv2d, linear, maxPool2d } from "../../../src-main/networks/index.ts";
import { adamW, crossEntropy, trainStep } from "../../../src-main/training/index.ts";
import { normals, startProgram, type Workload } from "./workload.ts";

const CLASSES = 10;

/** Twice convolution, rectifier, pooling; then one linear layer: [N, 1, S, S] -> [N, 10]. */
function classifier(scope: Scope, image: Tensor): Tensor {
  let x = image;
  for (const [index, channels] of [16, 32].entries())
    x = maxPool2d(relu(conv2d(scope.at(`conv.${index}`), x, { channels, kernel: 3 })), 2);
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const features = reshape(x, { to: [batch, channels * height * width] });
  return linear(scope.at("head"), features, { features: CLASSES });
}

export const tinyStep: Workload = {
  name: "tiny-step",
  title: "tiny classifier train step, 32×1×28×28, 16 and 32 channels, AdamW",
  stepsPerRound: 200,
  peers: [{ runtime: "python", file: "torch_tiny_step.py", name: "PyTorch" }],
  also: ["overhead"],
  start({ sizes, ...options }) {
    const [batch, size] = sizes === "full" ? [32, 28] : [2, 8];
    const program = trainStep({
      networks: ["network"],
      trained: "network",
      inputs: { image: { shape: [batch, 1, size, size] }, target: { shape: [batch], dtype: "int32" } },
      loss: ({ network }, { image, target }) => ({ total: crossEntropy(classifier(network, image), target) }),
      optimizer: adamW(),
    });
    const target = Int32Array.from({ length: batch }, (_, index) => index % CLASSES);
    const feeds = { image: normals("image", [batch, 1, size, size]), target, learningRate: 1e-3 };
    return startProgram(program, { feeds, networks: ["network"], ...options });
  },
};
