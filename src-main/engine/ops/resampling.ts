/**
 * @file Resizing, padding by mirror or edge, and averaging: maps that act on each spatial axis by itself. All of them are
 * one op with a rule per axis; it and its adjoint are each other's gradient.
 */
import { defineOp, expectShape, loweredBy, type Op, type OpCase, type Tensor } from "../graph.ts";
import { expectRule, type AxisRule } from "./axis-rules.ts";
import { resampleAdjointLowerings, resampleLowerings } from "./resampling-lowerings.ts";
import { averageBlocks, upsampleNearest } from "./pooling.ts";

export interface ResampleAttrs {
  /** One rule per spatial axis. */
  rules: readonly AxisRule[];
}

const linear = (from: number, to: number, alignCorners = false): AxisRule => ({
  kind: "linear",
  from,
  to,
  alignCorners,
});
const nearest = (from: number, to: number): AxisRule => ({ kind: "nearest", from, to });
const average = (from: number, to: number, kernel: number, stride: number, padding: number, countPadding = true) =>
  ({ kind: "average", from, to, kernel, stride, padding, countPadding }) as const;

/** One per rule, number of axes and lowering. */
const RULES: readonly (readonly AxisRule[])[] = [
  [linear(3, 6), linear(2, 4)],
  [linear(2, 6), linear(1, 4)],
  [linear(6, 4), linear(5, 2)],
  [linear(3, 5, true), linear(4, 7, true)],
  [linear(4, 1, true), linear(5, 2, true)],
  [linear(4, 6)],
  [linear(2, 3), linear(3, 6), linear(4, 3)],
  [linear(2, 3, true), linear(3, 2, true), linear(2, 4, true)],
  [
    { kind: "linear", from: 5, to: 7, alignCorners: false, scale: 1.5 },
    { kind: "linear", from: 3, to: 4, alignCorners: false, scale: 1.5 },
  ],
  [nearest(3, 5), nearest(5, 3)],
  [nearest(2, 3), nearest(3, 2), nearest(2, 4)],
  [
    { kind: "nearest", from: 5, to: 7, scale: 1.5 },
    { kind: "nearest", from: 3, to: 4, scale: 1.5 },
  ],
  [
    { kind: "reflect", from: 4, to: 9, before: 3 },
    { kind: "reflect", from: 3, to: 5, before: 1 },
  ],
  [
    { kind: "replicate", from: 2, to: 6, before: 1 },
    { kind: "replicate", from: 3, to: 3, before: 0 },
    { kind: "replicate", from: 2, to: 5, before: 3 },
  ],
  [{ kind: "reflect", from: 4, to: 6, before: 0 }],
  [average(5, 3, 3, 2, 1), average(6, 3, 2, 2, 0)],
  [average(5, 5, 3, 1, 1), average(4, 3, 2, 1, 0)],
  [average(5, 5, 3, 1, 1, false), average(6, 3, 3, 2, 1, false)],
  [average(3, 2, 2, 1, 0), average(4, 2, 3, 2, 1), average(3, 3, 1, 1, 0)],
  [
    { kind: "adaptiveAverage", from: 5, to: 3 },
    { kind: "adaptiveAverage", from: 3, to: 4 },
  ],
];

function casesOf(side: "from" | "to"): OpCase<ResampleAttrs>[] {
  return RULES.map((rules) => ({ inputs: [[1, 2, ...rules.map((rule) => rule[side])]], attrs: { rules } }));
}

/** Shape of one side of the map, after checking the other. */
function mapped(x: Tensor, rules: readonly AxisRule[], read: "from" | "to", made: "from" | "to"): number[] {
  expectShape(x.shape.length === rules.length + 2, `x must be [N, C, ..size] with ${rules.length} spatial axes.`);
  for (const [axis, rule] of rules.entries()) {
    expectRule(rule, axis);
    const size = x.shape[axis + 2]!;
    expectShape(size === rule[read], `spatial axis ${axis} must have size ${rule[read]}, got ${size}.`);
  }
  return [x.shape[0]!, x.shape[1]!, ...rules.map((rule) => rule[made])];
}

/**
 * Every spatial axis read by its rule: [N, C, ..from] -> [N, C, ..to]. ONNX Resize, Pad or AveragePool, opset 18, or a product with
 * a matrix per axis.
 */
export const resample: Op<ResampleAttrs> = defineOp("resample", {
  shape: ([x], { rules }) => mapped(x, rules, "from", "to"),
  ...loweredBy(resampleLowerings),
  gradient: (dy, _, attrs) => [resampleAdjoint(dy, attrs)],
  cases: casesOf("from"),
});

/** The adjoint: [N, C, ..to] -> [N, C, ..from], each element added where it was read, with the same weight. */
export const resampleAdjoint: Op<ResampleAttrs> = defineOp("resampleAdjoint", {
  shape: ([dy], { rules }) => mapped(dy, rules, "to", "from"),
  ...loweredBy(resampleAdjointLowerings),
  gradient: (g, _, attrs) => [resample(g, attrs)],
  cases: casesOf("to"),
});

/** Sizes after resizing: given, or a multiple of those of x, rounded down. */
export type ResizeTarget = { size: readonly number[] } | { scale: readonly number[] };

/** A scale that gives a size exactly says nothing that the size does not. */
function targets(x: Tensor, target: ResizeTarget): { from: number; to: number; scale?: number }[] {
  const list = "size" in target ? target.size : target.scale;
  if (list.length !== x.shape.length - 2) {
    throw new Error(
      `resize at ${x.path}: expected ${x.shape.length - 2} numbers, one per spatial axis of [${x.shape.join(", ")}], got [${list.join(", ")}].`,
    );
  }
  return list.map((value, axis) => {
    const from = x.shape[axis + 2]!;
    if ("size" in target) return { from, to: value };
    const to = Math.floor(from * value);
    return to === from * value ? { from, to } : { from, to, scale: value };
  });
}

/**
 * Linear interpolation along 1, 2 or 3 spatial axes (bilinear for images) to `size`, or by `scale`. Without `alignCorners`
 * (default) pixels are areas and edges are clamped; with it the outermost centers stay in place. No smoothing when shrinking.
 * The same numbers as PyTorch's `interpolate`.
 */
export function resizeLinear(
  x: Tensor,
  { alignCorners = false, ...target }: ResizeTarget & { alignCorners?: boolean },
): Tensor {
  const axes = targets(x, target);
  // Half the size samples the middle of two pixels: their mean, whose gradient is cheaper.
  if (!alignCorners && axes.every(({ from, to }) => from === 2 * to)) {
    return averageBlocks(x, { factor: axes.map(() => 2) });
  }
  // Corners on corners have no use for the scale.
  const rules = axes.map(({ from, to, scale }) =>
    scale === undefined || alignCorners
      ? linear(from, to, alignCorners)
      : ({ kind: "linear", from, to, alignCorners, scale } as const),
  );
  return resample(x, { rules });
}

/** The pixel at ⌊i · from / to⌋ (PyTorch's "nearest"), to `size` or by `scale`, along any number of spatial axes. */
export function resizeNearest(x: Tensor, target: ResizeTarget): Tensor {
  const axes = targets(x, target);
  if (axes.every(({ from, to, scale }) => scale === undefined && to % from === 0)) {
    return upsampleNearest(x, { factor: axes.map(({ from, to }) => to / from) });
  }
  return resample(x, { rules: axes.map((axis) => ({ kind: "nearest", ...axis })) });
}

/** Elements added on each side, one number per spatial axis. */
export interface BorderAttrs {
  before: readonly number[];
  after: readonly number[];
}

function padded(kind: "reflect" | "replicate", x: Tensor, { before, after }: BorderAttrs): Tensor {
  const axes = x.shape.length - 2;
  if (before.length !== axes || after.length !== axes) {
    throw new Error(
      `${kind} padding at ${x.path}: expected ${axes} counts before and after, one per spatial axis of [${x.shape.join(", ")}], got [${before.join(", ")}] and [${after.join(", ")}].`,
    );
  }
  const rules = before.map((count, axis) => {
    const from = x.shape[axis + 2]!;
    return { kind, from, to: from + count + after[axis]!, before: count };
  });
  return resample(x, { rules });
}

/** Continues x beyond its border as its mirror image, the border itself not repeated. Needs counts below the size. ONNX Pad "reflect". */
export function padReflect(x: Tensor, border: BorderAttrs): Tensor {
  return padded("reflect", x, border);
}

/** Continues x beyond its border with the border's values. ONNX Pad "edge". */
export function padReplicate(x: Tensor, border: BorderAttrs): Tensor {
  return padded("replicate", x, border);
}

export interface AveragePoolOptions {
  /** One number per spatial axis, in all lists. */
  kernel: readonly number[];
  /** Default: the kernel. */
  stride?: readonly number[];
  /** Zeros on each side, at most half of the kernel. Default 0. */
  padding?: readonly number[];
  /** Whether those zeros count as elements of a mean, as PyTorch has it. Default true. */
  countPadding?: boolean;
}

/** Mean of each window, 1 to 3 spatial axes: [N, C, ..] -> [N, C, ..]; a last window that does not fit is left out. */
export function averagePool(x: Tensor, { kernel, stride = kernel, ...options }: AveragePoolOptions): Tensor {
  const { padding = kernel.map(() => 0), countPadding = true } = options;
  const isTiling = kernel.every(
    (length, axis) => stride[axis] === length && padding[axis] === 0 && x.shape[axis + 2]! % length === 0,
  );
  if (isTiling) return averageBlocks(x, { factor: kernel });
  const rules = kernel.map((length, axis) => {
    const from = x.shape[axis + 2]!;
    const to = Math.floor((from + 2 * padding[axis]! - length) / stride[axis]!) + 1;
    return average(from, to, length, stride[axis]!, padding[axis]!, countPadding);
  });
  return resample(x, { rules });
}

/** Means of windows that divide each axis as evenly as whole numbers allow: [N, C, ..] -> [N, C, ..size]. */
export function adaptiveAveragePool(x: Tensor, { size }: { size: readonly number[] }): Tensor {
  if (size.every((to, axis) => x.shape[axis + 2]! % to === 0)) {
    return averageBlocks(x, { factor: size.map((to, axis) => x.shape[axis + 2]! / to) });
  }
  return resample(x, { rules: size.map((to, axis) => ({ kind: "adaptiveAverage", from: x.shape[axis + 2]!, to })) });
}
