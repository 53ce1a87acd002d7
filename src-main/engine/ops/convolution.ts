/**
 * @file Convolution and its two adjoints. The form Σ conv(x, w) · dy is linear in x, w and dy, so each of the three ops
 * has gradients among the other two, and gradients of gradients need nothing new. 1 to 3 spatial axes.
 */
import {
  defineOp,
  expectFloating,
  expectShape,
  loweredBy,
  sizeOf,
  type Op,
  type Shape,
  type Tensor,
} from "../graph.ts";
import { inputGradientLowerings, weightGradientLowerings } from "./convolution-lowerings.ts";
import { broadcastTo } from "./reductions.ts";
import { reshape } from "./shapes.ts";

/** One number per spatial axis. Padding is with zeros, the same on both sides. */
export interface ConvolutionAttrs {
  stride: readonly number[];
  padding: readonly number[];
  dilation: readonly number[];
  groups: number;
}

/** Transposes need the size that the forward convolution read, because several sizes give one output size. */
export interface InputGradientAttrs extends ConvolutionAttrs {
  /** Spatial size of the result. */
  inputSize: readonly number[];
}

export interface WeightGradientAttrs extends ConvolutionAttrs {
  /** Spatial size of the kernel. */
  kernel: readonly number[];
}

export const ONNX_CONV = (kernel: Shape, { stride, padding, dilation, groups }: ConvolutionAttrs) => ({
  kernel_shape: kernel,
  strides: stride,
  pads: [...padding, ...padding],
  dilations: dilation,
  group: groups,
});

function outputSize(
  size: number,
  kernel: number,
  axis: number,
  { stride, padding, dilation }: ConvolutionAttrs,
): number {
  return Math.floor((size + 2 * padding[axis]! - dilation[axis]! * (kernel - 1) - 1) / stride[axis]!) + 1;
}

const PLAIN: ConvolutionAttrs = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 };
const PLAIN_3D: ConvolutionAttrs = { stride: [1, 1, 1], padding: [1, 1, 1], dilation: [1, 1, 1], groups: 1 };
const HALVING_3D: ConvolutionAttrs = { ...PLAIN_3D, stride: [2, 2, 2], padding: [0, 0, 0] };
const ODD: ConvolutionAttrs = { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 };

/**
 * x [N, C, ..size], w [K, C / groups, ..kernel] (, bias [K]) -> [N, K, ..]. Cross-correlation, as every framework means it.
 * ONNX Conv, opset 11.
 */
export const convolution: Op<ConvolutionAttrs, "list"> = defineOp("convolution", {
  shape: (inputs, attrs) => {
    const [x, w, bias] = inputs;
    const axes = x.shape.length - 2;
    expectFloating(...inputs);
    expectShape(axes >= 1 && w.shape.length === axes + 2, "x and w must both be [N, C, ..size], 1 to 3 spatial axes.");
    const { stride, padding, dilation } = attrs;
    const fits = (list: readonly number[], least: number) =>
      list.length === axes && list.every((count) => Number.isInteger(count) && count >= least);
    expectShape(
      fits(stride, 1) && fits(padding, 0) && fits(dilation, 1),
      `stride, padding and dilation must be ${axes} whole numbers each, one per spatial axis, only padding may be 0.`,
    );
    const [batch, channels] = x.shape as [number, number];
    const [outChannels, groupChannels] = w.shape as [number, number];
    expectShape(
      channels === groupChannels * attrs.groups && outChannels % attrs.groups === 0,
      `${attrs.groups} groups of ${groupChannels} channels expected in x, got ${channels}.`,
    );
    if (inputs.length > 2) expectShape(bias.shape.join() === `${outChannels}`, `bias must be [${outChannels}].`);
    const size = w.shape.slice(2).map((kernel, axis) => outputSize(x.shape[axis + 2]!, kernel, axis, attrs));
    expectShape(
      size.every((length) => length >= 1),
      "the kernel is larger than the padded image.",
    );
    return [batch, outChannels, ...size];
  },
  emit: (onnx, inputs, attrs) => onnx.node("Conv", inputs, ONNX_CONV(inputs[1].shape.slice(2), attrs)),
  gradient: (dy, inputs, attrs) => {
    const [x, w] = inputs;
    const dx = convolutionInputGradient(dy, w, { ...attrs, inputSize: x.shape.slice(2) });
    const dw = convolutionWeightGradient(x, dy, { ...attrs, kernel: w.shape.slice(2) });
    return inputs.length > 2 ? [dx, dw, channelSum(dy)] : [dx, dw];
  },
  cases: [
    { inputs: [[2, 3, 5, 6], [4, 3, 3, 3], [4]], attrs: PLAIN },
    {
      inputs: [
        [2, 3, 5, 6],
        [4, 3, 3, 3],
      ],
      attrs: PLAIN,
    },
    {
      inputs: [
        [2, 3, 4, 4],
        [2, 3, 1, 1],
      ],
      attrs: { ...PLAIN, padding: [0, 0] },
    },
    {
      inputs: [
        [2, 4, 7, 6],
        [4, 2, 3, 2],
      ],
      attrs: ODD,
    },
    {
      inputs: [
        [1, 2, 7],
        [2, 2, 3],
      ],
      attrs: { stride: [2], padding: [0], dilation: [1], groups: 1 },
    },
    {
      inputs: [
        [1, 2, 3, 4, 3],
        [2, 2, 2, 3, 1],
      ],
      attrs: { stride: [1, 1, 1], padding: [0, 1, 0], dilation: [1, 1, 1], groups: 1 },
    },
    { inputs: [[1, 2, 4, 2, 5], [3, 2, 2, 2, 2], [3]], attrs: HALVING_3D },
  ],
});

/** dy [N, K, ..], w [K, C / groups, ..kernel] -> dx [N, C, ..inputSize]: also the transposed convolution of dy. */
export const convolutionInputGradient: Op<InputGradientAttrs, 2> = defineOp("convolutionInputGradient", {
  shape: ([dy, w], { inputSize, ...attrs }) => {
    const channels = w.shape[1]! * attrs.groups;
    expectFloating(dy, w);
    const size = w.shape.slice(2).map((kernel, axis) => outputSize(inputSize[axis]!, kernel, axis, attrs));
    const expected = [dy.shape[0]!, w.shape[0]!, ...size];
    expectShape(dy.shape.join() === expected.join(), `dy must be [${expected.join(", ")}].`);
    return [dy.shape[0]!, channels, ...inputSize];
  },
  ...loweredBy(inputGradientLowerings),
  gradient: (g, [dy, w], { inputSize: _, ...attrs }) => [
    convolution([g, w], attrs),
    convolutionWeightGradient(g, dy, { ...attrs, kernel: w.shape.slice(2) }),
  ],
  cases: [
    {
      inputs: [
        [2, 4, 5, 6],
        [4, 3, 3, 3],
      ],
      attrs: { ...PLAIN, inputSize: [5, 6] },
    },
    {
      inputs: [
        [1, 160, 2, 2],
        [160, 1, 3, 3],
      ],
      attrs: { ...PLAIN, inputSize: [2, 2] },
    },
    {
      inputs: [
        [2, 4, 4, 8],
        [4, 2, 3, 2],
      ],
      attrs: { ...ODD, inputSize: [7, 6] },
    },
    {
      inputs: [
        [2, 4, 4, 8],
        [4, 2, 3, 2],
      ],
      attrs: { ...ODD, inputSize: [8, 6] },
    },
    // Enlargement of a volume: blocks of 2 × 2 × 2, and an odd size.
    {
      inputs: [
        [1, 2, 2, 1, 2],
        [2, 3, 2, 2, 2],
      ],
      attrs: { ...HALVING_3D, inputSize: [4, 2, 5] },
    },
    {
      inputs: [
        [1, 2, 3, 2, 3],
        [2, 2, 3, 3, 3],
      ],
      attrs: { ...PLAIN_3D, inputSize: [3, 2, 3] },
    },
  ],
});

/** x [N, C, ..], dy [N, K, ..] -> dw [K, C / groups, ..kernel]. */
export const convolutionWeightGradient: Op<WeightGradientAttrs, 2> = defineOp("convolutionWeightGradient", {
  shape: ([x, dy], { kernel, ...attrs }) => {
    expectFloating(x, dy);
    const size = kernel.map((length, axis) => outputSize(x.shape[axis + 2]!, length, axis, attrs));
    expectShape(dy.shape.slice(2).join() === size.join(), `dy must have spatial size [${size.join(", ")}].`);
    expectShape(dy.shape[0] === x.shape[0], "x and dy must have one batch size.");
    return [dy.shape[1]!, x.shape[1]! / attrs.groups, ...kernel];
  },
  ...loweredBy(weightGradientLowerings),
  gradient: (g, [x, dy], { kernel: _, ...attrs }) => [
    convolutionInputGradient(dy, g, { ...attrs, inputSize: x.shape.slice(2) }),
    convolution([x, g], attrs),
  ],
  cases: [
    // One case for each lowering of 3 × 3: shifts of both sides with either larger, windows of dy, windows of x.
    {
      inputs: [
        [2, 4, 5, 6],
        [2, 3, 5, 6],
      ],
      attrs: { ...PLAIN, kernel: [3, 3] },
    },
    {
      inputs: [
        [2, 6, 4, 5],
        [2, 2, 4, 5],
      ],
      attrs: { ...PLAIN, kernel: [3, 3] },
    },
    {
      inputs: [
        [2, 1, 4, 5],
        [2, 3, 4, 5],
      ],
      attrs: { ...PLAIN, kernel: [3, 3] },
    },
    {
      inputs: [
        [2, 3, 5, 6],
        [2, 4, 5, 6],
      ],
      attrs: { ...PLAIN, kernel: [3, 3] },
    },
    {
      inputs: [
        [2, 3, 4, 4],
        [2, 2, 4, 4],
      ],
      attrs: { ...PLAIN, padding: [0, 0], kernel: [1, 1] },
    },
    {
      inputs: [
        [2, 4, 7, 6],
        [2, 4, 4, 8],
      ],
      attrs: { ...ODD, kernel: [3, 2] },
    },
    {
      inputs: [
        [2, 3, 5, 7],
        [2, 2, 3, 3],
      ],
      attrs: { ...PLAIN, stride: [2, 3], kernel: [3, 3] },
    },
    // Volumes: shifts with either side moved along two axes, windows of x, blocks.
    {
      inputs: [
        [2, 2, 2, 3, 4],
        [2, 2, 2, 3, 4],
      ],
      attrs: { ...PLAIN_3D, kernel: [3, 3, 3] },
    },
    {
      inputs: [
        [1, 3, 3, 2, 3],
        [1, 2, 3, 2, 3],
      ],
      attrs: { ...PLAIN_3D, kernel: [3, 3, 3] },
    },
    {
      inputs: [
        [1, 1, 3, 3, 2],
        [1, 3, 3, 3, 2],
      ],
      attrs: { ...PLAIN_3D, kernel: [3, 3, 3] },
    },
    {
      inputs: [
        [1, 2, 4, 2, 5],
        [1, 3, 2, 1, 2],
      ],
      attrs: { ...HALVING_3D, kernel: [2, 2, 2] },
    },
  ],
});

/** Sum of [N, K, ..] over everything but channels -> [K]. */
export const channelSum: Op = defineOp("channelSum", {
  shape: ([x]) => [x.shape[1]!],
  // Two stages: the inner one runs over contiguous memory and on all threads.
  emit: (onnx, [x]) => {
    const [batch, channels, ...size] = x.shape as [number, number];
    const rows = onnx.node("Reshape", [x, onnx.int64s([batch, channels, sizeOf(size)])]);
    return onnx.node(
      "ReduceSum",
      [onnx.node("ReduceSum", [rows, onnx.int64s([2])], { keepdims: 0 }), onnx.int64s([0])],
      {
        keepdims: 0,
      },
    );
  },
  gradient: (dy, [x]) => [overChannels(dy, x.shape)],
  cases: [
    { inputs: [[2, 3, 4, 2]], attrs: {} },
    { inputs: [[2, 2, 2, 1, 3]], attrs: {} },
  ],
});

/** [K] repeated to [N, K, ..]. */
export function overChannels(x: Tensor, to: Shape): Tensor {
  return broadcastTo(reshape(x, { to: [to[1]!, ...to.slice(2).map(() => 1)] }), { to });
}
