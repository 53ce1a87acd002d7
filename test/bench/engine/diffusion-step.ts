/** @file A training step of a small diffusion U-Net with attention: it predicts the noise. */
import {
  add,
  concat,
  constant,
  cos,
  mul,
  reshape,
  silu,
  sin,
  type Scope,
  type Tensor,
} from "../../../src-main/engine/index.ts";
import { conv2d, groupNorm, imageAttention, linear, upsample2d } from "../../../src-main/networks/index.ts";
import { adamW, meanSquaredError, trainStep } from "../../../src-main/training/index.ts";
import { normals, startProgram, type Workload } from "./workload.ts";

interface DiffusionSizes {
  batch: number;
  size: number;
  widths: readonly [number, number, number];
  groups: number;
  /** Features of the time embedding. */
  time: number;
}

const FREQUENCIES = 16;

/** Sines and cosines of the time at 16 frequencies, through two layers: [N] -> [N, time]. */
function timeEmbedding(scope: Scope, time: Tensor, features: number): Tensor {
  const frequencies = Float32Array.from({ length: FREQUENCIES }, (_, i) =>
    Math.exp((-Math.log(1e4) * i) / FREQUENCIES),
  );
  const phase = mul(reshape(time, { to: [time.shape[0]!, 1] }), constant(frequencies, { shape: [1, FREQUENCIES] }));
  const waves = concat([sin(phase), cos(phase)], { axis: 1 });
  return linear(scope.at("1"), silu(linear(scope.at("0"), waves, { features })), { features });
}

/** Norm, SiLU, convolution, twice; the time is added between, the input at the end. */
function residual(scope: Scope, x: Tensor, time: Tensor, channels: number, groups: number): Tensor {
  const first = conv2d(scope.at("conv.0"), silu(groupNorm(scope.at("norm.0"), x, { groups })), { channels, kernel: 3 });
  const shift = reshape(linear(scope.at("time"), time, { features: channels }), { to: [x.shape[0]!, channels, 1, 1] });
  const middle = silu(groupNorm(scope.at("norm.1"), add(first, shift), { groups }));
  const second = conv2d(scope.at("conv.1"), middle, { channels, kernel: 3 });
  return add(conv2d(scope.at("skip"), x, { channels, kernel: 1 }), second);
}

function diffusionUnet(scope: Scope, image: Tensor, time: Tensor, sizes: DiffusionSizes): Tensor {
  const { widths, groups } = sizes;
  const [w0, w1, w2] = widths;
  const embedded = timeEmbedding(scope.at("time"), time, sizes.time);
  const block = (name: string, x: Tensor, channels: number) => residual(scope.at(name), x, embedded, channels, groups);
  const conv = (name: string, x: Tensor, channels: number, stride = 1) =>
    conv2d(scope.at(name), x, { channels, kernel: 3, stride, padding: 1 });

  const h0 = block("encoder.0", conv("in", image, w0), w0);
  const h1 = block("encoder.1", conv("down.0", h0, w0, 2), w1);
  const h2 = block("middle.0", conv("down.1", h1, w1, 2), w2);
  const normal = groupNorm(scope.at("attention.norm"), h2, { groups });
  let h = block("middle.1", add(h2, imageAttention(scope.at("attention"), normal)), w2);
  h = block("decoder.1", concat([conv("up.1", upsample2d(h, 2), w1), h1], { axis: 1 }), w1);
  h = block("decoder.0", concat([conv("up.0", upsample2d(h, 2), w0), h0], { axis: 1 }), w0);
  return conv("out", silu(groupNorm(scope.at("out.norm"), h, { groups })), image.shape[1]!);
}

export const diffusionStep: Workload = {
  name: "diffusion-step",
  title: "diffusion U-Net with attention, train step, 8×3×64×64, widths 32, 64, 128, AdamW",
  stepsPerRound: 4,
  peers: [{ runtime: "python", file: "torch_diffusion_step.py", name: "PyTorch" }],
  also: ["memory"],
  onGpu: true,
  start({ sizes, ...options }) {
    const chosen: DiffusionSizes =
      sizes === "full"
        ? { batch: 8, size: 64, widths: [32, 64, 128], groups: 8, time: 128 }
        : { batch: 2, size: 8, widths: [4, 4, 4], groups: 2, time: 4 };
    const shape = [chosen.batch, 3, chosen.size, chosen.size];
    const program = trainStep({
      networks: ["network"],
      trained: "network",
      inputs: { image: { shape }, noise: { shape }, time: { shape: [chosen.batch] } },
      loss: ({ network }, { image, noise, time }) => ({
        total: meanSquaredError(diffusionUnet(network, image, time, chosen), noise),
      }),
      optimizer: adamW(),
    });
    const feeds = {
      image: normals("image", shape),
      noise: normals("noise", shape),
      time: Float32Array.from({ length: chosen.batch }, (_, index) => (1000 * (index + 0.5)) / chosen.batch),
      learningRate: 1e-4,
    };
    return startProgram(program, { feeds, networks: ["network"], ...options });
  },
};
