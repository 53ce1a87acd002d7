/** @file The discriminator of pix2pix: is every patch of this image a real one? */
import { leakyRelu, type Scope, type Tensor } from "../engine/index.ts";
import { conv2d } from "./convolution.ts";
import { normal } from "./init.ts";
import { instanceNorm, plainInstanceNorm } from "./layers.ts";
import { UNIFORM_START } from "./residual-block.ts";

export interface PatchDiscriminatorOptions {
  /** Channels of the first layer; doubled by each, up to eightfold. Default 64. */
  width?: number;
  /** Layers that halve the size. Default 3: patches of 70 × 70. */
  halvings?: number;
  /** Layers between them and the score. Default 1. */
  between?: number;
  /**
   * "scaled" (default): norms with scale and shift, weights normal with deviation 0.02, as pix2pix. "plain": norms without, a bias in every convolution,
   * uniform weights, as RegGAN's program.
   */
  norm?: "scaled" | "plain";
}

const SLOPE = 0.2;

/**
 * PatchGAN, Isola et al. 2017 (arXiv:1611.07004), appendix 6.1.2, with instance norm for batches of a few images: [N, C, H, W], mask and image
 * stacked along the channels -> a score of each patch [N, 1, H', W'], raw: the loss applies the sigmoid.
 */
export function patchDiscriminator(
  scope: Scope,
  pair: Tensor,
  { width = 64, halvings = 3, between = 1, norm = "scaled" }: PatchDiscriminatorOptions = {},
): Tensor {
  const isPlain = norm === "plain";
  const start = isPlain ? UNIFORM_START : { init: normal(0.02) };
  let x = pair;
  for (let layer = 0; layer < halvings + between; layer++) {
    const at = scope.at(String(layer));
    const channels = width * Math.min(2 ** layer, 8);
    const stride = layer < halvings ? 2 : 1;
    x = conv2d(at.at("conv"), x, { channels, kernel: 4, stride, padding: 1, bias: isPlain || layer === 0, ...start });
    if (layer > 0) x = isPlain ? plainInstanceNorm(x) : instanceNorm(at.at("norm"), x);
    x = leakyRelu(x, { slope: SLOPE });
  }
  return conv2d(scope.at("score"), x, { channels: 1, kernel: 4, padding: 1, ...start });
}
