/** @file Max pooling with its adjoints, global pooling, and nearest upsampling with block averaging (mutual adjoints). */
import { defineOp, expectShape, sizeOf, type Op, type Shape, type Tensor } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { ELEMENT_TYPE } from "../onnx/model.ts";
import { mul } from "./elementwise.ts";
import { mean } from "./reductions.ts";
import { reshape } from "./shapes.ts";

/** One number per spatial axis. */
export interface PoolAttrs {
  kernel: readonly number[];
  stride: readonly number[];
  padding: readonly number[];
}

function pooledShape(x: Shape, { kernel, stride, padding }: PoolAttrs): number[] {
  expectShape(x.length === kernel.length + 2, `x must be [N, C, ..size] with ${kernel.length} spatial axes.`);
  expectShape(
    kernel.every((length, axis) => 2 * padding[axis]! <= length),
    `padding must be at most half of the kernel [${kernel.join(", ")}], got [${padding.join(", ")}].`,
  );
  const size = kernel.map(
    (length, axis) => Math.floor((x[axis + 2]! + 2 * padding[axis]! - length) / stride[axis]!) + 1,
  );
  expectShape(
    size.every((length) => length >= 1),
    "the window is larger than the padded image.",
  );
  return [x[0]!, x[1]!, ...size];
}

/** [largest values, their row-major positions in all of x]. At a tie the first wins, as in PyTorch. */
function maxPool(onnx: OnnxGraph, x: Value, { kernel, stride, padding }: PoolAttrs): readonly string[] {
  return onnx.nodeWithOutputs(2, "MaxPool", [x], {
    kernel_shape: kernel,
    strides: stride,
    pads: [...padding, ...padding],
  });
}

const HALVED: PoolAttrs = { kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
const OVERLAPPING: PoolAttrs = { kernel: [3, 3], stride: [2, 2], padding: [1, 1] };
const HALVED_3D: PoolAttrs = { kernel: [2, 2, 2], stride: [2, 2, 2], padding: [0, 0, 0] };
const OVERLAPPING_3D: PoolAttrs = { kernel: [3, 3, 3], stride: [2, 2, 2], padding: [1, 1, 1] };

/** Largest value of each window: [N, C, ..] -> [N, C, ..]. The first of equal values gets the gradient. ONNX MaxPool, opset 12. */
export const maxPoolNd: Op<PoolAttrs> = defineOp("maxPoolNd", {
  shape: ([x], attrs) => pooledShape(x.shape, attrs),
  emit: (onnx, [x], attrs) => maxPool(onnx, x, attrs)[0]!,
  gradient: (dy, [x], attrs) => [toLargest(dy, x, attrs)],
  cases: [
    { inputs: [[2, 3, 4, 6]], attrs: HALVED },
    { inputs: [[1, 2, 5, 6]], attrs: OVERLAPPING },
    { inputs: [[1, 2, 5, 5]], attrs: HALVED },
    { inputs: [[1, 2, 4, 2, 4]], attrs: HALVED_3D },
    { inputs: [[1, 1, 4, 3, 4]], attrs: OVERLAPPING_3D },
    { inputs: [[2, 2, 5]], attrs: { kernel: [3], stride: [1], padding: [1] } },
    {
      inputs: [{ shape: [1, 1, 2, 2], values: [1, 1, 1, 0] }],
      attrs: HALVED,
      gradientUnchecked: "at a tie the two one-sided differences disagree; the first element gets all",
    },
  ],
});

/** Puts every element of dy where the largest value of its window stands in x; zeros elsewhere. */
export const toLargest: Op<PoolAttrs, 2> = defineOp("toLargest", {
  shape: ([, x]) => x.shape,
  emit: (onnx, [dy, x], attrs) => {
    const indices = maxPool(onnx, x, attrs)[1]!;
    const tiles = attrs.kernel.every(
      (length, axis) => length === attrs.stride[axis] && attrs.padding[axis] === 0 && x.shape[axis + 2]! % length === 0,
    );
    // Windows that tile the image never meet: a plain scatter. Overlapping ones must add.
    if (tiles) return onnx.node("MaxUnpool", [dy, indices], { kernel_shape: attrs.kernel, strides: attrs.stride });
    const flat = onnx.int64s([-1]);
    // ONNX Runtime adds halves on some devices only, and sums are better kept in float32 anyway.
    const isHalf = dy.dtype === "float16";
    const added = onnx.node("Reshape", [dy, flat]);
    const zeros = onnx.node("Expand", [onnx.constant([0], [], "float32"), onnx.int64s([sizeOf(x.shape)])]);
    const scattered = onnx.node(
      "ScatterElements",
      [
        zeros,
        onnx.node("Reshape", [indices, flat]),
        isHalf ? onnx.node("Cast", [added], { to: ELEMENT_TYPE.float32 }) : added,
      ],
      { axis: 0, reduction: "add" },
    );
    const shaped = onnx.node("Reshape", [scattered, onnx.int64s(x.shape)]);
    return isHalf ? onnx.node("Cast", [shaped], { to: ELEMENT_TYPE.float16 }) : shaped;
  },
  gradient: (g, [, x], attrs) => [fromLargest(g, x, attrs), null],
  cases: [
    {
      inputs: [
        [1, 2, 2, 3],
        [1, 2, 4, 6],
      ],
      attrs: HALVED,
    },
    {
      inputs: [
        [1, 2, 3, 3],
        [1, 2, 5, 6],
      ],
      attrs: OVERLAPPING,
    },
    {
      inputs: [
        [1, 2, 2, 1, 2],
        [1, 2, 4, 2, 4],
      ],
      attrs: HALVED_3D,
    },
    { inputs: [[1, 1, 1, 1], { shape: [1, 1, 2, 2], values: [0, 1, 1, 1] }], attrs: HALVED },
  ],
});

/** Reads g where the largest value of each window stands in x: the adjoint of `toLargest`. */
export const fromLargest: Op<PoolAttrs, 2> = defineOp("fromLargest", {
  shape: ([g, x], attrs) => {
    expectShape(g.shape.join() === x.shape.join(), "g and x must have one shape.");
    return pooledShape(x.shape, attrs);
  },
  emit: (onnx, [g, x], attrs) => {
    const flat = onnx.int64s([-1]);
    const indices = onnx.node("Reshape", [maxPool(onnx, x, attrs)[1]!, flat]);
    const read = onnx.node("GatherElements", [onnx.node("Reshape", [g, flat]), indices], { axis: 0 });
    return onnx.node("Reshape", [read, onnx.int64s(pooledShape(x.shape, attrs))]);
  },
  gradient: (dy, [, x], attrs) => [toLargest(dy, x, attrs), null],
  cases: [
    {
      inputs: [
        [1, 2, 4, 6],
        [1, 2, 4, 6],
      ],
      attrs: HALVED,
    },
    {
      inputs: [
        [1, 2, 5, 6],
        [1, 2, 5, 6],
      ],
      attrs: OVERLAPPING,
    },
    {
      inputs: [
        [1, 1, 4, 3, 4],
        [1, 1, 4, 3, 4],
      ],
      attrs: OVERLAPPING_3D,
    },
  ],
});

/** Largest value of each channel: [N, C, ..] -> [N, C]. The first of equal values gets the gradient. */
export function globalMaxPool(x: Tensor): Tensor {
  const size = x.shape.slice(2);
  const largest = maxPoolNd(x, { kernel: size, stride: size, padding: size.map(() => 0) });
  return reshape(largest, { to: x.shape.slice(0, 2) });
}

/** Mean of each channel: [N, C, ..] -> [N, C]. */
export function globalAveragePool(x: Tensor): Tensor {
  return mean(x, { axes: x.shape.slice(2).map((_, axis) => axis + 2) });
}

/** One factor per spatial axis. */
export interface BlockAttrs {
  factor: readonly number[];
}

/** Repeats every element `factor` times along each spatial axis. ONNX Resize nearest, opset 18: much faster than Expand. */
export const upsampleNearest: Op<BlockAttrs> = defineOp("upsampleNearest", {
  shape: ([x], { factor }) => {
    expectShape(x.shape.length === factor.length + 2, `x must be [N, C, ..size] with ${factor.length} spatial axes.`);
    return [x.shape[0]!, x.shape[1]!, ...factor.map((times, axis) => times * x.shape[axis + 2]!)];
  },
  emit: (onnx, [x], { factor }) =>
    onnx.node("Resize", [x, null, onnx.floats([1, 1, ...factor])], {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
    }),
  // Each element was copied to a whole block: the sum of that block comes back.
  gradient: (dy, _, { factor }) => [mul(averageBlocks(dy, { factor }), sizeOf(factor))],
  cases: [
    { inputs: [[1, 2, 3, 2]], attrs: { factor: [2, 2] } },
    { inputs: [[1, 2, 2, 2, 1]], attrs: { factor: [2, 1, 3] } },
  ],
});

/** Mean of blocks that tile the image: average pooling with stride = kernel. ONNX AveragePool, opset 11. */
export const averageBlocks: Op<BlockAttrs> = defineOp("averageBlocks", {
  shape: ([x], { factor }) => {
    const fits =
      x.shape.length === factor.length + 2 && factor.every((times, axis) => x.shape[axis + 2]! % times === 0);
    expectShape(fits, `spatial sizes must be divisible by [${factor.join(", ")}]. Pad or crop first.`);
    return [x.shape[0]!, x.shape[1]!, ...factor.map((times, axis) => x.shape[axis + 2]! / times)];
  },
  emit: (onnx, [x], { factor }) => onnx.node("AveragePool", [x], { kernel_shape: factor, strides: factor }),
  gradient: (dy, _, { factor }) => [mul(upsampleNearest(dy, { factor }), 1 / sizeOf(factor))],
  cases: [{ inputs: [[1, 2, 4, 6]], attrs: { factor: [2, 3] } }],
});
