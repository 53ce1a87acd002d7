/** @file The U-Net, the default segmentation network. */
import { checkpoint, concat, leakyRelu, silu, type Scope, type Tensor } from "../engine/index.ts";
import { conv2d } from "./convolution.ts";
import { maxPool2d, upsample2d } from "./layers.ts";
import { type Norm, normOf } from "./norm.ts";

export interface UnetOptions {
  /** Channels of the logits. */
  classes: number;
  /** Channels at full resolution; doubled at every level. Default 32. */
  width?: number;
  /** Resolutions, the full one included. Default 5. */
  depth?: number;
  /** Default "instance". */
  norm?: Norm;
  /** "silu" is smooth, for second derivatives: at a kink they are not there. Default "leakyRelu". */
  activation?: "leakyRelu" | "silu";
  /** Compute each level's inner values again in the backward pass instead of keeping them. Default false. */
  checkpointed?: boolean;
}

/** nnU-Net's slope, Isensee et al. 2021, arXiv:1904.08128. */
const SLOPE = 0.01;

/**
 * 2-D U-Net. Ronneberger et al. 2015 (arXiv:1505.04597); a norm (by default of each image alone) and leaky ReLU after nnU-Net.
 * image [N, C, H, W] -> logits [N, K, H, W]; H and W divisible by 2^(depth - 1), else throws.
 */
export function unet(scope: Scope, image: Tensor, options: UnetOptions): Tensor {
  const { classes, width = 32, depth = 5, norm = "instance", activation = "leakyRelu", checkpointed = false } = options;
  const factor = 2 ** (depth - 1);
  for (const [side, size] of [
    ["height", image.shape[2]!],
    ["width", image.shape[3]!],
  ] as const) {
    if (size % factor !== 0) {
      const padded = Math.ceil(size / factor) * factor;
      throw new Error(
        `unet: image ${side} ${size} is not divisible by ${factor} (depth ${depth}). Pad to ${padded} or use a smaller depth.`,
      );
    }
  }
  const block = (part: Scope, channels: number) => {
    const segment = (...inputs: Tensor[]) =>
      convBlock(part, inputs.length === 1 ? inputs[0]! : concat(inputs, { axis: 1 }), { channels, norm, activation });
    return checkpointed ? checkpoint(segment) : segment;
  };
  const skips: Tensor[] = [];
  let x = image;
  for (let level = 0; level < depth; level++) {
    if (level > 0) x = maxPool2d(x, 2); // [N, ., H/2^level, W/2^level]
    x = block(scope.at(`encoder.${level}`), width << level)(x);
    skips.push(x);
  }
  for (let level = depth - 2; level >= 0; level--) {
    // Both together [N, ., H/2^level, W/2^level]
    x = block(scope.at(`decoder.${level}`), width << level)(skips[level]!, upsample2d(x, 2));
  }
  return conv2d(scope.at("head"), x, { channels: classes, kernel: 1 }); // logits: the loss applies softmax
}

type Block = Required<Pick<UnetOptions, "norm" | "activation">> & { channels: number };

/** Twice: 3 × 3 convolution (no bias: the norm would cancel it), norm, activation. */
function convBlock(scope: Scope, image: Tensor, { channels, norm, activation }: Block): Tensor {
  let x = image;
  for (const half of [0, 1]) {
    x = conv2d(scope.at(`conv.${half}`), x, { channels, kernel: 3, bias: false });
    x = normOf(scope.at(`norm.${half}`), x, norm);
    x = activation === "silu" ? silu(x) : leakyRelu(x, { slope: SLOPE });
  }
  return x;
}
