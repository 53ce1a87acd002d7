/** @file The U-Net with batch norm and dropout that semi-supervised methods are compared with. */
import { concat, leakyRelu, resizeLinear, type Scope, type Tensor } from "../engine/index.ts";
import { dropout } from "./activation.ts";
import { conv1x1, conv2d, type ConvOptions } from "./convolution.ts";
import { fanInUniform, fanInUniformBias } from "./init.ts";
import { maxPool2d } from "./layers.ts";
import { batchNorm } from "./normalization.ts";

export interface BcpUnetOptions {
  /** Channels of the logits. */
  classes: number;
  /** Channels at full resolution; doubled at every level. Default 16. */
  width?: number;
  /** Resolutions, the full one included: 1 to 5. Default 5. */
  depth?: number;
  /** Whether blocks on the way down drop elements, the more the deeper: `DROPOUT`. Default true. */
  drops?: boolean;
  /** Share of a batch that goes into the running statistics. Default 0.1; 1 makes them those of the batch. */
  momentum?: number;
}

/** Share of elements dropped in the block of each level on the way down. */
export const DROPOUT = [0.05, 0.1, 0.2, 0.3, 0.5] as const;
const SLOPE = 0.01;

/**
 * 2-D U-Net of the comparisons on ACDC, as in Bai et al. 2023 (arXiv:2305.00673): batch norm, leaky ReLU, dropout on the way down;
 * on the way up a 1 × 1 convolution, then bilinear enlargement with aligned corners, the skip first when joined; weights and biases
 * start as PyTorch's. image [N, C, H, W] -> logits [N, K, H, W]; H and W divisible by 2^(depth - 1), else throws.
 */
export function bcpUnet(scope: Scope, image: Tensor, options: BcpUnetOptions): Tensor {
  const { classes, width = 16, depth = DROPOUT.length, drops = true, momentum = 0.1 } = options;
  if (!(depth >= 1 && depth <= DROPOUT.length)) {
    throw new Error(`bcpUnet: depth must be 1 to ${DROPOUT.length}, got ${depth}.`);
  }
  const factor = 2 ** (depth - 1);
  const [height, wide] = image.shape.slice(2) as [number, number];
  if (height % factor !== 0 || wide % factor !== 0) {
    throw new Error(`bcpUnet: image ${height} × ${wide} is not divisible by ${factor} (depth ${depth}). Pad it.`);
  }
  const block = (place: Scope, x: Tensor, channels: number, rate: number) => {
    const half = (index: number, from: Tensor) => {
      const mapped = conv2d(place.at(`conv.${index}`), from, { channels, kernel: 3, ...START });
      return leakyRelu(batchNorm(place.at(`norm.${index}`), mapped, { momentum }), { slope: SLOPE });
    };
    return half(1, dropout(place.at("dropout"), half(0, x), { rate }));
  };
  const skips: Tensor[] = [];
  let x = image;
  for (let level = 0; level < depth; level++) {
    if (level > 0) x = maxPool2d(x, 2); // [N, ., H / 2^level, W / 2^level]
    x = block(scope.at(`encoder.${level}`), x, width << level, drops ? DROPOUT[level]! : 0);
    skips.push(x);
  }
  for (let level = depth - 2; level >= 0; level--) {
    const place = scope.at(`decoder.${level}`);
    const skip = skips[level]!;
    const narrow = conv1x1(place.at("narrow"), x, { channels: width << level, ...START });
    const up = resizeLinear(narrow, { size: skip.shape.slice(2), alignCorners: true });
    x = block(place, concat([skip, up], { axis: 1 }), width << level, 0);
  }
  return conv2d(scope.at("head"), x, { channels: classes, kernel: 3, ...START });
}

const START: Pick<ConvOptions, "init" | "biasInit"> = { init: fanInUniform, biasInit: fanInUniformBias };
