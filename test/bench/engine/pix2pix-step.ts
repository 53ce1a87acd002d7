/** @file One step of pix2pix: the discriminator learns, then the generator against the discriminator that just learnt. */
import {
  add,
  broadcastTo,
  concat,
  convolutionInputGradient,
  defineProgram,
  gradients,
  input,
  leakyRelu,
  mul,
  relu,
  reshape,
  Scope,
  state,
  stopGradient,
  scalar,
  substitute,
  tanh,
  type Program,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { conv2d, filled, heNormal, instanceNorm } from "../../../src-main/networks/index.ts";
import { adam, binaryCrossEntropyWithLogits, meanAbsoluteError } from "../../../src-main/training/index.ts";
import { normals, startProgram, type Workload } from "./workload.ts";

const SLOPE = 0.2;

/** Strided convolution 4 × 4, instance norm from the second level on, leaky ReLU: half the size. */
function down(scope: Scope, x: Tensor, channels: number, level: number): Tensor {
  const y = conv2d(scope, x, { channels, kernel: 4, stride: 2, padding: 1 });
  return leakyRelu(level > 0 ? instanceNorm(scope.at("norm"), y) : y, { slope: SLOPE });
}

/** Transposed convolution 4 × 4: twice the size. */
function up(scope: Scope, x: Tensor, channels: number): Tensor {
  const weight = scope.parameter("weight", { shape: [x.shape[1]!, channels, 4, 4], init: heNormal });
  const bias = scope.parameter("bias", { shape: [channels], init: filled(0) });
  const geometry = { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 1 };
  const inputSize = x.shape.slice(2).map((size) => 2 * size);
  return add(convolutionInputGradient(x, weight, { ...geometry, inputSize }), reshape(bias, { to: [channels, 1, 1] }));
}

/** U-Net of strided convolutions, Isola et al. 2017, arXiv:1611.07004: [N, 1, H, W] -> [N, 3, H, W] in (-1, 1). */
function generator(scope: Scope, mask: Tensor, widths: readonly number[]): Tensor {
  const skips: Tensor[] = [];
  let x = mask;
  for (const [level, width] of widths.entries()) {
    x = down(scope.at(`down.${level}`), x, width, level);
    skips.push(x);
  }
  for (let level = widths.length - 1; level > 0; level--) {
    const place = scope.at(`up.${level}`);
    x = relu(instanceNorm(place.at("norm"), up(place, x, widths[level - 1]!)));
    x = concat([x, skips[level - 1]!], { axis: 1 });
  }
  return tanh(up(scope.at("up.0"), x, 3));
}

/** PatchGAN: mask and image side by side -> one logit per patch. */
function discriminator(scope: Scope, mask: Tensor, image: Tensor, widths: readonly number[]): Tensor {
  let x = concat([mask, image], { axis: 1 });
  for (const [level, width] of widths.entries()) x = down(scope.at(`down.${level}`), x, width, level);
  return conv2d(scope.at("head"), x, { channels: 1, kernel: 4, padding: 1 });
}

const bceAgainst = (logits: Tensor, label: number) =>
  binaryCrossEntropyWithLogits(logits, broadcastTo(scalar(label), { to: logits.shape }));

interface Pix2pixSizes {
  batch: number;
  size: number;
  generator: readonly number[];
  discriminator: readonly number[];
}

/** Both updates in one program: the fake image is computed once, as in the peer. */
function pix2pixProgram(sizes: Pix2pixSizes): Program {
  const mask = input("mask", { shape: [sizes.batch, 1, sizes.size, sizes.size] });
  const image = input("image", { shape: [sizes.batch, 3, sizes.size, sizes.size] });
  const learningRate = input("learningRate", { shape: [] });
  const counter = state("train.step", { shape: [], init: filled(0) });
  const step = add(counter, 1);
  const optimizer = adam({ beta1: 0.5 });
  const update = (scope: Scope, loss: Tensor) => {
    const parameters = scope.parameters();
    const slopes = gradients(loss, parameters);
    const trained = parameters.map((parameter, index) => ({
      name: `${scope.path}.${index}`,
      parameter,
      gradient: slopes[index]!,
    }));
    return optimizer(trained, { prefix: "train", learningRate, step });
  };

  const g = Scope.root("generator");
  const d = Scope.root("discriminator");
  const fake = generator(g, mask, sizes.generator);
  const judge = (judged: Tensor) => discriminator(d, mask, judged, sizes.discriminator);

  const dLoss = add(bceAgainst(judge(image), 1), bceAgainst(judge(stopGradient(fake)), 0));
  const dUpdates = update(d, dLoss);
  const learnt = new Map(dUpdates.map(({ state: before, value }) => [before, stopGradient(value)]));
  const [verdict] = substitute([judge(fake)], learnt);
  const gLoss = add(bceAgainst(verdict!, 1), mul(meanAbsoluteError(fake, image), 100));
  const gUpdates = update(g, gLoss);
  return defineProgram({
    name: "pix2pix",
    outputs: { dLoss, gLoss },
    updates: [...dUpdates, ...gUpdates, { state: counter, value: step }],
  });
}

export const pix2pixStep: Workload = {
  name: "pix2pix-step",
  title: "pix2pix generator + PatchGAN step, batch 4, 128², Adam",
  stepsPerRound: 5,
  peers: [
    { runtime: "python", file: "torch_pix2pix_step.py", name: "PyTorch", stepsPerRound: 2 },
    // On the CPU its transposed convolutions take nearly all of that step; this peer goes round them.
    { runtime: "python", file: "torch_pix2pix_step.py", name: "PyTorch", args: ["1"] },
  ],
  also: ["memory"],
  onGpu: true,
  start({ sizes, ...options }) {
    const chosen =
      sizes === "full"
        ? { batch: 4, size: 128, generator: [32, 64, 128, 256, 256], discriminator: [32, 64, 128] }
        : { batch: 1, size: 16, generator: [2, 3], discriminator: [2, 3] };
    const { batch, size } = chosen;
    const mask = normals("mask", [batch, 1, size, size]).map((value) => (value > 0 ? 1 : 0));
    const image = normals("image", [batch, 3, size, size]).map((value) => Math.tanh(value));
    const feeds = { mask, image, learningRate: 2e-4 };
    return startProgram(pix2pixProgram(chosen), { feeds, networks: ["generator", "discriminator"], ...options });
  },
};
