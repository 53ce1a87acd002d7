/** @file Layers without weights of their own shape: instance norm, pooling, enlargement. */
import {
  averagePool,
  constant,
  instanceNormalization,
  maxPoolNd,
  resizeLinear,
  upsampleNearest,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { filled } from "./init.ts";

/** Instance normalization with parameters `weight` (scale, 1 at first) and `bias` (shift, 0 at first), [C] each. */
export function instanceNorm(scope: Scope, image: Tensor, { epsilon = 1e-5 } = {}): Tensor {
  const shape = [image.shape[1]!];
  const scale = scope.parameter("weight", { shape, init: filled(1) });
  const shift = scope.parameter("bias", { shape, init: filled(0) });
  return instanceNormalization(image, scale, shift, { epsilon });
}

/** Instance normalization without parameters: each channel of each image to mean 0 and variance 1. */
export function plainInstanceNorm(image: Tensor, { epsilon = 1e-5 } = {}): Tensor {
  const shape = [image.shape[1]!];
  const [scale, shift] = [1, 0].map((value) => constant(filledArray(shape[0]!, value), { shape }));
  return instanceNormalization(image, scale!, shift!, { epsilon });
}

const filledArray = (length: number, value: number): Float32Array => new Float32Array(length).fill(value);

export interface PoolOptions {
  /** Length of a window along every axis. */
  kernel: number;
  /** Default: the kernel. */
  stride?: number;
  /** Elements added on each side: none of them is a largest value, but each is a zero in a mean. Default 0. */
  padding?: number;
}

/** The same numbers along every spatial axis; a bare number is kernel and stride. */
function perAxis(layer: string, image: Tensor, axes: number, options: number | PoolOptions) {
  if (image.shape.length !== axes + 2) {
    throw new Error(
      `${layer}: image must be [N, C, ..size] with ${axes} spatial axes, got [${image.shape.join(", ")}].`,
    );
  }
  const { kernel, stride, padding = 0 } = typeof options === "number" ? { kernel: options } : options;
  const each = (value: number) => Array.from({ length: axes }, () => value);
  return { kernel: each(kernel), stride: each(stride ?? kernel), padding: each(padding) };
}

/** Largest value of each window, by default of blocks: [N, C, H, W] -> [N, C, ⌊H / kernel⌋, ⌊W / kernel⌋]. */
export function maxPool2d(image: Tensor, options: number | PoolOptions): Tensor {
  return maxPoolNd(image, perAxis("maxPool2d", image, 2, options));
}

/** As `maxPool2d` for [N, C, D, H, W]. */
export function maxPool3d(image: Tensor, options: number | PoolOptions): Tensor {
  return maxPoolNd(image, perAxis("maxPool3d", image, 3, options));
}

/** Mean of each window, by default of blocks: [N, C, H, W] -> [N, C, ⌊H / kernel⌋, ⌊W / kernel⌋]. */
export function averagePool2d(image: Tensor, options: number | PoolOptions): Tensor {
  return averagePool(image, perAxis("averagePool2d", image, 2, options));
}

/** As `averagePool2d` for [N, C, D, H, W]. */
export function averagePool3d(image: Tensor, options: number | PoolOptions): Tensor {
  return averagePool(image, perAxis("averagePool3d", image, 3, options));
}

export interface UpsampleOptions {
  /** "linear" interpolates between pixel centers, edges clamped. Default "nearest". */
  mode?: "nearest" | "linear";
}

function upsample(image: Tensor, axes: number, factor: number, { mode = "nearest" }: UpsampleOptions): Tensor {
  const each = Array.from({ length: axes }, () => factor);
  return mode === "nearest" ? upsampleNearest(image, { factor: each }) : resizeLinear(image, { scale: each });
}

/** Enlargement: [N, C, H, W] -> [N, C, factor H, factor W]. */
export function upsample2d(image: Tensor, factor: number, options: UpsampleOptions = {}): Tensor {
  return upsample(image, 2, factor, options);
}

/** Enlargement: [N, C, D, H, W] -> [N, C, factor D, factor H, factor W]. */
export function upsample3d(image: Tensor, factor: number, options: UpsampleOptions = {}): Tensor {
  return upsample(image, 3, factor, options);
}
