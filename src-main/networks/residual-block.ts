/** @file The residual block of image translation: mirrored borders, plain instance norm, nothing after the sum. */
import { add, type Init, relu, type Scope, type Tensor } from "../engine/index.ts";
import { conv2d } from "./convolution.ts";
import { fanInUniform, fanInUniformBias } from "./init.ts";
import { plainInstanceNorm } from "./layers.ts";

/** How a network's convolutions begin. */
export interface ConvolutionStart {
  init: Init;
  biasInit?: (fanIn: number) => Init;
}

/** Uniform in ±1 / √fan-in, weights and biases. */
export const UNIFORM_START: ConvolutionStart = { init: fanInUniform, biasInit: fanInUniformBias };

/**
 * x + F(x), F two 3 × 3 convolutions, each with instance norm, a rectifier between them: [N, C, H, W] of at least 2 × 2 -> the same shape. Johnson
 * et al. 2016, arXiv:1603.08155.
 */
export function residualBlock(scope: Scope, x: Tensor, start: ConvolutionStart = UNIFORM_START): Tensor {
  const [, channels, height, width] = x.shape as [number, number, number, number];
  if (Math.min(height, width) < 2) {
    throw new Error(`residual block at ${scope.path}: expected at least 2 × 2 places, got ${height} × ${width}.`);
  }
  const half = (index: number, from: Tensor) =>
    plainInstanceNorm(
      conv2d(scope.at(`conv.${index}`), from, { channels, kernel: 3, paddingMode: "reflect", ...start }),
    );
  return add(half(1, relu(half(0, x))), x);
}
