/**
 * @file The ways in which convolution gradients become ONNX, and the rule that picks one where nothing was measured.
 * Figures: engine/LOWERINGS.md.
 */
import { sizeOf, type Lowering, type Lowerings } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { timesTransposed } from "./matmul.ts";
import type { ConvolutionAttrs, InputGradientAttrs, WeightGradientAttrs } from "./convolution.ts";

const isOne = (value: number) => value === 1;

type InputGradientLowering = Lowering<InputGradientAttrs>;
type WeightGradientLowering = Lowering<WeightGradientAttrs>;

// ---- dy [N, K, ..], w [K, C / groups, ..kernel] -> dx [N, C, ..inputSize] ----

/** How far a kernel reaches: dilation · (length - 1) per axis. */
function spreadOf(w: Value, { dilation }: ConvolutionAttrs): number[] {
  return w.shape.slice(2).map((length, axis) => dilation[axis]! * (length - 1));
}

/** dx = conv(dy, w with channels swapped and taps reversed), padded by what the forward pass left out. */
const flippedConv: InputGradientLowering = {
  name: "flipped-conv",
  applies: ([, w], attrs) =>
    attrs.stride.every(isOne) &&
    attrs.groups === 1 &&
    attrs.padding.every((padding, axis) => padding <= spreadOf(w, attrs)[axis]!),
  emit: (onnx, [dy, w], attrs) => {
    const [outChannels, channels, ...kernel] = w.shape as [number, number, ...number[]];
    const taps = sizeOf(kernel);
    const flat = onnx.node("Reshape", [w, onnx.int64s([outChannels, channels, taps])]);
    // A product with a permutation matrix reverses the taps exactly, and ten times faster than Slice with steps of -1.
    const reversal = Array.from({ length: taps * taps }, (_, at) =>
      Math.floor(at / taps) + (at % taps) === taps - 1 ? 1 : 0,
    );
    const reversed = taps === 1 ? flat : onnx.node("MatMul", [flat, onnx.constant(reversal, [taps, taps], w.dtype)]);
    const swapped = onnx.node("Transpose", [reversed], { perm: [1, 0, 2] });
    const pads = spreadOf(w, attrs).map((spread, axis) => spread - attrs.padding[axis]!);
    return onnx.node("Conv", [dy, onnx.node("Reshape", [swapped, onnx.int64s([channels, outChannels, ...kernel])])], {
      kernel_shape: kernel,
      strides: attrs.stride,
      pads: [...pads, ...pads],
      dilations: attrs.dilation,
      group: 1,
    });
  },
};

const convTranspose: InputGradientLowering = {
  name: "conv-transpose",
  applies: () => true,
  emit: (onnx, [dy, w], attrs) => {
    const { padding, stride } = attrs;
    const spread = spreadOf(w, attrs);
    const outputPadding = attrs.inputSize.map(
      (size, axis) => size - ((dy.shape[axis + 2]! - 1) * stride[axis]! - 2 * padding[axis]! + spread[axis]! + 1),
    );
    return onnx.node("ConvTranspose", [dy, w], {
      kernel_shape: w.shape.slice(2),
      strides: stride,
      pads: [...padding, ...padding],
      dilations: attrs.dilation,
      group: attrs.groups,
      output_padding: outputPadding,
    });
  },
};

/** Above this many output channels ConvTranspose is faster than Conv with flipped weights (measured at 8² to 128²). */
const FLIPPED_CONV_MAX_CHANNELS = 128;

export const inputGradientLowerings: Lowerings<InputGradientAttrs> = {
  ways: [flippedConv, convTranspose],
  rule: (inputs, attrs) => {
    const outChannels = inputs[1].shape[0]!;
    return outChannels <= FLIPPED_CONV_MAX_CHANNELS && flippedConv.applies(inputs, attrs) ? flippedConv : convTranspose;
  },
};

// ---- x [N, C, ..], dy [N, K, ..] -> dw [K, C / groups, ..kernel] ----

/**
 * Σₙ A[n] B[n]ᵀ for A [N, .., M, L], B [N, .., P, L] -> [.., M, P]. Faster with the larger side as A: the kernel repacks all of B.
 */
function sumOfProducts(onnx: OnnxGraph, a: string, b: string, rank: 3 | 4 = 3): string {
  const products = timesTransposed(onnx, a, b, rank);
  return onnx.node("ReduceSum", [products, onnx.int64s([0])], { keepdims: 0 });
}

/** [N, channels, ..] -> [N, channels, L] */
function flattened(onnx: OnnxGraph, x: Value | string, batch: number, channels: number): string {
  return onnx.node("Reshape", [x, onnx.int64s([batch, channels, -1])]);
}

/** A convolution's geometry together with its kernel size. */
interface Taps extends Omit<ConvolutionAttrs, "groups"> {
  readonly kernel: readonly number[];
}

/**
 * The windows that each tap reads, as channels: [N, C, ..] -> [N, C · taps, ..], channel-major. A grouped convolution with
 * one-hot kernels: it pads, shifts, strides and joins in one pass on all threads, where Pad, Slice and Concat use one.
 * `reversed`: the windows of a channel come last tap first, which saves reversing the product.
 */
function windows(
  onnx: OnnxGraph,
  x: Pick<Value, "name" | "dtype">,
  channels: number,
  { kernel, stride, padding, dilation }: Taps,
  { reversed = false } = {},
): string {
  const taps = sizeOf(kernel);
  const oneHot = new Float32Array(channels * taps * taps);
  for (let row = 0; row < channels * taps; row++) {
    const tap = row % taps;
    oneHot[row * taps + (reversed ? taps - 1 - tap : tap)] = 1;
  }
  // WebGPU has no grouped convolution in 3-D and computes some others wrongly: there each channel is an image of its own.
  if (onnx.device === "webgpu") {
    const same = kernel.map(() => 0); // Reshape: as in the input
    const images = onnx.node("Reshape", [x.name, onnx.int64s([-1, 1, ...same])]);
    const kernels = onnx.constant(oneHot.subarray(0, taps * taps), [taps, 1, ...kernel], x.dtype);
    const moved = onnx.node("Conv", [images, kernels], {
      kernel_shape: kernel,
      strides: stride,
      pads: [...padding, ...padding],
      dilations: dilation,
      group: 1,
    });
    return onnx.node("Reshape", [moved, onnx.int64s([-1, channels * taps, ...same])]);
  }
  return onnx.node("Conv", [x.name, onnx.constant(oneHot, [channels * taps, 1, ...kernel], x.dtype)], {
    kernel_shape: kernel,
    strides: stride,
    pads: [...padding, ...padding],
    dilations: dilation,
    group: channels,
  });
}

const isPointwise = ({ kernel, stride, padding, groups }: WeightGradientAttrs) =>
  kernel.every(isOne) && stride.every(isOne) && padding.every((count) => count === 0) && groups === 1;

/** 3 × 3 or 3 × 3 × 3, stride 1, padding 1: the size stays. */
const isSame3 = ({ kernel, stride, padding, dilation, groups }: WeightGradientAttrs) =>
  ["3,3", "3,3,3"].includes(kernel.join()) &&
  stride.every(isOne) &&
  padding.every(isOne) &&
  dilation.every(isOne) &&
  groups === 1;

const pointwise: WeightGradientLowering = {
  name: "pointwise",
  applies: (_, attrs) => isPointwise(attrs),
  emit: (onnx, [x, dy], { kernel }) => {
    const [batch, channels] = x.shape as [number, number];
    const outChannels = dy.shape[1]!;
    const flat = sumOfProducts(onnx, flattened(onnx, dy, batch, outChannels), flattened(onnx, x, batch, channels));
    return onnx.node("Reshape", [flat, onnx.int64s([outChannels, channels, ...kernel])]);
  },
};

/** Windows of length 3 along some axes of an image, of length 1 along the others; the size stays. */
function threeAlong(axes: readonly boolean[]): Taps {
  return {
    kernel: axes.map((isMoved) => (isMoved ? 3 : 1)),
    padding: axes.map((isMoved) => (isMoved ? 1 : 0)),
    stride: axes.map(() => 1),
    dilation: axes.map(() => 1),
  };
}

/**
 * Kernels of length 3, stride 1, padding 1: tap (i, j) multiplies dy shifted by i rows with x shifted by j columns, so three copies
 * of each hold all nine taps in one batched product of [N, 3K, L] and [N, 3C, L]. Of three axes the side with fewer channels is
 * moved along two: 9 + 3 copies hold 27 taps.
 */
const shifts: WeightGradientLowering = {
  name: "shifts",
  applies: (_, attrs) => isSame3(attrs),
  emit: (onnx, [x, dy], { kernel }) => {
    const [batch, channels] = x.shape as [number, number];
    const outChannels = dy.shape[1]!;
    const isXLarger = channels > outChannels;
    const ofDy = kernel.length === 3 && isXLarger ? 2 : 1; // axes along which dy is moved: the first ones
    const [dyTaps, xTaps] = [3 ** ofDy, 3 ** (kernel.length - ofDy)];
    // Row window r of dy reads dy[h + r - 1], and dy at h + r - 1 pairs with x at h through tap i = 2 - r: hence reversed.
    const alongDy = threeAlong(kernel.map((_length, axis) => axis < ofDy));
    const rowWindows = windows(onnx, dy, outChannels, alongDy, { reversed: true });
    const rows = flattened(onnx, rowWindows, batch, dyTaps * outChannels);
    const columnWindows = windows(onnx, x, channels, threeAlong(kernel.map((_length, axis) => axis >= ofDy)));
    const columns = flattened(onnx, columnWindows, batch, xTaps * channels);
    const taps = isXLarger ? sumOfProducts(onnx, columns, rows) : sumOfProducts(onnx, rows, columns);
    const shape = isXLarger ? [channels, xTaps, outChannels, dyTaps] : [outChannels, dyTaps, channels, xTaps];
    const split = onnx.node("Reshape", [taps, onnx.int64s(shape)]);
    const ordered = onnx.node("Transpose", [split], { perm: isXLarger ? [2, 0, 3, 1] : [0, 2, 1, 3] }); // [K, C, i, j]
    return kernel.length === 2
      ? ordered
      : onnx.node("Reshape", [ordered, onnx.int64s([outChannels, channels, ...kernel])]);
  },
};

/** Kernels of length 3, stride 1, padding 1, few channels in dy: window (r, s) of dy holds tap (2 - r, 2 - s). */
const windowsOfDy: WeightGradientLowering = {
  name: "windows-of-dy",
  applies: (_, attrs) => isSame3(attrs),
  emit: (onnx, [x, dy], { kernel }) => {
    const [batch, channels] = x.shape as [number, number];
    const outChannels = dy.shape[1]!;
    const count = sizeOf(kernel);
    const all = windows(onnx, dy, outChannels, threeAlong(kernel.map(() => true)), { reversed: true });
    const stacked = flattened(onnx, all, batch, count * outChannels);
    const taps = sumOfProducts(onnx, stacked, flattened(onnx, x, batch, channels));
    const split = onnx.node("Reshape", [taps, onnx.int64s([outChannels, count, channels])]);
    const ordered = onnx.node("Transpose", [split], { perm: [0, 2, 1] });
    return onnx.node("Reshape", [ordered, onnx.int64s([outChannels, channels, ...kernel])]);
  },
};

/** Any convolution: the windows of x times dy, per image and group, then summed over images. */
const windowsOfX: WeightGradientLowering = {
  name: "windows-of-x",
  applies: () => true,
  emit: (onnx, [x, dy], attrs) => {
    const { kernel, groups } = attrs;
    const [batch, channels] = x.shape as [number, number];
    const outChannels = dy.shape[1]!;
    const [groupChannels, groupOutChannels, taps] = [channels / groups, outChannels / groups, sizeOf(kernel)];
    const windowed = windows(onnx, x, channels, attrs);
    const columns = onnx.node("Reshape", [windowed, onnx.int64s([batch, groups, groupChannels * taps, -1])]);
    const rows = onnx.node("Reshape", [dy, onnx.int64s([batch, groups, groupOutChannels, -1])]);
    const products = sumOfProducts(onnx, columns, rows, 4); // [G, C/G · taps, K/G]
    const ordered = onnx.node("Transpose", [products], { perm: [0, 2, 1] });
    return onnx.node("Reshape", [ordered, onnx.int64s([outChannels, groupChannels, ...kernel])]);
  },
};

/**
 * One product for the whole batch, dy [K, N · L] times windows of x [C · taps, N · L]: where kernels are larger than images, one
 * product per image writes more than it computes. The batch becomes a spatial axis, so that windows are cut per image.
 */
const wholeBatch: WeightGradientLowering = {
  name: "whole-batch",
  applies: ([x], { groups }) => groups === 1 && x.shape.length <= 4, // ORT convolves up to three spatial axes
  emit: (onnx, [x, dy], attrs) => {
    const [batch, channels, ...size] = x.shape as [number, number, ...number[]];
    const [, outChannels, ...outSize] = dy.shape as [number, number, ...number[]];
    const channelsFirst = (value: Value) =>
      onnx.node("Transpose", [value], { perm: value.shape.map((_, axis) => (axis < 2 ? 1 - axis : axis)) });
    const images = onnx.node("Reshape", [channelsFirst(x), onnx.int64s([1, channels, batch, ...size])]);
    const taps: Taps = {
      kernel: [1, ...attrs.kernel],
      stride: [1, ...attrs.stride],
      padding: [0, ...attrs.padding],
      dilation: [1, ...attrs.dilation],
    };
    const isIdentity = isPointwise(attrs);
    const windowed = isIdentity ? images : windows(onnx, { name: images, dtype: x.dtype }, channels, taps);
    const positions = batch * sizeOf(outSize);
    const columns = onnx.node("Reshape", [windowed, onnx.int64s([channels * sizeOf(attrs.kernel), positions])]);
    const rows = onnx.node("Reshape", [channelsFirst(dy), onnx.int64s([outChannels, positions])]);
    const product = onnx.node("MatMul", [rows, onnx.node("Transpose", [columns], { perm: [1, 0] })]);
    return onnx.node("Reshape", [product, onnx.int64s([outChannels, channels, ...attrs.kernel])]);
  },
};

/** From this ratio of channels on, nine windows of the smaller side beat three shifts of both sides. */
const WINDOWS_MIN_RATIO = 3;

export const weightGradientLowerings: Lowerings<WeightGradientAttrs> = {
  ways: [pointwise, shifts, windowsOfDy, windowsOfX, wholeBatch],
  rule: (inputs, attrs) => {
    const [x, dy] = inputs;
    const [channels, outChannels] = [x.shape[1]!, dy.shape[1]!];
    const hasLargeKernels = outChannels * channels * sizeOf(attrs.kernel) > sizeOf(x.shape) + sizeOf(dy.shape);
    if (hasLargeKernels && wholeBatch.applies(inputs, attrs)) return wholeBatch;
    if (isPointwise(attrs)) return pointwise;
    if (!isSame3(attrs) || outChannels >= WINDOWS_MIN_RATIO * channels) return windowsOfX;
    return channels >= WINDOWS_MIN_RATIO * outChannels ? windowsOfDy : shifts;
  },
};
