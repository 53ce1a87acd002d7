/**
 * @file Bilinear sampling at positions that are computed too: the spatial transformer. Sampling and scattering are mutual
 * adjoints in the image; the slope in the position is a sample of differences, so all orders follow from two ops.
 */
import { pullBack } from "../gradient.ts";
import { constant, defineOp, expectShape, loweredBy, type Op, type Shape, type Tensor } from "../graph.ts";
import { convolution } from "./convolution.ts";
import { add, floor, greater, mul, where } from "./elementwise.ts";
import { flip } from "./reordering.ts";
import { sum } from "./reductions.ts";
import { emitScatter, emitSlope, hasCells, sampleLowerings } from "./sampling-lowerings.ts";
import { concat, slice, transpose } from "./shapes.ts";

export interface SamplingAttrs {
  /** What lies outside the image: zeros, or its border continued. */
  padding: "zeros" | "border";
}

export interface ScatterAttrs extends SamplingAttrs {
  /** Height and width of the image. */
  size: readonly number[];
}

function expectPositions(position: Tensor, batch: number): void {
  const fits = position.shape.length === 4 && position.shape[0] === batch && position.shape[1] === 2;
  expectShape(fits, `positions must be [${batch}, 2, H, W], rows first.`);
}

/** Positions are drawn between whole pixels, where the slope jumps. */
const CASES: readonly { image: Shape; output: readonly [number, number]; padding: SamplingAttrs["padding"] }[] = [
  { image: [1, 2, 3, 4], output: [3, 3], padding: "zeros" },
  { image: [1, 2, 3, 4], output: [3, 3], padding: "border" },
  { image: [2, 1, 3, 3], output: [2, 3], padding: "zeros" },
  { image: [2, 1, 3, 3], output: [2, 3], padding: "border" },
  { image: [1, 1, 1, 3], output: [2, 2], padding: "border" },
];

/**
 * x [N, C, H, W] read at positions [N, 2, Ho, Wo] in pixels, rows first, whole numbers at pixel centers -> [N, C, Ho, Wo]. On whole numbers
 * the slope is that of the cell to the right and below; at and beyond a border that is continued it is 0. Jaderberg et al. 2015,
 * arXiv:1506.02025. ONNX GatherElements, opset 13, or GridSample, opset 16.
 */
export const bilinearSample: Op<SamplingAttrs, 2> = defineOp("bilinearSample", {
  shape: ([x, position]) => {
    expectShape(x.shape.length === 4, "x must be [N, C, H, W].");
    expectPositions(position, x.shape[0]!);
    return [x.shape[0]!, x.shape[1]!, ...position.shape.slice(2)];
  },
  ...loweredBy(sampleLowerings),
  gradient: (dy, [x, position], { padding }) => [
    bilinearScatter(dy, position, { padding, size: x.shape.slice(2) }),
    positionGradient(dy, x, position, padding),
  ],
  cases: CASES.map(({ image, output, padding }) => ({
    inputs: [image, [image[0]!, 2, ...output]],
    attrs: { padding },
    range: [-0.7, 2.3],
  })),
});

/**
 * dy [N, C, Ho, Wo] added to an image of zeros at positions [N, 2, Ho, Wo], each element to the four pixels around its own with
 * the weights of `bilinearSample` -> [N, C, H, W]. Sums are taken in a fixed order. ONNX ScatterElements, opset 18.
 */
export const bilinearScatter: Op<ScatterAttrs, 2> = defineOp("bilinearScatter", {
  shape: ([dy, position], { size }) => {
    expectShape(dy.shape.length === 4 && size.length === 2, "dy must be [N, C, H, W] and size [H, W].");
    expectPositions(position, dy.shape[0]!);
    expectShape(
      dy.shape[2] === position.shape[2] && dy.shape[3] === position.shape[3],
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
      [image[0]!, 2, ...output],
    ],
    attrs: { padding, size: image.slice(2) },
    range: [-0.7, 2.3],
  })),
});

/**
 * Slope of `bilinearSample` with its border continued, in the rows (axis 0) or the columns (1) of the positions: x [N, C, H, W], H and W at
 * least 2, positions [N, 2, Ho, Wo] -> [N, C, Ho, Wo]. One op, because it reads the pixels that the sample has read already.
 */
export const bilinearSlope: Op<{ axis: 0 | 1 }, 2> = defineOp("bilinearSlope", {
  shape: ([x, position]) => {
    expectShape(x.shape.length === 4 && hasCells(x.shape.slice(2)), "x must be [N, C, H, W], H and W at least 2.");
    expectPositions(position, x.shape[0]!);
    return [x.shape[0]!, x.shape[1]!, ...position.shape.slice(2)];
  },
  emit: (onnx, inputs, { axis }) => emitSlope(onnx, inputs, axis),
  gradient: (dy, [x, position], { axis }) => pullBack([[slopeOfRises(x, position, axis, "border"), dy]], [x, position]),
  cases: ([0, 1] as const).map((axis) => ({
    inputs: [
      [2, 2, 3, 4],
      [2, 2, 2, 3],
    ],
    attrs: { axis },
    range: [-0.7, 2.3],
  })),
});

/** Σ over channels of dy times the slopes of the sample: [N, 2, Ho, Wo], rows first. */
function positionGradient(dy: Tensor, x: Tensor, position: Tensor, padding: SamplingAttrs["padding"]): Tensor {
  const slopes = ([0, 1] as const).map((axis) => {
    const isOwn = padding === "border" && hasCells(x.shape.slice(2));
    const slope = isOwn ? bilinearSlope(x, position, { axis }) : slopeOfRises(x, position, axis, padding);
    const product = mul(dy, slope);
    return x.shape[1] === 1 ? product : sum(product, { axes: [1] });
  });
  return concat(slopes, { axis: 1 });
}

/**
 * The same slope for any border, from two other ops: within a cell the sample is linear in each coordinate, so its slope is that of the
 * image across the cell, the other coordinate kept.
 */
function slopeOfRises(x: Tensor, position: Tensor, axis: 0 | 1, padding: SamplingAttrs["padding"]): Tensor {
  const isAxis = constant([1 - axis, axis], { shape: [2, 1, 1], dtype: "bool" });
  // The rise over the cell that begins at pixel k is element k + 1: with zeros around the image the first begins at -1.
  const far = where(isAxis, add(floor(position), 1), position);
  const slope = bilinearSample(rises(x, axis), far, { padding });
  if (padding === "zeros") return slope;
  const own = slice(position, { axes: [1], starts: [axis], ends: [axis + 1] });
  const last = x.shape[2 + axis]! - 1;
  return where(greater(own, 0), where(greater(last, own), slope, 0), 0);
}

/** Differences of neighbors down or across, zeros around the image: [N, C, H, W] -> [N, C, H + 1, W] or [N, C, H, W + 1]. */
function rises(x: Tensor, axis: 0 | 1): Tensor {
  const [alongY, alongX] = axis === 0 ? [1, 0] : [0, 1];
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
  // From -1 to 1 over n - 1 pixels between centers, or over the n of the whole area, which begins at -½.
  const [spanX, spanY] = alignCorners ? [width - 1, height - 1] : [width, height];
  const factor = constant([spanY / 2, spanX / 2], { shape: [2, 1, 1] });
  const offset = constant([(height - 1) / 2, (width - 1) / 2], { shape: [2, 1, 1] });
  const rowsFirst = flip(transpose(grid, { order: [0, 3, 1, 2] }), { axes: [1] });
  return bilinearSample(x, add(mul(rowsFirst, factor), offset), { padding });
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
  const area = height * width;
  const centers = Array.from({ length: 2 * area }, (_, at) => (at < area ? Math.floor(at / width) : at % width));
  return bilinearSample(image, add(flow, constant(centers, { shape: [2, height, width] })), { padding: "border" });
}
