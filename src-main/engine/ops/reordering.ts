/** @file The same elements in another order: flip, roll, and space exchanged with channels. */
import { constant, defineOp, expectShape, isFloating, sizeOf, type Op, type Tensor } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { convolution } from "./convolution.ts";
import { reshape } from "./shapes.ts";

function expectAxes(x: Tensor, axes: readonly number[]): void {
  const fits = axes.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < x.shape.length);
  expectShape(fits, `axes must be in 0..${x.shape.length - 1}, got [${axes.join(", ")}].`);
}

/** Reverses x along `axes`. ONNX Gather, opset 13: whole rows at a time, so the last axis is moved forward for it. */
export const flip: Op<{ axes: readonly number[] }> = defineOp("flip", {
  shape: ([x], { axes }) => {
    expectAxes(x, axes);
    expectShape(new Set(axes).size === axes.length, `axes must differ, got [${axes.join(", ")}].`);
    return x.shape;
  },
  emit: (onnx, [x], { axes }) => {
    const rank = x.shape.length;
    let result = x.name;
    for (const axis of axes) {
      const reversed = onnx.int64s(Array.from({ length: x.shape[axis]! }, (_, at) => x.shape[axis]! - 1 - at));
      if (axis < rank - 1 || rank === 1) {
        result = onnx.node("Gather", [result, reversed], { axis });
        continue;
      }
      const perm = [...Array.from({ length: rank - 2 }, (_, other) => other), rank - 1, rank - 2];
      const rows = onnx.node("Gather", [onnx.node("Transpose", [result], { perm }), reversed], { axis: rank - 2 });
      result = onnx.node("Transpose", [rows], { perm });
    }
    return result;
  },
  gradient: (dy, _, attrs) => [flip(dy, attrs)],
  cases: [
    { inputs: [[2, 3, 4]], attrs: { axes: [2] } },
    { inputs: [[2, 3, 4]], attrs: { axes: [0, 2, 1] } },
    { inputs: [[5]], attrs: { axes: [0] } },
  ],
});

export interface RollAttrs {
  axis: number;
  /** Elements move this far toward higher indices; negative: toward lower ones. */
  shift: number;
}

/** Moves x along one axis; what leaves at one end comes in at the other. ONNX Slice and Concat, opset 13. */
export const roll: Op<RollAttrs> = defineOp("roll", {
  shape: ([x], { axis, shift }) => {
    expectAxes(x, [axis]);
    expectShape(Number.isInteger(shift), `shift must be whole, got ${shift}.`);
    return x.shape;
  },
  emit: (onnx, [x], { axis, shift }) => {
    const size = x.shape[axis]!;
    const split = size - (((shift % size) + size) % size);
    if (split === size) return x.name;
    const part = (start: number, end: number) =>
      onnx.node("Slice", [x, onnx.int64s([start]), onnx.int64s([end]), onnx.int64s([axis])]);
    return onnx.node("Concat", [part(split, size), part(0, split)], { axis });
  },
  gradient: (dy, _, { axis, shift }) => [roll(dy, { axis, shift: -shift })],
  cases: [
    { inputs: [[2, 5]], attrs: { axis: 1, shift: 2 } },
    { inputs: [[3, 2]], attrs: { axis: 0, shift: -7 } },
    { inputs: [[3, 2]], attrs: { axis: 0, shift: 3 } },
  ],
});

export interface BlockOrderAttrs {
  /** Height and width of a block. */
  factor: number;
  /**
   * "CRD": channel c and place p of a block together are channel c · factor² + p (PyTorch). "DCR": p · C + c (ONNX's default,
   * TensorFlow).
   */
  order: "CRD" | "DCR";
}

/** One-hot kernels, one per place of a block: [channels · factor², 1, factor, factor]. */
function places(onnx: OnnxGraph, { dtype }: Value, channels: number, factor: number): string {
  const count = factor ** 2;
  const oneHot = Float32Array.from({ length: channels * count ** 2 }, (_, at) =>
    Math.floor(at / count) % count === at % count ? 1 : 0,
  );
  return onnx.constant(oneHot, [channels * count, 1, factor, factor], dtype);
}

const BLOCKS = ({ factor }: BlockOrderAttrs, group: number) => ({
  kernel_shape: [factor, factor],
  strides: [factor, factor],
  group,
});

function expectImage(x: Tensor, { factor }: BlockOrderAttrs): void {
  expectShape(x.shape.length === 4 && isFloating(x.dtype), "x must be floating-point [N, C, H, W].");
  expectShape(Number.isInteger(factor) && factor >= 1, `factor must be a positive integer, got ${factor}.`);
}

/**
 * Each block of pixels becomes channels: [N, C, H, W] -> [N, C factor², H / factor, W / factor]. Shi et al. 2016, arXiv:1609.05158. ONNX SpaceToDepth,
 * opset 13, which knows the order "DCR" only; for "CRD" a convolution with one-hot kernels, five times as fast as Transpose.
 */
export const spaceToDepth: Op<BlockOrderAttrs> = defineOp("spaceToDepth", {
  shape: ([x], attrs) => {
    expectImage(x, attrs);
    const { factor } = attrs;
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    expectShape(
      height % factor === 0 && width % factor === 0,
      `height and width must be divisible by ${factor}. Pad or crop first.`,
    );
    return [batch, channels * factor ** 2, height / factor, width / factor];
  },
  emit: (onnx, [x], attrs) =>
    attrs.order === "DCR"
      ? onnx.node("SpaceToDepth", [x], { blocksize: attrs.factor })
      : onnx.node("Conv", [x, places(onnx, x, x.shape[1]!, attrs.factor)], BLOCKS(attrs, x.shape[1]!)),
  gradient: (dy, _, attrs) => [depthToSpace(dy, attrs)],
  cases: [
    { inputs: [[2, 3, 4, 2]], attrs: { factor: 2, order: "CRD" } },
    { inputs: [[1, 2, 3, 6]], attrs: { factor: 3, order: "DCR" } },
  ],
});

/** Channels become blocks of pixels, the inverse of `spaceToDepth`: [N, C factor², H, W] -> [N, C, H factor, W factor]. ONNX DepthToSpace, opset 13. */
export const depthToSpace: Op<BlockOrderAttrs> = defineOp("depthToSpace", {
  shape: ([x], attrs) => {
    expectImage(x, attrs);
    const { factor } = attrs;
    const [batch, channels, height, width] = x.shape as [number, number, number, number];
    expectShape(channels % factor ** 2 === 0, `channels must be divisible by ${factor ** 2}, got ${channels}.`);
    return [batch, channels / factor ** 2, height * factor, width * factor];
  },
  emit: (onnx, [x]: Value[], attrs) => {
    const { factor, order } = attrs;
    // WebGPU computes this grouped ConvTranspose wrongly, and has DepthToSpace itself.
    if (order === "DCR" || onnx.device === "webgpu") {
      return onnx.node("DepthToSpace", [x!], { blocksize: factor, mode: order });
    }
    const channels = x!.shape[1]! / factor ** 2;
    return onnx.node("ConvTranspose", [x!, places(onnx, x!, channels, factor)], BLOCKS(attrs, channels));
  },
  gradient: (dy, _, attrs) => [spaceToDepth(dy, attrs)],
  cases: [
    { inputs: [[2, 8, 2, 1]], attrs: { factor: 2, order: "CRD" } },
    { inputs: [[1, 18, 1, 2]], attrs: { factor: 3, order: "DCR" } },
  ],
});

/** Sub-pixel enlargement in PyTorch's channel order: [N, C factor², H, W] -> [N, C, H factor, W factor]. Shi et al. 2016, arXiv:1609.05158. */
export function pixelShuffle(x: Tensor, { factor }: { factor: number }): Tensor {
  return depthToSpace(x, { factor, order: "CRD" });
}

/** The inverse of `pixelShuffle`: [N, C, H, W] -> [N, C factor², H / factor, W / factor]. */
export function pixelUnshuffle(x: Tensor, { factor }: { factor: number }): Tensor {
  return spaceToDepth(x, { factor, order: "CRD" });
}

export interface UnfoldOptions {
  /** One number per spatial axis, in all lists. */
  kernel: readonly number[];
  /** Default 1. */
  stride?: readonly number[];
  /** Zeros on each side. Default 0. */
  padding?: readonly number[];
  /** Default 1. */
  dilation?: readonly number[];
}

/**
 * The windows of x as columns: [N, C, ..] -> [N, C · taps, windows], channel-major, PyTorch's `unfold`. A convolution with one-hot
 * kernels; its gradient adds overlapping windows up.
 */
export function unfold(x: Tensor, { kernel, ...options }: UnfoldOptions): Tensor {
  const { stride = kernel.map(() => 1), padding = kernel.map(() => 0), dilation = kernel.map(() => 1) } = options;
  const [batch, channels] = x.shape as [number, number];
  const taps = sizeOf(kernel);
  const oneHot = Float32Array.from({ length: channels * taps * taps }, (_, at) =>
    Math.floor(at / taps) % taps === at % taps ? 1 : 0,
  );
  const weight = constant(oneHot, { shape: [channels * taps, 1, ...kernel] });
  const windows = convolution([x, weight], { stride, padding, dilation, groups: channels });
  return reshape(windows, { to: [batch, channels * taps, sizeOf(windows.shape.slice(2))] });
}
