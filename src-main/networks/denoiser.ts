/**
 * @file A denoiser of the Stable Diffusion family in small: encoder, middle and decoder apart, so that a control branch can be a copy of the
 * first two and its maps can be added between the halves. Rombach et al. 2022 (arXiv:2112.10752), Zhang et al. 2023 (arXiv:2302.05543).
 */
import {
  add,
  concat,
  constant,
  cos,
  mul,
  reshape,
  silu,
  sin,
  type Init,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { imageAttention } from "./attention.ts";
import { conv2d } from "./convolution.ts";
import { fanInUniform, filled } from "./init.ts";
import { upsample2d } from "./layers.ts";
import { embedding, linear } from "./linear.ts";
import { groupNorm } from "./normalization.ts";

/** Fixes every parameter of encoder and decoder. */
export interface DenoiserShape {
  /** Channels of the latent image. */
  latentChannels: number;
  /** Channels at the finest level; the time vector is four times as long. A multiple of 8. */
  width: number;
  /** Of the width, level by level, finest first. Attention stands in the last level and in the middle. */
  multipliers: readonly number[];
  /** Rows of the table of conditions; row 0 is "none". */
  conditions: number;
}

/** What a denoiser sees beside the control: latent [N, C, H, W], time [N] in steps of the noise schedule, condition [N] (int64 or int32). */
export interface DenoiserInput {
  latent: Tensor;
  time: Tensor;
  condition: Tensor;
}

/** One map per row of the encoder and, last, that of the middle; and the vector of time and condition, [N, 4 width]. */
export interface EncoderFeatures {
  rows: readonly Tensor[];
  embedding: Tensor;
}

const GROUPS = 8;
const HEADS = 2;
/** Residual blocks of the decoder per level: one for each map that the encoder made there. */
const DECODER_BLOCKS = 2;

/** A 3 × 3 convolution as PyTorch starts it, with the bias at 0. */
export function conv3x3(
  scope: Scope,
  image: Tensor,
  channels: number,
  { stride = 1, init = fanInUniform } = {},
): Tensor {
  return conv2d(scope, image, { channels, kernel: 3, stride, init });
}

/** Group norm, SiLU, 3 × 3 convolution. */
export function normConv(scope: Scope, x: Tensor, channels: number, init: Init = fanInUniform): Tensor {
  return conv3x3(scope.at("conv"), silu(groupNorm(scope.at("norm"), x, { groups: GROUPS })), channels, { init });
}

/** Twice group norm, SiLU, convolution, beside a shortcut (1 × 1 where the width changes). `embedding` [N, T], if any, is added between. Starts as its shortcut. */
export function residualBlock(scope: Scope, x: Tensor, channels: number, embedding?: Tensor): Tensor {
  let h = normConv(scope.at("first"), x, channels);
  if (embedding !== undefined) {
    const shift = linear(scope.at("time"), silu(embedding), { features: channels });
    h = add(h, reshape(shift, { to: [x.shape[0]!, channels, 1, 1] }));
  }
  h = normConv(scope.at("second"), h, channels, filled(0));
  const isSameWidth = x.shape[1] === channels;
  return add(isSameWidth ? x : conv2d(scope.at("shortcut"), x, { channels, kernel: 1, init: fanInUniform }), h);
}

/** Self-attention between all places, group norm before, added to x. */
export function attentionBlock(scope: Scope, x: Tensor): Tensor {
  return add(x, imageAttention(scope, groupNorm(scope.at("norm"), x, { groups: GROUPS }), { heads: HEADS }));
}

/** Time [N] as [cos(t f₀), …, sin(t f₀), …], f_i = 10000^(-i / half), cosines first: [N, width]. */
export function timeWaves(time: Tensor, width: number): Tensor {
  const half = width / 2;
  const frequencies = Float32Array.from({ length: half }, (_, i) => Math.exp((-Math.log(10_000) * i) / half));
  const phase = mul(reshape(time, { to: [time.shape[0]!, 1] }), constant(frequencies, { shape: [1, half] }));
  return concat([cos(phase), sin(phase)], { axis: 1 });
}

/** Time and condition as one vector [N, 4 width]. */
export function embeddingOf(
  scope: Scope,
  { time, condition }: Pick<DenoiserInput, "time" | "condition">,
  { width, conditions }: Pick<DenoiserShape, "width" | "conditions">,
): Tensor {
  const features = 4 * width;
  const hidden = silu(linear(scope.at("time.0"), timeWaves(time, width), { features }));
  const vector = linear(scope.at("time.1"), hidden, { features });
  return add(vector, embedding(scope.at("condition"), condition, { count: conditions, features }));
}

/**
 * Encoder and middle. H and W divisible by 2^(levels - 1), else throws. `hint` [N, width, H, W] is added after the first convolution:
 * that is where a control branch, a second network of this kind, reads what it controls by.
 */
export function denoiserEncoder(
  scope: Scope,
  input: DenoiserInput,
  shape: DenoiserShape,
  hint?: Tensor,
): EncoderFeatures {
  const { width, multipliers } = shape;
  const factor = 2 ** (multipliers.length - 1);
  const [, , height, breadth] = input.latent.shape;
  if (height! % factor !== 0 || breadth! % factor !== 0) {
    throw new Error(
      `denoiser at ${scope.path}: latent images of ${height} × ${breadth} are not divisible by ${factor} (${multipliers.length} levels). ` +
        "Use another image size.",
    );
  }
  const embedding = embeddingOf(scope, input, shape);
  const entered = conv3x3(scope.at("enter"), input.latent, width);
  let x = hint === undefined ? entered : add(entered, hint);
  const rows = [x];
  for (const [level, multiplier] of multipliers.entries()) {
    const place = scope.at(`level.${level}`);
    if (level > 0) rows.push((x = conv3x3(place.at("down"), x, x.shape[1]!, { stride: 2 })));
    x = residualBlock(place.at("block"), x, multiplier * width, embedding);
    if (level === multipliers.length - 1) x = attentionBlock(place.at("attention"), x);
    rows.push(x);
  }
  const middle = scope.at("middle");
  x = residualBlock(middle.at("first"), x, x.shape[1]!, embedding);
  x = attentionBlock(middle.at("attention"), x);
  rows.push(residualBlock(middle.at("second"), x, x.shape[1]!, embedding));
  return { rows, embedding };
}

/** Channels of the encoder's rows, the middle last. */
export function encoderWidths({ width, multipliers }: Pick<DenoiserShape, "width" | "multipliers">): number[] {
  const levels = multipliers.flatMap((multiplier, level) => {
    const before = multipliers[level - 1];
    return [...(before === undefined ? [] : [before * width]), multiplier * width];
  });
  return [width, ...levels, multipliers.at(-1)! * width];
}

/**
 * Decoder and head: what is predicted for the latent image, of its shape. The last row of `features` goes in first, then they are taken from last to
 * first beside what is there. `residuals`, one per row, are added to them.
 */
export function denoiserDecoder(
  scope: Scope,
  { rows, embedding }: EncoderFeatures,
  shape: DenoiserShape,
  residuals?: readonly Tensor[],
): Tensor {
  const { width, multipliers, latentChannels } = shape;
  if (residuals !== undefined && residuals.length !== rows.length) {
    throw new Error(`denoiser at ${scope.path}: ${rows.length} rows, but ${residuals.length} residuals.`);
  }
  const merged = residuals === undefined ? [...rows] : rows.map((row, index) => add(row, residuals[index]!));
  let x = merged.pop()!;
  for (let level = multipliers.length - 1; level >= 0; level--) {
    for (let block = 0; block < DECODER_BLOCKS; block++) {
      const place = scope.at(`level.${level}.${block}`);
      x = residualBlock(
        place.at("block"),
        concat([x, merged.pop()!], { axis: 1 }),
        multipliers[level]! * width,
        embedding,
      );
      if (level === multipliers.length - 1) x = attentionBlock(place.at("attention"), x);
    }
    if (level > 0) x = conv3x3(scope.at(`level.${level}.up`), upsample2d(x, 2), x.shape[1]!);
  }
  return normConv(scope.at("head"), x, latentChannels, filled(0));
}
