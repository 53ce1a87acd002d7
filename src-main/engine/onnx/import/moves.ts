/** @file What several imported operators need: chosen indices of an axis, padding that may also cut off. */
import { constant, type Tensor } from "../../graph.ts";
import { gather, pad, slice } from "../../ops/shapes.ts";

/** By the cheapest op: nothing, a slice, or a gather. y[.., i, ..] = x[.., indices[i], ..] along `axis`; indices count from 0. */
export function takeAxis(x: Tensor, axis: number, indices: readonly number[]): Tensor {
  const size = x.shape[axis]!;
  if (indices.length === 0) throw new Error(`nothing is left of axis ${axis}: empty tensors are not supported.`);
  const [first, last] = [indices[0]!, indices.at(-1)!];
  const step = indices.length > 1 ? indices[1]! - first : 1;
  const isRegular = step >= 1 && indices.every((index, at) => index === first + at * step);
  if (isRegular && step === 1 && indices.length === size) return x;
  if (isRegular) {
    return slice(x, { axes: [axis], starts: [first], ends: [last + 1], ...(step > 1 ? { steps: [step] } : {}) });
  }
  return gather(x, constant(indices, { shape: [indices.length], dtype: "int64" }), { axis });
}

/** Adds `value` around all axes but the first two; negative counts cut off. */
export function padded(x: Tensor, before: readonly number[], after: readonly number[], value: number): Tensor {
  return padAll(x, [0, 0, ...before], [0, 0, ...after], value);
}

export function cropped(x: Tensor, before: readonly number[], after: readonly number[]): Tensor {
  return padded(
    x,
    before.map((count) => -count),
    after.map((count) => -count),
    0,
  );
}

/** One count per axis. */
export function padAll(x: Tensor, before: readonly number[], after: readonly number[], value: number): Tensor {
  let y = x;
  for (const [axis, size] of x.shape.entries()) {
    const [start, end] = [Math.max(0, -before[axis]!), size - Math.max(0, -after[axis]!)];
    if (start > 0 || end < size) y = takeAxis(y, axis, range(start, end));
  }
  const grown = (counts: readonly number[]) => counts.map((count) => Math.max(0, count));
  return pad(y, { before: grown(before), after: grown(after), value });
}

export const range = (start: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
