/**
 * @file What a control branch reads a picture by, mask or image, at the size of the latent image: the dense hint of Siamese-Diffusion (Qiu et al.
 * 2025, arXiv:2505.06068) and the plain one of ControlNet (Zhang et al. 2023, arXiv:2302.05543).
 */
import { add, reshape, silu, transpose, type Init, type Scope, type Tensor } from "../engine/index.ts";
import { conv3x3 } from "./denoiser.ts";
import { fanInUniform } from "./init.ts";
import { linear } from "./linear.ts";
import { layerNorm } from "./normalization.ts";

export interface HintOptions {
  /** "dense": residual blocks and patch merging. "plain": strided convolutions. */
  kind: "dense" | "plain";
  /** Channels of the first layers. */
  width: number;
  /** Halvings of the side. */
  halvings: number;
  /** Channels of the result. */
  channels: number;
  /** Initial weights of the last convolution. Default `fanInUniform`. */
  outlet?: Init;
}

/** picture [N, P, H, W] in [0, 1] -> [N, channels, H / 2^halvings, W / 2^halvings]. */
export function hint(scope: Scope, picture: Tensor, options: HintOptions): Tensor {
  const x = options.kind === "dense" ? denseHint(scope, picture, options) : plainHint(scope, picture, options);
  return conv3x3(scope.at("out"), x, options.channels, { init: options.outlet ?? fanInUniform });
}

/** Two convolutions beside a shortcut; no norm, and the activation after the sum. */
function residual(scope: Scope, x: Tensor): Tensor {
  const channels = x.shape[1]!;
  const inner = silu(conv3x3(scope.at("first"), x, channels));
  return silu(add(conv3x3(scope.at("second"), inner, channels), x));
}

/**
 * Half the side, twice the channels: of every block of two by two the four pixels one after the other, (row, column) = (0, 0), (1, 0), (0, 1), (1, 1),
 * normalized together and mapped linearly. Liu et al. 2021, arXiv:2103.14030.
 */
export function patchMerge(scope: Scope, x: Tensor): Tensor {
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  if (height % 2 !== 0 || width % 2 !== 0) {
    throw new Error(`patchMerge at ${scope.path}: ${height} × ${width} is not even. Use another image size.`);
  }
  const blocks = reshape(x, { to: [batch, channels, height / 2, 2, width / 2, 2] });
  const ordered = transpose(blocks, { order: [0, 2, 4, 5, 3, 1] }); // [N, H / 2, W / 2, column, row, C]
  const tokens = reshape(ordered, { to: [batch, (height * width) / 4, 4 * channels] });
  const merged = linear(scope.at("merge"), layerNorm(scope.at("norm"), tokens), { features: 2 * channels });
  const grid = reshape(merged, { to: [batch, height / 2, width / 2, 2 * channels] });
  return transpose(grid, { order: [0, 3, 1, 2] });
}

function denseHint(scope: Scope, picture: Tensor, { width, halvings }: HintOptions): Tensor {
  let x = residual(scope.at("block.0"), conv3x3(scope.at("conv.0"), picture, width));
  x = residual(scope.at("block.1"), conv3x3(scope.at("conv.1"), x, 2 * width));
  for (let halving = 0; halving < halvings; halving++) {
    x = patchMerge(scope.at(`merge.${halving}`), x);
    x = conv3x3(scope.at(`conv.${halving + 2}`), x, x.shape[1]!);
    x = residual(scope.at(`block.${halving + 2}`), x);
  }
  return x;
}

/** Channels of the plain hint in parts of its first ones, after each halving: 16, 32, 96 and 256 in ControlNet. Doubled from there on. */
const PLAIN_WIDTHS = [1, 2, 6, 16];

/** Two convolutions, then per halving one of stride 2 and, but for the last, one beside it; SiLU after each. */
function plainHint(scope: Scope, picture: Tensor, { width, halvings }: HintOptions): Tensor {
  let x = silu(conv3x3(scope.at("conv.0"), picture, width));
  x = silu(conv3x3(scope.at("conv.1"), x, width));
  for (let halving = 1; halving <= halvings; halving++) {
    const channels = width * (PLAIN_WIDTHS[halving] ?? PLAIN_WIDTHS.at(-1)! << (halving + 1 - PLAIN_WIDTHS.length));
    x = silu(conv3x3(scope.at(`down.${halving - 1}`), x, channels, { stride: 2 }));
    if (halving < halvings) x = silu(conv3x3(scope.at(`conv.${halving + 1}`), x, channels));
  }
  return x;
}
