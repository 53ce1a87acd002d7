/** @file Imported operators: moving elements. */
import { sizeOf, type Tensor } from "../../../graph.ts";
import { broadcastTo } from "../../../ops/reductions.ts";
import { concat, gather, gatherElements, reshape, transpose } from "../../../ops/shapes.ts";
import type { Operator } from "../call.ts";
import {
  expandTarget,
  flattenTarget,
  gatherIndices,
  reshapeTarget,
  sliceIndices,
  splitSizes,
  squeezeTarget,
  transposeOrder,
  unsqueezeTarget,
} from "../shape-arguments.ts";
import { Known } from "../values.ts";
import { takeAxis } from "../moves.ts";

/** Known even where the data is not: shapes are static. `start` and `end` since opset 15. */
export const Shape: Operator = (call) => {
  const { shape } = call.value(0);
  const part = shape.slice(call.int("start", 0), call.isSet("end") ? call.int("end", 0) : shape.length);
  return Known.of(part, [part.length], "int64");
};

export const Size: Operator = (call) => Known.of([sizeOf(call.shapeOf(0))], [], "int64");

export const Reshape: Operator = (call) => reshape(call.tensor(0), { to: reshapeTarget(call) });
export const Flatten: Operator = (call) => reshape(call.tensor(0), { to: flattenTarget(call) });
export const Squeeze: Operator = (call) => reshape(call.tensor(0), { to: squeezeTarget(call) });
export const Unsqueeze: Operator = (call) => reshape(call.tensor(0), { to: unsqueezeTarget(call) });
export const Transpose: Operator = (call) => transpose(call.tensor(0), { order: transposeOrder(call) });

export const Concat: Operator = (call) => {
  // Empty parts are how some exporters start a list.
  const parts = call.inputs.map((_, index) => call.value(index)).filter(({ shape }) => sizeOf(shape) > 0);
  const tensors = parts.map((part) => (part instanceof Known ? part.tensor() : part));
  return concat(tensors, { axis: call.axis(call.int("axis", 0), tensors[0]?.shape.length ?? 0) });
};

export const Split: Operator = (call) => {
  const x = call.tensor(0);
  const { axis, sizes } = splitSizes(call);
  let start = 0;
  return sizes.map((size) => {
    const from = start;
    start += size;
    return takeAxis(
      x,
      axis,
      Array.from({ length: size }, (_, index) => from + index),
    );
  });
};

export const Slice: Operator = (call) =>
  sliceIndices(call).reduce<Tensor>(
    (x, indices, axis) => (indices === null ? x : takeAxis(x, axis, indices)),
    call.tensor(0),
  );

export const Gather: Operator = (call) => {
  const x = call.tensor(0);
  if (!(call.value(1) instanceof Known)) {
    return gather(x, call.tensor(1), { axis: call.axis(call.int("axis", 0), x.shape.length) });
  }
  const { axis, indices, shape } = gatherIndices(call);
  const taken = takeAxis(x, axis, indices);
  return reshape(taken, { to: [...x.shape.slice(0, axis), ...shape, ...x.shape.slice(axis + 1)] });
};

export const GatherElements: Operator = (call) => {
  const x = call.tensor(0);
  return gatherElements(x, call.tensor(1), { axis: call.axis(call.int("axis", 0), x.shape.length) });
};

export const Expand: Operator = (call) => {
  const x = call.tensor(0);
  return broadcastTo(x, { to: expandTarget(x.shape, call.numbers(1, "the shape")) });
};

/** Repeats x along each axis: an axis of its own for the repeats, filled by broadcasting, then merged. */
export const Tile: Operator = (call) => {
  const x = call.tensor(0);
  const repeats = call.numbers(1, "repeats");
  if (repeats.length !== x.shape.length) throw new Error("repeats must name every axis once.");
  const split = x.shape.flatMap((size) => [1, size]);
  const filled = x.shape.flatMap((size, axis) => [repeats[axis]!, size]);
  const to = x.shape.map((size, axis) => size * repeats[axis]!);
  return reshape(broadcastTo(reshape(x, { to: split }), { to: filled }), { to });
};

/** [N, C b², H, W] -> [N, C, H b, W b]; DCR: the block's position is the slow part of the channel number, CRD: the fast one. */
export const DepthToSpace: Operator = (call) => {
  const x = call.tensor(0);
  const block = call.int("blocksize", 0);
  const [batch, deep, height, width] = x.shape as [number, number, number, number];
  const channels = deep / block ** 2;
  if (x.shape.length !== 4 || !Number.isInteger(channels) || channels < 1) {
    throw new Error(`[${x.shape.join(", ")}] cannot be spread in blocks of ${block}.`);
  }
  const isCrd = call.string("mode", "DCR") === "CRD";
  const split = isCrd ? [batch, channels, block, block, height, width] : [batch, block, block, channels, height, width];
  const order = isCrd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const to = [batch, channels, height * block, width * block];
  return reshape(transpose(reshape(x, { to: split }), { order }), { to });
};

/** [N, C, H, W] -> [N, b² C, H / b, W / b]. */
export const SpaceToDepth: Operator = (call) => {
  const x = call.tensor(0);
  const block = call.int("blocksize", 0);
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  const [rows, columns] = [height / block, width / block];
  if (x.shape.length !== 4 || !Number.isInteger(rows) || !Number.isInteger(columns) || rows < 1 || columns < 1) {
    throw new Error(`[${x.shape.join(", ")}] cannot be gathered in blocks of ${block}.`);
  }
  const split = reshape(x, { to: [batch, channels, rows, block, columns, block] });
  return reshape(transpose(split, { order: [0, 3, 5, 1, 2, 4] }), {
    to: [batch, channels * block ** 2, rows, columns],
  });
};
