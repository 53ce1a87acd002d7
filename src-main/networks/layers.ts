/** @file Layers: an op together with its parameters, which are made in the given scope. */
import {
  averageBlocks,
  convolution,
  instanceNormalization,
  maxPoolNd,
  upsampleNearest,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { filled, heNormal } from "./init.ts";

export interface ConvOptions {
  /** Channels of the result. */
  channels: number;
  kernel: number;
  /** Default 1. */
  stride?: number;
  /** Zeros on each side. Default (kernel - 1) / 2: stride 1 keeps the size. */
  padding?: number;
  /** Default 1. */
  dilation?: number;
  /** Default 1. */
  groups?: number;
  /** Default true. */
  bias?: boolean;
}

/** 2-D convolution: [N, C, H, W] -> [N, channels, H', W']. Parameters `weight` [channels, C / groups, k, k], `bias` [channels]. */
export function conv2d(scope: Scope, image: Tensor, options: ConvOptions): Tensor {
  const { channels, kernel, stride = 1, dilation = 1, groups = 1, bias = true } = options;
  const { padding = Math.floor((dilation * (kernel - 1)) / 2) } = options;
  const shape = [channels, image.shape[1]! / groups, kernel, kernel];
  const parts = [image, scope.parameter("weight", { shape, init: heNormal })];
  if (bias) parts.push(scope.parameter("bias", { shape: [channels], init: filled(0) }));
  const both = (value: number) => [value, value];
  return convolution(parts, { stride: both(stride), padding: both(padding), dilation: both(dilation), groups });
}

/** Instance normalization with parameters `weight` (scale, 1 at first) and `bias` (shift, 0 at first), [C] each. */
export function instanceNorm(scope: Scope, image: Tensor, { epsilon = 1e-5 } = {}): Tensor {
  const shape = [image.shape[1]!];
  const scale = scope.parameter("weight", { shape, init: filled(1) });
  const shift = scope.parameter("bias", { shape, init: filled(0) });
  return instanceNormalization(image, scale, shift, { epsilon });
}

/** Largest value of `factor` × `factor` blocks: [N, C, H, W] -> [N, C, ⌊H / factor⌋, ⌊W / factor⌋]. */
export function maxPool2d(image: Tensor, factor: number): Tensor {
  return maxPoolNd(image, { kernel: [factor, factor], stride: [factor, factor], padding: [0, 0] });
}

/** Mean of `factor` × `factor` blocks; H and W must be divisible by it. */
export function averagePool2d(image: Tensor, factor: number): Tensor {
  return averageBlocks(image, { factor: [factor, factor] });
}

/** Nearest-neighbor enlargement: [N, C, H, W] -> [N, C, factor H, factor W]. */
export function upsample2d(image: Tensor, factor: number): Tensor {
  return upsampleNearest(image, { factor: [factor, factor] });
}
