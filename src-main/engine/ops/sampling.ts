/**
 * @file Bilinear sampling at positions that are computed too: the spatial transformer. Sampling and scattering are mutual
 * adjoints in the image; the slope in the position is a sample of differences, so all orders follow from two ops.
 */
import { constant, defineOp, expectShape, type Op, type Shape, type Tensor } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { convolution } from "./convolution.ts";
import { add, floor, greater, mul, where } from "./elementwise.ts";
import { flip } from "./reordering.ts";
import { sum } from "./reductions.ts";
import { concat, transpose } from "./shapes.ts";

export interface SamplingAttrs {
  /** What lies outside the image: zeros, or its border continued. */
  padding: "zeros" | "border";
}

export interface ScatterAttrs extends SamplingAttrs {
  /** Height and width of the image. */
  size: readonly number[];
}

function expectPositions(position: Tensor, batch: number): void {
  const fits = position.shape.length === 4 && position.shape[0] === batch && position.shape[3] === 2;
  expectShape(fits, `positions must be [${batch}, H, W, 2], x first.`);
}

/** One number for x and one for y, repeated along a row of positions: [W, 2] broadcasts faster than [2]. */
function perAxis(position: { shape: Shape }, [x, y]: readonly [number, number]): number[] {
  return Array.from({ length: 2 * position.shape[2]! }, (_, at) => (at % 2 === 0 ? x : y));
}

/** Positions are drawn between whole pixels, where the slope jumps. */
const CASES: readonly { image: Shape; output: readonly [number, number]; padding: SamplingAttrs["padding"] }[] = [
  { image: [1, 2, 3, 4], output: [3, 3], padding: "zeros" },
  { image: [1, 2, 3, 4], output: [3, 3], padding: "border" },
  { image: [2, 1, 3, 3], output: [2, 3], padding: "zeros" },
];

/**
 * x [N, C, H, W] read at positions [N, Ho, Wo, 2] in pixels, (x, y), whole numbers at pixel centers -> [N, C, Ho, Wo]. On whole numbers
 * the slope is that of the cell to the right and below; at and beyond a border that is continued it is 0. Jaderberg et al. 2015,
 * arXiv:1506.02025. ONNX GridSample, opset 16.
 */
export const bilinearSample: Op<SamplingAttrs, 2> = defineOp("bilinearSample", {
  shape: ([x, position]) => {
    expectShape(x.shape.length === 4, "x must be [N, C, H, W].");
    expectPositions(position, x.shape[0]!);
    return [x.shape[0]!, x.shape[1]!, position.shape[1]!, position.shape[2]!];
  },
  emit: (onnx, [x, position], { padding }) => {
    const [height, width] = x.shape.slice(2) as [number, number];
    const row = [position.shape[2]!, 2];
    // GridSample measures from -1 to 1 over the area of the image: (2 p + 1) / size - 1.
    const factor = onnx.constant(perAxis(position, [2 / width, 2 / height]), row, "float32");
    const offset = onnx.constant(perAxis(position, [1 / width - 1, 1 / height - 1]), row, "float32");
    const grid = onnx.node("Add", [onnx.node("Mul", [position, factor]), offset]);
    return onnx.node("GridSample", [x, grid], { mode: "bilinear", padding_mode: padding, align_corners: 0 });
  },
  gradient: (dy, [x, position], { padding }) => [
    bilinearScatter(dy, position, { padding, size: x.shape.slice(2) }),
    positionGradient(dy, x, position, padding),
  ],
  cases: CASES.map(({ image, output, padding }) => ({
    inputs: [image, [image[0]!, ...output, 2]],
    attrs: { padding },
    range: [-0.7, 2.3],
  })),
});

/**
 * dy [N, C, Ho, Wo] added to an image of zeros at positions [N, Ho, Wo, 2], each element to the four pixels around its own with
 * the weights of `bilinearSample` -> [N, C, H, W]. Sums are taken in a fixed order. ONNX ScatterElements, opset 18: ScatterND is as fast, but
 * its threads lose additions to the same row.
 */
export const bilinearScatter: Op<ScatterAttrs, 2> = defineOp("bilinearScatter", {
  shape: ([dy, position], { size }) => {
    expectShape(dy.shape.length === 4 && size.length === 2, "dy must be [N, C, H, W] and size [H, W].");
    expectPositions(position, dy.shape[0]!);
    expectShape(
      dy.shape[2] === position.shape[1] && dy.shape[3] === position.shape[2],
      "dy and the positions must have one height and width.",
    );
    return [dy.shape[0]!, dy.shape[1]!, ...size];
  },
  emit: emitScatter,
  gradient: (g, [dy, position], { padding }) => [
    bilinearSample(g, position, { padding }),
    positionGradient(dy, g, position, padding),
  ],
  cases: CASES.map(({ image, output, padding }) => ({
    inputs: [
      [image[0]!, image[1]!, ...output],
      [image[0]!, ...output, 2],
    ],
    attrs: { padding, size: image.slice(2) },
    range: [-0.7, 2.3],
  })),
});

/** Pixels before and after a coordinate, with weights that are 0 for those outside the image. */
function neighbors(onnx: OnnxGraph, coordinate: string, size: number, padding: SamplingAttrs["padding"]) {
  const [first, last] = [onnx.float(0), onnx.float(size - 1)];
  const inside = padding === "border" ? onnx.node("Clip", [coordinate, first, last]) : coordinate;
  const before = onnx.node("Floor", [inside]);
  const share = onnx.node("Sub", [inside, before]);
  const after = onnx.node("Add", [before, onnx.float(1)]);
  const all: [string, string][] = [
    [before, onnx.node("Sub", [onnx.float(1), share])],
    [after, share],
  ];
  return all.map(([pixel, weight]) => {
    const nearest = onnx.node("Clip", [pixel, first, last]);
    const isInside = onnx.node("Equal", [pixel, nearest]);
    const isThere = onnx.node("Cast", [isInside], { to: 1 });
    // A position that is not a number is outside, too: its weight stays NaN, but the index must be one.
    const index = onnx.node("Where", [isInside, nearest, first]);
    return { index: onnx.node("Cast", [index], { to: 7 }), weight: onnx.node("Mul", [weight, isThere]) };
  });
}

function emitScatter(onnx: OnnxGraph, [dy, position]: Value[], { size, padding }: ScatterAttrs): string {
  const [batch, channels, outHeight, outWidth] = dy!.shape as [number, number, number, number];
  const [height, width] = size as [number, number];
  const count = outHeight * outWidth;
  const flat = onnx.int64s([batch, channels, count]);
  const axesFirst = onnx.node("Reshape", [
    onnx.node("Transpose", [position!], { perm: [0, 3, 1, 2] }),
    onnx.int64s([batch, 2, count]),
  ]);
  const [x, y] = [0, 1].map((axis) => onnx.node("Gather", [axesFirst, onnx.int64s([axis])], { axis: 1 }));
  const columns = neighbors(onnx, x!, width, padding);
  const updates = onnx.node("Reshape", [dy!, flat]);
  let image = onnx.node("Expand", [onnx.float(0), onnx.int64s([batch, channels, height * width])]);
  for (const row of neighbors(onnx, y!, height, padding)) {
    const start = onnx.node("Mul", [row.index, onnx.constant([width], [], "int64")]);
    for (const column of columns) {
      const index = onnx.node("Expand", [onnx.node("Add", [start, column.index]), flat]);
      const weighted = onnx.node("Mul", [updates, onnx.node("Mul", [row.weight, column.weight])]);
      image = onnx.node("ScatterElements", [image, index, weighted], { axis: 2, reduction: "add" });
    }
  }
  return onnx.node("Reshape", [image, onnx.int64s([batch, channels, height, width])]);
}

/**
 * Within a cell the sample is linear in each coordinate: its slope is that of the image across the cell, the other coordinate
 * kept. Σ over channels of dy times it: [N, Ho, Wo, 2].
 */
function positionGradient(dy: Tensor, x: Tensor, position: Tensor, padding: SamplingAttrs["padding"]): Tensor {
  const row = [position.shape[2]!, 2];
  const far = add(floor(position), 1);
  const slopes = [[1, 0] as const, [0, 1] as const].map((axis) => {
    const isAxis = constant(perAxis(position, axis), { shape: row, dtype: "bool" });
    // The rise over the cell that begins at pixel k is element k + 1: with zeros around the image the first begins at -1.
    const product = mul(dy, bilinearSample(rises(x, axis), where(isAxis, far, position), { padding }));
    return x.shape[1] === 1 ? product : sum(product, { axes: [1] });
  });
  const slope = transpose(concat(slopes, { axis: 1 }), { order: [0, 2, 3, 1] });
  if (padding === "zeros") return slope;
  const [height, width] = x.shape.slice(2) as [number, number];
  const last = constant(perAxis(position, [width - 1, height - 1]), { shape: row });
  return where(greater(position, 0), where(greater(last, position), slope, 0), 0);
}

/** Differences of neighbors along x or y, zeros around the image: [N, C, H, W] -> [N, C, H, W + 1] or [N, C, H + 1, W]. */
function rises(x: Tensor, [alongX, alongY]: readonly [number, number]): Tensor {
  const channels = x.shape[1]!;
  const weight = constant(
    Array.from({ length: 2 * channels }, (_, at) => (at % 2 === 0 ? -1 : 1)),
    { shape: [channels, 1, 1 + alongY, 1 + alongX] },
  );
  return convolution([x, weight], { stride: [1, 1], padding: [alongY, alongX], dilation: [1, 1], groups: channels });
}

export interface GridSampleOptions {
  /** Default "zeros". */
  padding?: SamplingAttrs["padding"];
  /** Whether -1 and 1 are the centers of the outermost pixels (true) or the outer edges of the image (false, default). */
  alignCorners?: boolean;
}

/**
 * x [N, C, H, W] read bilinearly at grid [N, Ho, Wo, 2], (x, y) from -1 to 1 -> [N, C, Ho, Wo]. PyTorch's `grid_sample`.
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  { padding = "zeros", alignCorners = false }: GridSampleOptions = {},
): Tensor {
  const [height, width] = x.shape.slice(2) as [number, number];
  const row = [grid.shape[2]!, 2];
  // From -1 to 1 over n - 1 pixels between centers, or over the n of the whole area, which begins at -½.
  const [spanX, spanY] = alignCorners ? [width - 1, height - 1] : [width, height];
  const factor = constant(perAxis(grid, [spanX / 2, spanY / 2]), { shape: row });
  const offset = constant(perAxis(grid, [(width - 1) / 2, (height - 1) / 2]), { shape: row });
  return bilinearSample(x, add(mul(grid, factor), offset), { padding });
}

/**
 * Moves an image by a flow in pixels: out(r, c) = image(r + flow₀, c + flow₁), bilinear, the border continued. image [N, C, H, W], flow
 * [N, 2, H, W], rows first -> [N, C, H, W]. No slope in the flow where a position lies on or beyond the border: a flow of exactly 0
 * gets none along the outermost rows and columns.
 */
export function warp(image: Tensor, flow: Tensor): Tensor {
  const [batch, , height, width] = image.shape as [number, number, number, number];
  const expected = [batch, 2, height, width];
  if (flow.shape.join() !== expected.join()) {
    throw new Error(
      `warp at ${image.path}: the flow of an image [${image.shape.join(", ")}] must be [${expected.join(", ")}], got [${flow.shape.join(", ")}].`,
    );
  }
  const centers = Array.from({ length: height * width }, (_, at) => [at % width, Math.floor(at / width)]).flat();
  const offset = transpose(flip(flow, { axes: [1] }), { order: [0, 2, 3, 1] });
  const position = add(offset, constant(centers, { shape: [height, width, 2] }));
  return bilinearSample(image, position, { padding: "border" });
}
