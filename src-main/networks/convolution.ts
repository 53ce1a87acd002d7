/** @file Convolution layers and transposed ones, 2-D and 3-D, with their weights. */
import {
  add,
  convolution,
  convolutionInputGradient,
  padReflect,
  padReplicate,
  reshape,
  sizeOf,
  type Init,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { filled, heNormal } from "./init.ts";
import { spectralNorm } from "./normalization.ts";

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

interface KernelOptions {
  /** Channels of the result. */
  channels: number;
  kernel: PerAxis;
  /** Default 1. */
  stride?: PerAxis;
  /** Default 1. */
  dilation?: PerAxis;
  /** Default 1. */
  groups?: number;
  /** Default true. */
  bias?: boolean;
  /** Initial weights. Default `heNormal`. */
  init?: Init;
  /** Initial bias, given how many numbers enter one output. Default zeros; PyTorch's: `fanInUniformBias`. */
  biasInit?: (fanIn: number) => Init;
}

export interface ConvOptions extends KernelOptions {
  /** Elements added on each side. Default dilation (kernel - 1) / 2: an odd kernel with stride 1 keeps the size. */
  padding?: PerAxis;
  /** What is added: zeros (default), the image mirrored, or its border repeated. */
  paddingMode?: "zeros" | "reflect" | "replicate";
  /** Divide the weight by its largest singular value, as `spectralNorm` does. Default false. */
  spectral?: boolean;
}

export interface ConvTransposeOptions extends KernelOptions {
  /** Rows and columns cut off each side of the result. Default 0. */
  padding?: PerAxis;
  /** Added to the size at the end of each axis, less than the stride: several sizes shrink to one. Default 0. */
  outputPadding?: PerAxis;
}

function spread(layer: string, value: PerAxis, axes: number): number[] {
  const list = typeof value === "number" ? Array.from({ length: axes }, () => value) : [...value];
  if (list.length !== axes) throw new Error(`${layer}: expected one number or ${axes}, got [${list.join(", ")}].`);
  return list;
}

function expectAxes(layer: string, image: Tensor, axes: number): void {
  if (image.shape.length === axes + 2) return;
  throw new Error(`${layer}: image must be [N, C, ..size] with ${axes} spatial axes, got [${image.shape.join(", ")}].`);
}

function geometry(layer: string, axes: number, { kernel, stride = 1, dilation = 1, groups = 1 }: KernelOptions) {
  const each = (value: PerAxis) => spread(layer, value, axes);
  return { each, kernel: each(kernel), stride: each(stride), dilation: each(dilation), groups };
}

const zeroBias = () => filled(0);

function conv(axes: number, scope: Scope, image: Tensor, options: ConvOptions): Tensor {
  const layer = `conv${axes}d at ${scope.path}`;
  expectAxes(layer, image, axes);
  const { channels, bias = true, paddingMode = "zeros", init = heNormal, biasInit = zeroBias } = options;
  const { each, kernel, stride, dilation, groups } = geometry(layer, axes, options);
  const { padding = kernel.map((length, axis) => Math.floor((dilation[axis]! * (length - 1)) / 2)) } = options;
  const border = each(padding);
  const shape = [channels, image.shape[1]! / groups, ...kernel];
  const weight = scope.parameter("weight", { shape, init });
  const parts = [
    paddingMode === "zeros"
      ? image
      : { reflect: padReflect, replicate: padReplicate }[paddingMode](image, { before: border, after: border }),
    options.spectral ? spectralNorm(scope.at("spectral"), weight) : weight,
  ];
  if (bias) parts.push(scope.parameter("bias", { shape: [channels], init: biasInit(sizeOf(shape.slice(1))) }));
  return convolution(parts, {
    stride,
    padding: paddingMode === "zeros" ? border : border.map(() => 0),
    dilation,
    groups,
  });
}

/** 2-D convolution: [N, C, H, W] -> [N, channels, H', W']. Parameters `weight` [channels, C / groups, k, k], `bias` [channels]. */
export function conv2d(scope: Scope, image: Tensor, options: ConvOptions): Tensor {
  return conv(2, scope, image, options);
}

/** 3-D convolution: [N, C, D, H, W] -> [N, channels, D', H', W']. Parameters `weight` [channels, C / groups, k, k, k], `bias` [channels]. */
export function conv3d(scope: Scope, image: Tensor, options: ConvOptions): Tensor {
  return conv(3, scope, image, options);
}

/** A linear map of the channels of every pixel: [N, C, H, W] -> [N, channels, H, W]. Parameters as `conv2d`. */
export function conv1x1(scope: Scope, image: Tensor, options: Omit<ConvOptions, "kernel">): Tensor {
  return conv(2, scope, image, { ...options, kernel: 1 });
}

function convTranspose(axes: number, scope: Scope, image: Tensor, options: ConvTransposeOptions): Tensor {
  const layer = `convTranspose${axes}d at ${scope.path}`;
  expectAxes(layer, image, axes);
  const { channels, bias = true, init = heNormal, biasInit = zeroBias } = options;
  const { each, kernel, stride, dilation, groups } = geometry(layer, axes, options);
  const [padding, outputPadding] = [each(options.padding ?? 0), each(options.outputPadding ?? 0)];
  if (channels % groups !== 0) throw new Error(`${layer}: ${channels} channels do not divide into ${groups} groups.`);
  for (const [axis, extra] of outputPadding.entries()) {
    if (extra < Math.max(stride[axis]!, dilation[axis]!)) continue;
    throw new Error(`${layer}: outputPadding ${extra} must be less than the stride ${stride[axis]!}.`);
  }
  const shape = [image.shape[1]!, channels / groups, ...kernel];
  const inputSize = kernel.map(
    (length, axis) =>
      (image.shape[axis + 2]! - 1) * stride[axis]! -
      2 * padding[axis]! +
      dilation[axis]! * (length - 1) +
      1 +
      outputPadding[axis]!,
  );
  const weight = scope.parameter("weight", { shape, init });
  const y = convolutionInputGradient(image, weight, { stride, padding, dilation, groups, inputSize });
  if (!bias) return y;
  const shift = scope.parameter("bias", { shape: [channels], init: biasInit(sizeOf(shape.slice(1))) });
  return add(y, reshape(shift, { to: [channels, ...kernel.map(() => 1)] }));
}

/**
 * 2-D transposed convolution: [N, C, H, W] -> [N, channels, (H - 1) stride - 2 padding + dilation (k - 1) + 1 + outputPadding, W']. Parameters
 * `weight` [C, channels / groups, k, k] (PyTorch's layout, and its fan-in: channels / groups · k · k), `bias` [channels].
 */
export function convTranspose2d(scope: Scope, image: Tensor, options: ConvTransposeOptions): Tensor {
  return convTranspose(2, scope, image, options);
}

/** 3-D transposed convolution of [N, C, D, H, W], as `convTranspose2d`. */
export function convTranspose3d(scope: Scope, image: Tensor, options: ConvTransposeOptions): Tensor {
  return convTranspose(3, scope, image, options);
}
