/** @file The V-Net, the segmentation network for volumes. */
import { add, constant, instanceNormalization, relu, type Scope, type Tensor } from "../engine/index.ts";
import { dropout } from "./activation.ts";
import { conv3d, convTranspose3d } from "./convolution.ts";
import { fanInUniform, fanInUniformBias } from "./init.ts";
import { batchNorm } from "./normalization.ts";

export interface VnetOptions {
  /** Channels of the logits. */
  classes: number;
  /** Channels at full resolution; doubled at every level. Default 16. */
  width?: number;
  /** Resolutions, the full one included. Default 5. */
  depth?: number;
  /** "instance": by each volume alone, with no scale and shift to learn. Default "batch". */
  norm?: "batch" | "instance";
  /** Share of channels dropped in training, after the deepest and after the last block. Default 0. */
  dropout?: number;
  /** Share of a batch that goes into the running statistics of batch norm. Default 0.1; 1 makes them those of the batch. */
  momentum?: number;
}

/** As PyTorch's layers start. */
const INITIAL = { init: fanInUniform, biasInit: fanInUniformBias } as const;

/** Convolutions of a block: one at full resolution, two below it, three from there on. */
const MAX_CONVOLUTIONS = 3;

/**
 * V-Net. Milletari et al. 2016 (arXiv:1606.04797) as UA-MT (arXiv:1907.07034) and BCP (arXiv:2305.00673) have it: 3 × 3 × 3 kernels, skips added
 * instead of joined, nothing residual inside a block. image [N, C, D, H, W] -> logits [N, K, D, H, W]; D, H and W divisible by
 * 2^(depth - 1), else throws. 9 448 866 weights for one channel, two classes, batch norm.
 */
export function vnet(scope: Scope, image: Tensor, options: VnetOptions): Tensor {
  const { classes, width = 16, depth = 5, norm = "batch", dropout: rate = 0, momentum = 0.1 } = options;
  expectDivisible(image, depth);
  const after = (part: Scope, x: Tensor) =>
    relu(norm === "batch" ? batchNorm(part.at("norm"), x, { momentum }) : plainInstanceNorm(x));
  const block = (part: Scope, input: Tensor, level: number) => {
    let x = input;
    for (let index = 0; index < Math.min(level + 1, MAX_CONVOLUTIONS); index++) {
      const place = part.at(`${index}`);
      x = after(place, conv3d(place.at("conv"), x, { channels: width << level, kernel: 3, ...INITIAL }));
    }
    return x;
  };
  const between = { kernel: 2, stride: 2, padding: 0, ...INITIAL };

  const skips: Tensor[] = [];
  let x = image;
  for (let level = 0; level < depth; level++) {
    if (level > 0) {
      const down = scope.at(`down.${level}`);
      x = after(down, conv3d(down.at("conv"), x, { channels: width << level, ...between })); // [N, ., D/2^level, ..]
    }
    x = block(scope.at(`encoder.${level}`), x, level);
    skips.push(x);
  }
  x = dropout(scope.at("encoder.dropout"), x, { rate, channels: true });
  for (let level = depth - 2; level >= 0; level--) {
    const up = scope.at(`up.${level}`);
    x = after(up, convTranspose3d(up.at("conv"), x, { channels: width << level, ...between }));
    x = block(scope.at(`decoder.${level}`), add(x, skips[level]!), level); // [N, ., D/2^level, ..]
  }
  x = dropout(scope.at("decoder.dropout"), x, { rate, channels: true });
  return conv3d(scope.at("head"), x, { channels: classes, kernel: 1, ...INITIAL }); // logits: the loss applies softmax
}

/** Mean 0 and variance 1 of each channel of each volume, and nothing learned. */
function plainInstanceNorm(x: Tensor): Tensor {
  const shape = [x.shape[1]!];
  const [scale, shift] = [1, 0].map((value) => constant(new Float32Array(shape[0]!).fill(value), { shape }));
  return instanceNormalization(x, scale!, shift!, { epsilon: 1e-5 });
}

function expectDivisible(image: Tensor, depth: number): void {
  if (image.shape.length !== 5) {
    throw new Error(`vnet: image must be [N, C, D, H, W], got [${image.shape.join(", ")}].`);
  }
  const factor = 2 ** (depth - 1);
  for (const [axis, side] of ["depth", "height", "width"].entries()) {
    const size = image.shape[axis + 2]!;
    if (size % factor === 0) continue;
    const padded = Math.ceil(size / factor) * factor;
    throw new Error(
      `vnet: image ${side} ${size} is not divisible by ${factor} (depth ${depth}). Pad to ${padded} or use a smaller depth.`,
    );
  }
}
