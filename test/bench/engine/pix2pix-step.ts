/** @file One step of pix2pix: the discriminator learns, then the generator against the discriminator that just learnt. */
import {
  concat,
  convolution,
  convolutionInputGradient,
  defineProgram,
  gradients,
  input,
  instanceNormalization,
  leakyRelu,
  relu,
  reshape,
  add,
  mul,
  state,
  stopGradient,
  tanh,
  broadcastTo,
  constant,
  type Init,
  type Program,
  type Shape,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { filled, heNormal } from "../../../src-main/networks/index.ts";
import { adam, binaryCrossEntropyWithLogits, meanAbsoluteError } from "../../../src-main/training/index.ts";
import { normals, startProgram, type Workload } from "./workload.ts";

/** Where a layer finds its weights. The generator's loss asks for those that the discriminator has after its update. */
type Parameters = (name: string, shape: Shape, init: Init) => Tensor;

const HALVING = { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 1 };
const SLOPE = 0.2;

function conv4x4(parameters: Parameters, name: string, x: Tensor, channels: number, stride: number): Tensor {
  const weight = parameters(`${name}.weight`, [channels, x.shape[1]!, 4, 4], heNormal);
  const bias = parameters(`${name}.bias`, [channels], filled(0));
  return convolution([x, weight, bias], { ...HALVING, stride: [stride, stride] });
}

/** Twice the size: the transposed convolution 4 × 4, stride 2. */
function transposedConv4x4(parameters: Parameters, name: string, x: Tensor, channels: number): Tensor {
  const weight = parameters(`${name}.weight`, [x.shape[1]!, channels, 4, 4], heNormal);
  const bias = parameters(`${name}.bias`, [channels], filled(0));
  const inputSize = x.shape.slice(2).map((size) => 2 * size);
  return add(convolutionInputGradient(x, weight, { ...HALVING, inputSize }), reshape(bias, { to: [channels, 1, 1] }));
}

function norm(parameters: Parameters, name: string, x: Tensor): Tensor {
  const shape = [x.shape[1]!];
  const scale = parameters(`${name}.weight`, shape, filled(1));
  const shift = parameters(`${name}.bias`, shape, filled(0));
  return instanceNormalization(x, scale, shift, { epsilon: 1e-5 });
}

/** U-Net of strided convolutions, Isola et al. 2017, arXiv:1611.07004: [N, 1, H, W] -> [N, 3, H, W] in (-1, 1). */
function generator(parameters: Parameters, mask: Tensor, widths: readonly number[]): Tensor {
  const skips: Tensor[] = [];
  let x = mask;
  for (const [level, width] of widths.entries()) {
    x = conv4x4(parameters, `down.${level}`, x, width, 2);
    x = leakyRelu(level > 0 ? norm(parameters, `down.${level}.norm`, x) : x, { slope: SLOPE });
    skips.push(x);
  }
  for (let level = widths.length - 1; level > 0; level--) {
    x = transposedConv4x4(parameters, `up.${level}`, x, widths[level - 1]!);
    x = concat([relu(norm(parameters, `up.${level}.norm`, x)), skips[level - 1]!], { axis: 1 });
  }
  return tanh(transposedConv4x4(parameters, "up.0", x, 3));
}

/** PatchGAN: mask and image side by side -> one logit per patch. */
function discriminator(parameters: Parameters, mask: Tensor, image: Tensor, widths: readonly number[]): Tensor {
  let x = concat([mask, image], { axis: 1 });
  for (const [level, width] of widths.entries()) {
    x = conv4x4(parameters, `${level}`, x, width, 2);
    x = leakyRelu(level > 0 ? norm(parameters, `${level}.norm`, x) : x, { slope: SLOPE });
  }
  return conv4x4(parameters, "head", x, 1, 1);
}

const bceAgainst = (logits: Tensor, label: number) =>
  binaryCrossEntropyWithLogits(logits, broadcastTo(constant([label], { shape: [] }), { to: logits.shape }));

/** Parameters as states, made on first use. */
function statesOf(network: string): { of: Parameters; all: Map<string, Tensor> } {
  const all = new Map<string, Tensor>();
  const of: Parameters = (name, shape, init) => {
    const made = all.get(name) ?? state(`${network}.${name}`, { shape, init });
    all.set(name, made);
    return made;
  };
  return { of, all };
}

interface Pix2pixSizes {
  batch: number;
  size: number;
  generator: readonly number[];
  discriminator: readonly number[];
}

/** Both updates in one program: the fake image is computed once, as in the peer. */
export function pix2pixStep(sizes: Pix2pixSizes): Program {
  const mask = input("mask", { shape: [sizes.batch, 1, sizes.size, sizes.size] });
  const image = input("image", { shape: [sizes.batch, 3, sizes.size, sizes.size] });
  const learningRate = input("learningRate", { shape: [] });
  const counter = state("train.step", { shape: [], init: filled(0) });
  const step = add(counter, 1);
  const optimizer = adam({ beta1: 0.5 });
  const update = (prefix: string, loss: Tensor, parameters: ReadonlyMap<string, Tensor>) => {
    const slopes = gradients(loss, [...parameters.values()]);
    const trained = [...parameters].map(([name, parameter], index) => ({
      name: `${prefix}.${name}`,
      parameter,
      gradient: slopes[index]!,
    }));
    return optimizer(trained, { prefix: "train", learningRate, step });
  };

  const g = statesOf("generator");
  const d = statesOf("discriminator");
  const fake = generator(g.of, mask, sizes.generator);
  const judge = (parameters: Parameters, judged: Tensor) =>
    discriminator(parameters, mask, judged, sizes.discriminator);

  const dLoss = add(bceAgainst(judge(d.of, image), 1), bceAgainst(judge(d.of, stopGradient(fake)), 0));
  const dUpdates = update("discriminator", dLoss, d.all);
  const updated: Parameters = (name) => dUpdates.find((one) => one.state === d.all.get(name))!.value;
  const gLoss = add(bceAgainst(judge(updated, fake), 1), mul(meanAbsoluteError(fake, image), 100));
  const gUpdates = update("generator", gLoss, g.all);
  return defineProgram({
    name: "pix2pix",
    outputs: { dLoss, gLoss },
    updates: [...dUpdates, ...gUpdates, { state: counter, value: step }],
  });
}

export const pix2pix: Workload = {
  name: "pix2pix-step",
  title: "pix2pix generator + PatchGAN step, batch 4, 128², Adam",
  stepsPerRound: 5,
  peers: [{ runtime: "python", file: "torch_pix2pix_step.py", name: "PyTorch CPU" }],
  also: ["memory"],
  start({ sizes, profilePrefix }) {
    const chosen =
      sizes === "full"
        ? { batch: 4, size: 128, generator: [32, 64, 128, 256, 256], discriminator: [32, 64, 128] }
        : { batch: 1, size: 16, generator: [2, 3], discriminator: [2, 3] };
    const { batch, size } = chosen;
    const mask = normals("mask", [batch, 1, size, size]).map((value) => (value > 0 ? 1 : 0));
    const image = normals("image", [batch, 3, size, size]).map((value) => Math.tanh(value));
    const feeds = { mask, image, learningRate: 2e-4 };
    return startProgram(pix2pixStep(chosen), { feeds, networks: ["generator", "discriminator"], profilePrefix });
  },
};
