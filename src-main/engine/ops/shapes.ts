/** @file Moving elements without computing: reshape, transpose, concat and slice and pad, gather and scatter, one-hot. */
import {
  defineOp,
  expectAxis,
  expectShape,
  isFloating,
  none,
  sameShape,
  sizeOf,
  constant,
  type NoAttrs,
  type Op,
  type Shape,
  type Tensor,
} from "../graph.ts";
import { add } from "./elementwise.ts";
import { broadcastTo } from "./reductions.ts";

/** The same elements, row-major, under another shape. ONNX Reshape, opset 14. */
export const reshape: Op<{ to: Shape }> = defineOp("reshape", {
  shape: ([x], { to }) => {
    expectShape(
      sizeOf(to) === sizeOf(x.shape),
      `[${to.join(", ")}] holds ${sizeOf(to)} elements, not ${sizeOf(x.shape)}.`,
    );
    return to;
  },
  emit: (onnx, [x], { to }) => {
    if (sameShape(x.shape, to)) return x.name;
    // 0 keeps the size of that axis: a reshape that leaves the first axis alone then serves every batch size.
    const kept = to.map((size, axis) => (axis === 0 && size === x.shape[0] ? 0 : size));
    return onnx.node("Reshape", [x, onnx.int64s(kept)]);
  },
  gradient: (dy, [x]) => [reshape(dy, { to: x.shape })],
  cases: [
    { inputs: [[2, 3, 4]], attrs: { to: [6, 4] } },
    { inputs: [[1, 1]], attrs: { to: [] } },
  ],
});

/** Axis i of the output is axis `order[i]` of x. ONNX Transpose, opset 13. */
export const transpose: Op<{ order: readonly number[] }> = defineOp("transpose", {
  shape: ([x], { order }) => {
    const isPermutation = order.length === x.shape.length && x.shape.every((_, axis) => order.includes(axis));
    expectShape(isPermutation, `order must be a permutation of 0..${x.shape.length - 1}, got [${order.join(", ")}].`);
    return order.map((axis) => x.shape[axis]!);
  },
  emit: (onnx, [x], { order }) => onnx.node("Transpose", [x], { perm: order }),
  gradient: (dy, _, { order }) => [transpose(dy, { order: order.map((_axis, index) => order.indexOf(index)) })],
  cases: [{ inputs: [[2, 3, 4]], attrs: { order: [2, 0, 1] } }],
});

/** Joins tensors along one axis. ONNX Concat, opset 13. */
export const concat: Op<{ axis: number }, "list"> = defineOp("concat", {
  shape: (inputs, { axis }) => {
    const [first] = inputs;
    expectAxis(axis, first.shape.length);
    for (const part of inputs) {
      expectShape(part.dtype === first.dtype, "all inputs must have one dtype. Use cast.");
      const fits =
        part.shape.length === first.shape.length &&
        part.shape.every((size, other) => other === axis || size === first.shape[other]);
      expectShape(fits, `all inputs must agree outside axis ${axis}.`);
    }
    return first.shape.map((size, other) =>
      other === axis ? inputs.reduce((total, part) => total + part.shape[axis]!, 0) : size,
    );
  },
  emit: (onnx, inputs, { axis }) => onnx.node("Concat", inputs, { axis }),
  gradient: (dy, inputs, { axis }) => {
    let start = 0;
    return inputs.map((part) => {
      const size = part.shape[axis]!;
      start += size;
      return slice(dy, { axes: [axis], starts: [start - size], ends: [start] });
    });
  },
  cases: [
    {
      inputs: [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      attrs: { axis: 1 },
    },
  ],
});

export interface SliceAttrs {
  axes: readonly number[];
  /** First index, 0 or more. */
  starts: readonly number[];
  /** One past the last index. */
  ends: readonly number[];
  /** Default 1 on every axis. */
  steps?: readonly number[];
}

/** A box of x, every `step`-th element. Indices count from 0; they are not clamped. ONNX Slice, opset 13. */
export const slice: Op<SliceAttrs> = defineOp("slice", {
  shape: ([x], { axes, starts, ends, steps }) => {
    const shape = [...x.shape];
    expectShape(new Set(axes).size === axes.length, `axes must differ, got [${axes.join(", ")}].`);
    const isWhole = [...starts, ...ends, ...(steps ?? [])].every(Number.isInteger);
    expectShape(isWhole, "starts, ends and steps must be whole numbers.");
    for (const [index, axis] of axes.entries()) {
      const [start, end, step] = [starts[index]!, ends[index]!, steps?.[index] ?? 1];
      const fits = start >= 0 && end > start && end <= (x.shape[axis] ?? 0) && step >= 1;
      expectShape(fits, `axis ${axis}: 0 <= start < end <= size and step >= 1 expected, got ${start}:${end}:${step}.`);
      shape[axis] = Math.ceil((end - start) / step);
    }
    return shape;
  },
  emit: (onnx, [x], { axes, starts, ends, steps }) =>
    onnx.node("Slice", [
      x,
      onnx.int64s(starts),
      onnx.int64s(ends),
      onnx.int64s(axes),
      ...(steps ? [onnx.int64s(steps)] : []),
    ]),
  gradient: (dy, [x], { axes, starts, steps }) => {
    const before = x.shape.map(() => 0);
    const after = x.shape.map(() => 0);
    let spread = dy;
    for (const [index, axis] of axes.entries()) {
      const step = steps?.[index] ?? 1;
      if (step > 1) spread = interleaveZeros(spread, axis, step);
      before[axis] = starts[index]!;
      after[axis] = x.shape[axis]! - starts[index]! - spread.shape[axis]!;
    }
    // A last step may reach past `ends`, even past x: what it interleaved there is zero and is cut off.
    const cut = x.shape.flatMap((_, axis) => (after[axis]! < 0 ? [axis] : []));
    if (cut.length > 0) {
      const kept = cut.map((axis) => spread.shape[axis]! + after[axis]!);
      spread = slice(spread, { axes: cut, starts: cut.map(() => 0), ends: kept });
      for (const axis of cut) after[axis] = 0;
    }
    return [pad(spread, { before, after, value: 0 })];
  },
  cases: [
    { inputs: [[4, 5]], attrs: { axes: [1], starts: [1], ends: [4] } },
    { inputs: [[4, 9]], attrs: { axes: [0, 1], starts: [1, 2], ends: [3, 8], steps: [1, 2] } },
    { inputs: [[5]], attrs: { axes: [0], starts: [0], ends: [5], steps: [3] } },
  ],
});

/** [a, b] -> [a, 0, b, 0] along `axis` for step 2. */
function interleaveZeros(x: Tensor, axis: number, step: number): Tensor {
  const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
  const after = split.map((_, other) => (other === axis + 1 ? step - 1 : 0));
  const spread = pad(reshape(x, { to: split }), { before: split.map(() => 0), after, value: 0 });
  return reshape(spread, { to: x.shape.map((size, other) => (other === axis ? size * step : size)) });
}

export interface PadAttrs {
  /** Elements added in front, one number per axis. */
  before: readonly number[];
  after: readonly number[];
  value: number;
}

/** Surrounds x with a constant. ONNX Pad, opset 18. */
export const pad: Op<PadAttrs> = defineOp("pad", {
  shape: ([x], { before, after }) => {
    const fits =
      before.length === x.shape.length &&
      after.length === x.shape.length &&
      [...before, ...after].every((n) => Number.isInteger(n) && n >= 0);
    expectShape(
      fits,
      `needs ${x.shape.length} counts >= 0 before and after, got [${before.join(", ")}] and [${after.join(", ")}].`,
    );
    return x.shape.map((size, axis) => size + before[axis]! + after[axis]!);
  },
  emit: (onnx, [x], { before, after, value }) =>
    [...before, ...after].every((count) => count === 0)
      ? x.name
      : onnx.node("Pad", [x, onnx.int64s([...before, ...after]), onnx.float(value)], { mode: "constant" }),
  gradient: (dy, [x], { before }) => [
    slice(dy, {
      axes: x.shape.map((_, axis) => axis),
      starts: before,
      ends: x.shape.map((size, axis) => size + before[axis]!),
    }),
  ],
  cases: [{ inputs: [[2, 3]], attrs: { before: [0, 2], after: [1, 1], value: 0.5 } }],
});

/** Rows of x along `axis` at integer `indices`: [.., axis, ..] -> [.., indices, ..]. ONNX Gather, opset 13. */
export const gather: Op<{ axis: number }, 2> = defineOp("gather", {
  shape: ([x, indices], { axis }) => {
    expectShape(
      indices.dtype === "int64" || indices.dtype === "int32",
      `indices must be integers, got ${indices.dtype}.`,
    );
    expectAxis(axis, x.shape.length);
    return [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  },
  dtype: ([x]) => x.dtype,
  emit: (onnx, [x, indices], { axis }) => onnx.node("Gather", [x, indices], { axis }),
  // Every gathered row adds its gradient to its origin; a row gathered twice gets both.
  gradient: (dy, [x, indices], { axis }) => {
    const count = sizeOf(indices.shape);
    const rows = [...x.shape.slice(0, axis), count, ...x.shape.slice(axis + 1)];
    const column = rows.map((_, other) => (other === axis ? count : 1));
    const where = broadcastTo(reshape(indices, { to: column }), { to: rows });
    return [scatterAdd(zerosOf(x.shape), where, reshape(dy, { to: rows }), { axis }), null];
  },
  cases: [
    { inputs: [[6, 4], { shape: [3], dtype: "int64", values: [5, 0, 5] }], attrs: { axis: 0 } },
    { inputs: [[2, 3], { shape: [2, 2], dtype: "int64", values: [2, 0, 1, 1] }], attrs: { axis: 1 } },
  ],
});

/** Indices of elements: as many axes as x, and no longer than x but along `axis`. */
function expectElementIndices(x: Tensor, indices: Tensor, axis: number): void {
  expectAxis(axis, x.shape.length);
  const isInteger = indices.dtype === "int64" || indices.dtype === "int32";
  expectShape(isInteger, `indices must be integers, got ${indices.dtype}.`);
  expectShape(x.shape.length === indices.shape.length, "x and indices must have one rank.");
  const fits = indices.shape.every((size, other) => other === axis || size <= x.shape[other]!);
  expectShape(fits, `indices may be longer than x along axis ${axis} only.`);
}

/** y[.., i, ..] = x[.., indices[.., i, ..], ..] along `axis`. ONNX GatherElements, opset 13. */
export const gatherElements: Op<{ axis: number }, 2> = defineOp("gatherElements", {
  shape: ([x, indices], { axis }) => {
    expectElementIndices(x, indices, axis);
    return indices.shape;
  },
  dtype: ([x]) => x.dtype,
  emit: (onnx, [x, indices], { axis }) => onnx.node("GatherElements", [x, indices], { axis }),
  gradient: (dy, [x, indices], { axis }) => [scatterAdd(zerosOf(x.shape), indices, dy, { axis }), null],
  cases: [{ inputs: [[2, 3], { shape: [2, 2], dtype: "int64", values: [2, 0, 1, 1] }], attrs: { axis: 1 } }],
});

/** x plus every element of `updates` at its index along `axis`. ONNX ScatterElements, opset 18, reduction add. */
export const scatterAdd: Op<{ axis: number }, 3> = defineOp("scatterAdd", {
  shape: ([x, indices, updates], { axis }) => {
    expectElementIndices(x, indices, axis);
    expectShape(updates.dtype === x.dtype, `updates must be ${x.dtype}, got ${updates.dtype}. Use cast.`);
    expectShape(sameShape(indices.shape, updates.shape), "indices and updates must have one shape.");
    return x.shape;
  },
  emit: (onnx, [x, indices, updates], { axis }) =>
    onnx.node("ScatterElements", [x, indices, updates], { axis, reduction: "add" }),
  gradient: (dy, [, indices], { axis }) => [dy, null, gatherElements(dy, indices, { axis })],
  cases: [{ inputs: [[2, 3], { shape: [2, 2], dtype: "int64", values: [2, 2, 1, 0] }, [2, 2]], attrs: { axis: 1 } }],
});

/** Class numbers [..] -> float32 [.., depth] with one 1; a number outside 0..depth-1 gives all zeros. ONNX OneHot, opset 11. */
export const oneHot: Op<{ classes: number; axis: number }> = defineOp("oneHot", {
  shape: ([x], { classes, axis }) => {
    expectShape(!isFloating(x.dtype) && x.dtype !== "bool", `class numbers must be integers, got ${x.dtype}.`);
    expectAxis(axis, x.shape.length + 1);
    return [...x.shape.slice(0, axis), classes, ...x.shape.slice(axis)];
  },
  dtype: () => "float32",
  // Equal against a column of class numbers: OneHot itself wraps negative numbers round.
  emit: (onnx, [x], { classes, axis }) => {
    const unsqueezed = onnx.node("Unsqueeze", [x, onnx.int64s([axis])]);
    const index = x.dtype === "int64" ? unsqueezed : onnx.node("Cast", [unsqueezed], { to: 7 });
    const column = [classes, ...Array.from({ length: x.shape.length - axis }, () => 1)];
    const numbers = onnx.constant(
      Array.from({ length: classes }, (_, k) => k),
      column,
      "int64",
    );
    return onnx.node("Cast", [onnx.node("Equal", [index, numbers])], { to: 1 });
  },
  gradient: none("piecewise constant"),
  cases: [
    { inputs: [{ shape: [2, 2], dtype: "int64", values: [0, 2, 1, -1] }], attrs: { classes: 3, axis: 1 } },
    { inputs: [{ shape: [3], dtype: "uint8", values: [0, 2, 255] }], attrs: { classes: 3, axis: 1 } },
  ],
});

/** Index of the largest element along `axis`, which is removed; the first at a tie. int64. ONNX ArgMax, opset 13. */
export const argMax: Op<{ axis: number }> = defineOp("argMax", {
  shape: ([x], { axis }) => {
    expectAxis(axis, x.shape.length);
    return x.shape.filter((_, other) => other !== axis);
  },
  dtype: () => "int64",
  emit: (onnx, [x], { axis }) => onnx.node("ArgMax", [x], { axis, keepdims: 0, select_last_index: 0 }),
  gradient: none("piecewise constant"),
  cases: [{ inputs: [{ shape: [2, 3], values: [1, 3, 3, 2, 1, 0] }], attrs: { axis: 1 } }],
});

/** Float32 zeros. */
export function zerosOf(shape: Shape): Tensor {
  return broadcastTo(constant([0], { shape: [] }), { to: shape });
}

/** Sum of several tensors of one shape. */
export function addAll(parts: readonly [Tensor, ...Tensor[]]): Tensor {
  return parts.reduce((total, part) => add(total, part));
}

export type { NoAttrs };
