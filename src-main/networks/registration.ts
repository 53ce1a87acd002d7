/** @file The registration network of RegGAN: two images in, the flow that moves the first onto the second out. */
import { concat, leakyRelu, resizeLinear, type Scope, type Tensor } from "../engine/index.ts";
import { conv1x1, conv2d } from "./convolution.ts";
import { filled, heNormal, leakyHeNormal, normal } from "./init.ts";
import { maxPool2d } from "./layers.ts";
import { residualBlock } from "./residual-block.ts";

export interface RegistrationOptions {
  /** Channels on the way down, the full size first. Default [32, 64, 64, 64, 64, 64, 64], for sides of at least 256. */
  down?: readonly number[];
  /** Residual blocks at the smallest size, with twice the channels. Default 3. */
  middle?: number;
}

const SLOPE = 0.2;
const DOWN = [32, 64, 64, 64, 64, 64, 64];
/** Of the last convolution: the flow begins near 0. Exactly 0 would give its border no gradient (`warp`). */
const FIRST_FLOW = 1e-5;
const WEIGHTS = { init: leakyHeNormal(SLOPE), biasInit: () => filled(0) };
const BLOCK = { init: heNormal, biasInit: () => filled(0) };

/** Levels that images of such sides allow at most, of those asked for: the smallest must have 2 × 2 places. */
export function registrationLevels(height: number, width: number): number {
  return Math.floor(Math.log2(Math.min(height, width))) - 1;
}

/**
 * Residual U-Net of Arar et al. 2020 (arXiv:2003.08073) as RegGAN has it: both images stacked along the channels [N, 2 C, H, W] -> flow in pixels
 * [N, 2, H, W], rows first, for `warp`. Throws where the sides are too small for so many levels.
 */
export function registration(
  scope: Scope,
  images: Tensor,
  { down = DOWN, middle = 3 }: RegistrationOptions = {},
): Tensor {
  const [height, width] = images.shape.slice(2) as [number, number];
  if (down.length > registrationLevels(height, width)) {
    throw new Error(
      `registration: ${down.length} levels need sides of at least ${2 ** (down.length + 1)}, got ${height} × ${width}. Take at most ${registrationLevels(height, width)} levels.`,
    );
  }
  const step = (at: Scope, from: Tensor, channels: number, kernel: number) =>
    leakyRelu(conv2d(at, from, { channels, kernel, ...WEIGHTS }), { slope: SLOPE });
  const skips: Tensor[] = [];
  let x = images;
  for (const [level, channels] of down.entries()) {
    const at = scope.at(`down.${level}`);
    x = residualBlock(at.at("block"), step(at.at("conv"), x, channels, 3), BLOCK);
    skips.push(x);
    x = maxPool2d(x, 2); // [N, channels, ⌊H / 2^(level + 1)⌋, .]
  }
  const deepest = down.at(-1)!;
  x = step(scope.at("middle.in"), x, 2 * deepest, 1);
  for (let block = 0; block < middle; block++) x = residualBlock(scope.at(`middle.${block}`), x, BLOCK);
  x = step(scope.at("middle.out"), x, deepest, 1);
  for (let level = down.length - 1; level >= 0; level--) {
    const skip = skips[level]!;
    const grown = resizeLinear(x, { size: skip.shape.slice(2) });
    x = step(scope.at(`up.${level}`), concat([grown, skip], { axis: 1 }), down[level]!, 3);
  }
  x = residualBlock(scope.at("refine.block"), x, BLOCK);
  x = leakyRelu(conv1x1(scope.at("refine.conv"), x, { channels: down[0]!, ...WEIGHTS }), { slope: SLOPE });
  return conv2d(scope.at("flow"), x, { channels: 2, kernel: 3, init: normal(FIRST_FLOW) });
}
