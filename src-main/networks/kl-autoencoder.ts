/**
 * @file A small autoencoder whose code is near a normal distribution: images to latent images of a quarter of the side, and back. After Rombach et al.
 * 2022 (arXiv:2112.10752), without attention.
 */
import { clip, silu, slice, type Scope, type Tensor } from "../engine/index.ts";
import { conv1x1 } from "./convolution.ts";
import { conv3x3, residualBlock } from "./denoiser.ts";
import { fanInUniform } from "./init.ts";
import { upsample2d } from "./layers.ts";
import { groupNorm } from "./normalization.ts";

export const KL_LATENT_CHANNELS = 4;
/** Of the side. */
export const KL_FACTOR = 4;

const WIDTHS = [32, 64, 128] as const;
/** Of the logarithm of the variance, as in Stable Diffusion. */
const LOG_VARIANCE = { min: -30, max: 20 };

const leave = (scope: Scope, x: Tensor, channels: number): Tensor =>
  conv3x3(scope.at("conv"), silu(groupNorm(scope.at("norm"), x, { groups: 8 })), channels);

/** image [N, C, H, W] in [-1, 1] -> mean and logarithm of the variance of its code, [N, 4, H / 4, W / 4] each. */
export function klEncoder(scope: Scope, image: Tensor): { mean: Tensor; logVariance: Tensor } {
  let x = conv3x3(scope.at("enter"), image, WIDTHS[0]);
  x = residualBlock(scope.at("block.0"), x, WIDTHS[0]);
  x = conv3x3(scope.at("down.0"), x, WIDTHS[1], { stride: 2 });
  x = residualBlock(scope.at("block.1"), x, WIDTHS[1]);
  x = conv3x3(scope.at("down.1"), x, WIDTHS[2], { stride: 2 });
  for (const block of [2, 3]) x = residualBlock(scope.at(`block.${block}`), x, WIDTHS[2]);
  x = leave(scope.at("leave"), x, 2 * KL_LATENT_CHANNELS);
  x = conv1x1(scope.at("moments"), x, { channels: 2 * KL_LATENT_CHANNELS, init: fanInUniform });
  const half = (start: number) => slice(x, { axes: [1], starts: [start], ends: [start + KL_LATENT_CHANNELS] });
  return { mean: half(0), logVariance: clip(half(KL_LATENT_CHANNELS), LOG_VARIANCE) };
}

/** code [N, 4, H, W] -> image [N, channels, 4 H, 4 W], about [-1, 1]. */
export function klDecoder(scope: Scope, code: Tensor, channels: number): Tensor {
  let x = conv1x1(scope.at("enter"), code, { channels: KL_LATENT_CHANNELS, init: fanInUniform });
  x = conv3x3(scope.at("widen"), x, WIDTHS[2]);
  for (const block of [0, 1]) x = residualBlock(scope.at(`block.${block}`), x, WIDTHS[2]);
  x = conv3x3(scope.at("up.0"), upsample2d(x, 2), WIDTHS[1]);
  x = residualBlock(scope.at("block.2"), x, WIDTHS[1]);
  x = conv3x3(scope.at("up.1"), upsample2d(x, 2), WIDTHS[0]);
  x = residualBlock(scope.at("block.3"), x, WIDTHS[0]);
  return leave(scope.at("leave"), x, channels);
}
