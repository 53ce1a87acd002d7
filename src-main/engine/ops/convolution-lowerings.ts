/**
 * @file How convolution gradients become ONNX, chosen per shape by measurement on CPU. Figures: engine/README.md.
 */
import { sizeOf } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { timesTransposed } from "./matmul.ts";
import type { ConvolutionAttrs, InputGradientAttrs, WeightGradientAttrs } from "./convolution.ts";

const isOne = (value: number) => value === 1;

/** Above this many output channels ConvTranspose is faster than Conv with flipped weights (measured at 8² to 128²). */
const FLIPPED_CONV_MAX_CHANNELS = 128;

/** dy [N, K, ..], w [K, C / groups, ..kernel] -> dx [N, C, ..inputSize] */
export function inputGradientLowering(onnx: OnnxGraph, dy: Value, w: Value, attrs: InputGradientAttrs): string {
  const kernel = w.shape.slice(2);
  const spread = kernel.map((length, axis) => attrs.dilation[axis]! * (length - 1));
  const isFlippable =
    attrs.stride.every(isOne) &&
    attrs.groups === 1 &&
    w.shape[0]! <= FLIPPED_CONV_MAX_CHANNELS &&
    attrs.padding.every((padding, axis) => padding <= spread[axis]!);
  if (isFlippable) return flippedConv(onnx, dy, w, attrs, spread);

  const padding = attrs.padding;
  const outputPadding = attrs.inputSize.map(
    (size, axis) => size - ((dy.shape[axis + 2]! - 1) * attrs.stride[axis]! - 2 * padding[axis]! + spread[axis]! + 1),
  );
  return onnx.node("ConvTranspose", [dy, w], {
    kernel_shape: kernel,
    strides: attrs.stride,
    pads: [...padding, ...padding],
    dilations: attrs.dilation,
    group: attrs.groups,
    output_padding: outputPadding,
  });
}

/** dx = conv(dy, w with channels swapped and taps reversed), padded by what the forward pass left out. */
function flippedConv(onnx: OnnxGraph, dy: Value, w: Value, attrs: ConvolutionAttrs, spread: readonly number[]): string {
  const [outChannels, channels, ...kernel] = w.shape as [number, number, ...number[]];
  const taps = sizeOf(kernel);
  const flat = onnx.node("Reshape", [w, onnx.int64s([outChannels, channels, taps])]);
  // A product with a permutation matrix reverses the taps exactly, and ten times faster than Slice with steps of -1.
  const reversal = Array.from({ length: taps * taps }, (_, at) =>
    Math.floor(at / taps) + (at % taps) === taps - 1 ? 1 : 0,
  );
  const reversed = taps === 1 ? flat : onnx.node("MatMul", [flat, onnx.constant(reversal, [taps, taps], w.dtype)]);
  const swapped = onnx.node("Transpose", [reversed], { perm: [1, 0, 2] });
  const pads = attrs.padding.map((padding, axis) => spread[axis]! - padding);
  return onnx.node("Conv", [dy, onnx.node("Reshape", [swapped, onnx.int64s([channels, outChannels, ...kernel])])], {
    kernel_shape: kernel,
    strides: attrs.stride,
    pads: [...pads, ...pads],
    dilations: attrs.dilation,
    group: 1,
  });
}

/** x [N, C, ..], dy [N, K, ..] -> dw [K, C / groups, ..kernel] */
export function weightGradientLowering(onnx: OnnxGraph, x: Value, dy: Value, attrs: WeightGradientAttrs): string {
  const { kernel, stride, padding, dilation, groups } = attrs;
  const isPointwise = kernel.every(isOne) && stride.every(isOne) && padding.every((count) => count === 0);
  if (isPointwise && groups === 1) return pointwise(onnx, x, dy, kernel);
  const isSame3x3 =
    kernel.join() === "3,3" && stride.every(isOne) && padding.every(isOne) && dilation.every(isOne) && groups === 1;
  if (!isSame3x3) return windowsOfX(onnx, x, dy, attrs);
  const [channels, outChannels] = [x.shape[1]!, dy.shape[1]!];
  if (outChannels >= WINDOWS_MIN_RATIO * channels) return windowsOfX(onnx, x, dy, attrs);
  if (channels >= WINDOWS_MIN_RATIO * outChannels) return windowsOfDy3x3(onnx, x, dy);
  return separated3x3(onnx, x, dy);
}

/** From this ratio of channels on, nine windows of the smaller side beat three shifts of both sides. */
const WINDOWS_MIN_RATIO = 3;

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
 */
function windows(onnx: OnnxGraph, x: Value, { kernel, stride, padding, dilation }: Taps): string {
  const channels = x.shape[1]!;
  const taps = sizeOf(kernel);
  const oneHot = new Float32Array(channels * taps * taps);
  for (let row = 0; row < channels * taps; row++) oneHot[row * taps + (row % taps)] = 1;
  return onnx.node("Conv", [x, onnx.constant(oneHot, [channels * taps, 1, ...kernel], x.dtype)], {
    kernel_shape: kernel,
    strides: stride,
    pads: [...padding, ...padding],
    dilations: dilation,
    group: channels,
  });
}

function pointwise(onnx: OnnxGraph, x: Value, dy: Value, kernel: readonly number[]): string {
  const [batch, channels] = x.shape as [number, number];
  const outChannels = dy.shape[1]!;
  const flat = sumOfProducts(onnx, flattened(onnx, dy, batch, outChannels), flattened(onnx, x, batch, channels));
  return onnx.node("Reshape", [flat, onnx.int64s([outChannels, channels, ...kernel])]);
}

const SAME = { stride: [1, 1], dilation: [1, 1] } as const;

/**
 * 3 × 3, stride 1, padding 1: tap (i, j) multiplies dy shifted by i rows with x shifted by j columns, so three copies of
 * each hold all nine taps in one batched product of [N, 3K, L] and [N, 3C, L].
 */
function separated3x3(onnx: OnnxGraph, x: Value, dy: Value): string {
  const [batch, channels] = x.shape as [number, number];
  const outChannels = dy.shape[1]!;
  // Row window r of dy reads dy[h + r - 1], and dy at h + r - 1 pairs with x at h through tap i = 2 - r.
  const rows = flattened(onnx, windows(onnx, dy, { ...SAME, kernel: [3, 1], padding: [1, 0] }), batch, 3 * outChannels);
  const columns = flattened(onnx, windows(onnx, x, { ...SAME, kernel: [1, 3], padding: [0, 1] }), batch, 3 * channels);
  const isXLarger = channels > outChannels;
  const taps = isXLarger ? sumOfProducts(onnx, columns, rows) : sumOfProducts(onnx, rows, columns);
  const shape = isXLarger ? [channels, 3, outChannels, 3] : [outChannels, 3, channels, 3];
  const split = onnx.node("Reshape", [taps, onnx.int64s(shape)]);
  const ordered = onnx.node("Transpose", [split], { perm: isXLarger ? [2, 0, 3, 1] : [0, 2, 1, 3] }); // [K, C, r, j]
  return reversedAxis2(onnx, ordered);
}

/** [K, C, 3, n] with axis 2 reversed. */
function reversedAxis2(onnx: OnnxGraph, x: string): string {
  return onnx.node("Gather", [x, onnx.int64s([2, 1, 0])], { axis: 2 });
}

/** 3 × 3, stride 1, padding 1, few channels in dy: window (r, s) of dy holds tap (2 - r, 2 - s). */
function windowsOfDy3x3(onnx: OnnxGraph, x: Value, dy: Value): string {
  const [batch, channels] = x.shape as [number, number];
  const outChannels = dy.shape[1]!;
  const stacked = flattened(
    onnx,
    windows(onnx, dy, { ...SAME, kernel: [3, 3], padding: [1, 1] }),
    batch,
    9 * outChannels,
  );
  const taps = sumOfProducts(onnx, stacked, flattened(onnx, x, batch, channels));
  const split = onnx.node("Reshape", [taps, onnx.int64s([outChannels, 9, channels])]);
  const reversed = onnx.node("Gather", [split, onnx.int64s([8, 7, 6, 5, 4, 3, 2, 1, 0])], { axis: 1 });
  const ordered = onnx.node("Transpose", [reversed], { perm: [0, 2, 1] });
  return onnx.node("Reshape", [ordered, onnx.int64s([outChannels, channels, 3, 3])]);
}

/** Any convolution: the windows of x times dy, per group. */
function windowsOfX(onnx: OnnxGraph, x: Value, dy: Value, attrs: WeightGradientAttrs): string {
  const { kernel, groups } = attrs;
  const [batch, channels] = x.shape as [number, number];
  const outChannels = dy.shape[1]!;
  const [groupChannels, groupOutChannels, taps] = [channels / groups, outChannels / groups, sizeOf(kernel)];
  const windowed = windows(onnx, x, attrs);
  const columns = onnx.node("Reshape", [windowed, onnx.int64s([batch, groups, groupChannels * taps, -1])]);
  const rows = onnx.node("Reshape", [dy, onnx.int64s([batch, groups, groupOutChannels, -1])]);
  const products = sumOfProducts(onnx, columns, rows, 4); // [G, C/G · taps, K/G]
  const ordered = onnx.node("Transpose", [products], { perm: [0, 2, 1] });
  return onnx.node("Reshape", [ordered, onnx.int64s([outChannels, groupChannels, ...kernel])]);
}
