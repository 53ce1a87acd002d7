/**
 * @file How sampling and scattering at positions become ONNX. Where the border is continued every position lies in a cell of four
 * pixels that all exist: four indices and two shares serve the sample, its slopes and the scattering. Figures: engine/LOWERINGS.md.
 */
import { sizeOf, type Lowering, type Lowerings } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import type { SamplingAttrs, ScatterAttrs } from "./sampling.ts";

/** [H, W] of an image. */
type Size = readonly [number, number];

const FLOAT32 = 1;
const INT32 = 6;
const INT64 = 7;

/** Rows (0) or columns (1) of positions [N, 2, Ho, Wo] -> [N, 1, Ho, Wo]. */
const along = (onnx: OnnxGraph, position: Value, axis: 0 | 1): string =>
  onnx.node("Gather", [position, onnx.int64s([axis])], { axis: 1 });

/** Whether cells of two by two pixels exist. */
export const hasCells = (size: readonly number[]): boolean => size.every((length) => length >= 2);

/** Along one axis: the first pixel of the cell, int32, and how far from it to the second the position lies, 0 to 1. */
function cellAlong(onnx: OnnxGraph, position: Value, axis: 0 | 1, size: number): { pixel: string; share: string } {
  const place = along(onnx, position, axis);
  const inside = onnx.node("Clip", [place, onnx.float(0), onnx.float(size - 2)]);
  const pixel = onnx.node("Cast", [inside], { to: INT32 });
  const offset = onnx.node("Sub", [place, onnx.node("Cast", [pixel], { to: FLOAT32 })]);
  return { pixel, share: onnx.node("Clip", [offset, onnx.float(0), onnx.float(1)]) };
}

/** Cells of positions [N, 2, Ho, Wo]: shares [N, 1, Ho, Wo], and indices of the four pixels [N, channels, Ho · Wo] in row-major order. */
function cellsOf(onnx: OnnxGraph, position: Value, [height, width]: Size, channels: number) {
  const [batch, , outHeight, outWidth] = position.shape as [number, number, number, number];
  const [rows, columns] = [cellAlong(onnx, position, 0, height), cellAlong(onnx, position, 1, width)];
  const start = onnx.node("Mul", [rows.pixel, onnx.constant([width], [], "int32")]);
  const count = outHeight * outWidth;
  // What a position that is not a number becomes as a whole one is not defined: its shares stay NaN, its index is made one.
  const limits = [0, (height - 1) * width - 2].map((limit) => onnx.constant([limit], [], "int32"));
  const index = onnx.node("Clip", [onnx.node("Add", [start, columns.pixel]), ...limits]);
  const one = onnx.node("Reshape", [index, onnx.int64s([batch, 1, count])]);
  const first = channels === 1 ? one : onnx.node("Expand", [one, onnx.int64s([batch, channels, count])]);
  const indices = [0, 1, width, width + 1].map((step) =>
    step === 0 ? first : onnx.node("Add", [first, onnx.constant([step], [], "int32")]),
  );
  return { down: rows.share, across: columns.share, indices };
}

/** What lies in each cell [N, C, Ho, Wo]: upper edge at the position, rises across along both edges, rise down. Equal nodes are emitted once. */
function valuesOf(onnx: OnnxGraph, [x, position]: Value[]) {
  const [batch, channels, height, width] = x!.shape as [number, number, number, number];
  const { down, across, indices } = cellsOf(onnx, position!, [height, width], channels);
  const flat = onnx.node("Reshape", [x!, onnx.int64s([batch, channels, height * width])]);
  const shape = onnx.int64s([batch, channels, ...position!.shape.slice(2)]);
  const corners = indices.map((index) =>
    onnx.node("Reshape", [onnx.node("GatherElements", [flat, index], { axis: 2 }), shape]),
  );
  const [upperLeft, upperRight, lowerLeft, lowerRight] = corners as [string, string, string, string];
  const upperRise = onnx.node("Sub", [upperRight, upperLeft]);
  const lowerRise = onnx.node("Sub", [lowerRight, lowerLeft]);
  const upper = onnx.node("Add", [upperLeft, onnx.node("Mul", [upperRise, across])]);
  const lower = onnx.node("Add", [lowerLeft, onnx.node("Mul", [lowerRise, across])]);
  return { down, upper, upperRise, lowerRise, rise: onnx.node("Sub", [lower, upper]) };
}

/** GatherElements reads a number in a fifth of the time that GridSample takes for a position. */
const cells: Lowering<SamplingAttrs> = {
  name: "cells",
  applies: ([x], { padding }) => padding === "border" && hasCells(x.shape.slice(2)),
  emit: (onnx, inputs) => {
    const { down, upper, rise } = valuesOf(onnx, inputs);
    return onnx.node("Add", [upper, onnx.node("Mul", [rise, down])]);
  },
};

const gridSampleNode: Lowering<SamplingAttrs> = {
  name: "grid-sample",
  applies: () => true,
  emit: (onnx, [x, position], { padding }) => {
    const [height, width] = x.shape.slice(2) as [number, number];
    const row = [position.shape[3]!, 2];
    // GridSample measures from -1 to 1 over the area of the image, x first: (2 p + 1) / size - 1. [W, 2] broadcasts faster than [2].
    const perAxis = (ofColumns: number, ofRows: number): string =>
      onnx.constant(
        Array.from({ length: sizeOf(row) }, (_, at) => (at % 2 === 0 ? ofColumns : ofRows)),
        row,
        "float32",
      );
    const columnsFirst = onnx.node("Gather", [position, onnx.int64s([1, 0])], { axis: 1 });
    const pairs = onnx.node("Transpose", [columnsFirst], { perm: [0, 2, 3, 1] });
    const scaled = onnx.node("Mul", [pairs, perAxis(2 / width, 2 / height)]);
    const grid = onnx.node("Add", [scaled, perAxis(1 / width - 1, 1 / height - 1)]);
    return onnx.node("GridSample", [x, grid], { mode: "bilinear", padding_mode: padding, align_corners: 0 });
  },
};

export const sampleLowerings: Lowerings<SamplingAttrs> = {
  ways: [cells, gridSampleNode],
  rule: (inputs, attrs) => (cells.applies(inputs, attrs) ? cells : gridSampleNode),
};

/** The smallest number above 0 that every processor tells from it. */
const ABOVE_0 = 2 ** -126;

/** The float32 before a whole number above 0. */
function before(whole: number): number {
  const value = new Float32Array([whole]);
  new Int32Array(value.buffer)[0]!--;
  return value[0]!;
}

/** Slope of the sample along rows (0) or columns (1), the border continued: 0 at it and beyond. */
export function emitSlope(onnx: OnnxGraph, [x, position]: Value[], axis: 0 | 1): string {
  const { down, upperRise, lowerRise, rise } = valuesOf(onnx, [x!, position!]);
  const slope =
    axis === 0
      ? rise
      : onnx.node("Add", [upperRise, onnx.node("Mul", [onnx.node("Sub", [lowerRise, upperRise]), down])]);
  const place = along(onnx, position!, axis);
  const limits = [ABOVE_0, before(x!.shape[2 + axis]! - 1)].map((limit) => onnx.float(limit));
  // Where takes five times as long as a product.
  const isInside = onnx.node("Equal", [place, onnx.node("Clip", [place, ...limits])]);
  return onnx.node("Mul", [slope, onnx.node("Cast", [isInside], { to: FLOAT32 })]);
}

/** Sums of `parts` at `indices`, both [N, C, count], one list after the other -> [N, C, H, W]. */
function summed(onnx: OnnxGraph, parts: readonly (readonly [index: string, part: string])[], shape: readonly number[]) {
  const [batch, channels, height, width] = shape as [number, number, number, number];
  let image = onnx.node("Expand", [onnx.float(0), onnx.int64s([batch, channels, height * width])]);
  for (const [index, part] of parts) {
    image = onnx.node("ScatterElements", [image, index, part], { axis: 2, reduction: "add" });
  }
  return onnx.node("Reshape", [image, onnx.int64s(shape)]);
}

/** The adjoint of the sample. ScatterND is as fast as ScatterElements, but its threads lose additions to the same row. */
export function emitScatter(onnx: OnnxGraph, inputs: Value[], { size, padding }: ScatterAttrs): string {
  return padding === "border" && hasCells(size)
    ? scatterToCells(onnx, inputs, size as unknown as Size)
    : scatterToNeighbors(onnx, inputs, size as unknown as Size, padding);
}

function scatterToCells(onnx: OnnxGraph, [dy, position]: Value[], size: Size): string {
  const [batch, channels, ...output] = dy!.shape as [number, number, number, number];
  const { down, across, indices } = cellsOf(onnx, position!, size, channels);
  const lower = onnx.node("Mul", [dy!, down]);
  const parts = [onnx.node("Sub", [dy!, lower]), lower].flatMap((edge) => {
    const right = onnx.node("Mul", [edge, across]);
    return [onnx.node("Sub", [edge, right]), right];
  });
  const flat = onnx.int64s([batch, channels, sizeOf(output)]);
  return summed(
    onnx,
    parts.map((part, corner) => [indices[corner]!, onnx.node("Reshape", [part, flat])]),
    [batch, channels, ...size],
  );
}

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
    const isThere = onnx.node("Cast", [isInside], { to: FLOAT32 });
    // A position that is not a number is outside, too: its weight stays NaN, but the index must be one.
    const index = onnx.node("Where", [isInside, nearest, first]);
    return { index: onnx.node("Cast", [index], { to: INT64 }), weight: onnx.node("Mul", [weight, isThere]) };
  });
}

function scatterToNeighbors(
  onnx: OnnxGraph,
  [dy, position]: Value[],
  [height, width]: Size,
  padding: SamplingAttrs["padding"],
): string {
  const [batch, channels, ...output] = dy!.shape as [number, number, number, number];
  const count = sizeOf(output);
  const flat = onnx.int64s([batch, channels, count]);
  const [rows, columns] = ([0, 1] as const).map((axis) => {
    const places = onnx.node("Reshape", [along(onnx, position!, axis), onnx.int64s([batch, 1, count])]);
    return neighbors(onnx, places, [height, width][axis]!, padding);
  });
  const updates = onnx.node("Reshape", [dy!, flat]);
  const parts = rows!.flatMap((row) => {
    const start = onnx.node("Mul", [row.index, onnx.constant([width], [], "int64")]);
    return columns!.map((column): [string, string] => [
      onnx.node("Expand", [onnx.node("Add", [start, column.index]), flat]),
      onnx.node("Mul", [updates, onnx.node("Mul", [row.weight, column.weight])]),
    ]);
  });
  return summed(onnx, parts, [batch, channels, height, width]);
}
