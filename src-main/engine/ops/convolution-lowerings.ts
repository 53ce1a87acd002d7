/**
 * @file How convolution gradients become ONNX, chosen per shape by measurement on CPU. Figures: engine/README.md.
 */
import { sizeOf } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
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
  const kernel = w.shape.slice(2);
  const spatialAxes = kernel.map((_, axis) => axis + 2);
  const swapped = onnx.node("Transpose", [w], { perm: [1, 0, ...spatialAxes] });
  const reversed = kernel.every(isOne)
    ? swapped
    : onnx.node("Slice", [
        swapped,
        onnx.int64s(kernel.map(() => -1)),
        onnx.int64s(kernel.map(() => Number.MIN_SAFE_INTEGER)),
        onnx.int64s(spatialAxes),
        onnx.int64s(kernel.map(() => -1)),
      ]);
  const pads = attrs.padding.map((padding, axis) => spread[axis]! - padding);
  return onnx.node("Conv", [dy, reversed], {
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
  // Nine windows beat six shifted copies only where channels are many and the image is small.
  if (isSame3x3 && x.shape[1]! <= 64 && dy.shape[1]! <= 64 && x.shape[1]! >= 8) return separated3x3(onnx, x, dy);
  return windows(onnx, x, dy, attrs);
}

/** Σₙ A[n] B[n]ᵀ for A [N, M, L], B [N, P, L] -> [M, P]. */
function sumOfProducts(onnx: OnnxGraph, a: string, b: string): string {
  const products = onnx.node("FusedMatMul", [a, b], { transA: 0, transB: 1, alpha: { float: 1 } }, "com.microsoft");
  return onnx.node("ReduceSum", [products, onnx.int64s([0])], { keepdims: 0 });
}

function flattened(onnx: OnnxGraph, x: Value | string, batch: number, channels: number): string {
  return onnx.node("Reshape", [x, onnx.int64s([batch, channels, -1])]);
}

function pointwise(onnx: OnnxGraph, x: Value, dy: Value, kernel: readonly number[]): string {
  const [batch, channels] = x.shape as [number, number];
  const outChannels = dy.shape[1]!;
  const flat = sumOfProducts(onnx, flattened(onnx, dy, batch, outChannels), flattened(onnx, x, batch, channels));
  return onnx.node("Reshape", [flat, onnx.int64s([outChannels, channels, ...kernel])]);
}

/**
 * 3 × 3, stride 1, padding 1: tap (i, j) multiplies dy shifted by i rows with x shifted by j columns, so three copies of
 * each, stacked as channels, hold all nine taps in one batched product [N, 3K, L] × [N, 3C, L]ᵀ.
 */
function separated3x3(onnx: OnnxGraph, x: Value, dy: Value): string {
  const [batch, channels] = x.shape as [number, number];
  const outChannels = dy.shape[1]!;
  // dy moved down by one row pairs with the tap that reads one row above.
  const rows = shifted(onnx, dy, 2, [-1, 0, 1]);
  const columns = shifted(onnx, x, 3, [1, 0, -1]);
  const taps = sumOfProducts(
    onnx,
    flattened(onnx, rows, batch, 3 * outChannels),
    flattened(onnx, columns, batch, 3 * channels),
  );
  const split = onnx.node("Reshape", [taps, onnx.int64s([3, outChannels, 3, channels])]);
  return onnx.node("Transpose", [split], { perm: [1, 3, 0, 2] });
}

/** Copies of x moved along `axis` by each of `offsets`, zeros coming in, joined as channels. */
function shifted(onnx: OnnxGraph, x: Value, axis: number, offsets: readonly number[]): string {
  const copies = offsets.map((offset) => {
    if (offset === 0) return x.name;
    const pads = new Array<number>(2 * x.shape.length).fill(0);
    pads[axis] = offset; // a negative pad crops
    pads[axis + x.shape.length] = -offset;
    return onnx.node("Pad", [x, onnx.int64s(pads)], { mode: "constant" });
  });
  return onnx.node("Concat", copies, { axis: 1 });
}

/** Any convolution: the windows that each tap reads, stacked as channels, times dy. */
function windows(onnx: OnnxGraph, x: Value, dy: Value, attrs: WeightGradientAttrs): string {
  const { kernel, stride, padding, dilation, groups } = attrs;
  const [batch, channels] = x.shape as [number, number];
  const [, outChannels, ...size] = dy.shape as [number, number, ...number[]];
  const axes = kernel.map((_, axis) => axis + 2);
  const pads = [0, 0, ...padding, 0, 0, ...padding];
  const padded = padding.every((count) => count === 0)
    ? x.name
    : onnx.node("Pad", [x, onnx.int64s(pads)], { mode: "constant" });
  const taps = sizeOf(kernel);
  const slices = Array.from({ length: taps }, (_, tap) => {
    const position = positionOf(tap, kernel);
    const starts = position.map((index, axis) => index * dilation[axis]!);
    const ends = starts.map((start, axis) => start + (size[axis]! - 1) * stride[axis]! + 1);
    const window = onnx.node("Slice", [
      padded,
      onnx.int64s(starts),
      onnx.int64s(ends),
      onnx.int64s(axes),
      onnx.int64s(stride),
    ]);
    return onnx.node("Reshape", [window, onnx.int64s([batch, groups, 1, channels / groups, -1])]);
  });
  const stacked = slices.length === 1 ? slices[0]! : onnx.node("Concat", slices, { axis: 2 });
  const columns = onnx.node("Reshape", [stacked, onnx.int64s([batch, groups, (taps * channels) / groups, -1])]);
  const rows = onnx.node("Reshape", [dy, onnx.int64s([batch, groups, outChannels / groups, -1])]);
  const flat = sumOfProducts(onnx, rows, columns); // [G, K/G, taps · C/G]
  const split = onnx.node("Reshape", [flat, onnx.int64s([outChannels, taps, channels / groups])]);
  const swapped = onnx.node("Transpose", [split], { perm: [0, 2, 1] });
  return onnx.node("Reshape", [swapped, onnx.int64s([outChannels, channels / groups, ...kernel])]);
}

/** Row-major index -> position in a box of `shape`. */
function positionOf(index: number, shape: readonly number[]): number[] {
  const position: number[] = [];
  for (const size of shape.toReversed()) {
    position.unshift(index % size);
    index = Math.floor(index / size);
  }
  return position;
}
