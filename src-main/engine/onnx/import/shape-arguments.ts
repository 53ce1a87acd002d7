/** @file What Reshape, Slice, Split and their kin ask for, as plain shapes and indices: shared by folding and by tensors. */
import { sizeOf, type Shape } from "../../graph.ts";
import type { OperatorCall } from "./call.ts";

/** Reshape: 0 copies a size (unless allowzero), -1 is what is left. */
export function reshapeTarget(call: OperatorCall): number[] {
  const x = call.shapeOf(0);
  const asked = call.opset < 5 ? (call.ints("shape") ?? []) : call.numbers(1, "the new shape");
  const copiesZero = call.int("allowzero", 0) === 0;
  const target = asked.map((size, axis) => {
    if (size !== 0 || !copiesZero) return size;
    const copied = x[axis];
    if (copied === undefined) throw new Error(`0 at axis ${axis} copies a size, but the input has ${x.length} axes.`);
    return copied;
  });
  const open = target.indexOf(-1);
  if (open >= 0) {
    const others = target.reduce((product, size, axis) => (axis === open ? product : product * size), 1);
    target[open] = others === 0 ? 0 : sizeOf(x) / others;
  }
  const fits = target.every((size) => Number.isInteger(size) && size >= 0) && sizeOf(target) === sizeOf(x);
  if (!fits) throw new Error(`[${x.join(", ")}] cannot take the shape [${asked.join(", ")}].`);
  return target;
}

export function flattenTarget(call: OperatorCall): number[] {
  const x = call.shapeOf(0);
  const asked = call.int("axis", 1);
  const axis = asked === x.length ? asked : call.axis(asked, x.length);
  return [sizeOf(x.slice(0, axis)), sizeOf(x.slice(axis))];
}

export function squeezeTarget(call: OperatorCall): number[] {
  const x = call.shapeOf(0);
  const given = call.intsOrInput("axes", 1);
  const axes = given === null ? null : call.axes(given, x.length);
  for (const axis of axes ?? []) {
    if (x[axis] !== 1) throw new Error(`axis ${axis} of [${x.join(", ")}] is not of size 1.`);
  }
  return x.filter((size, axis) => (axes === null ? size !== 1 : !axes.includes(axis)));
}

export function unsqueezeTarget(call: OperatorCall): number[] {
  const x = call.shapeOf(0);
  const given = call.intsOrInput("axes", 1) ?? [];
  const rank = x.length + given.length;
  const axes = call.axes(given, rank);
  const rest = [...x];
  return Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : rest.shift()!));
}

/** Transpose: axis i of the result is axis order[i]; reversed by default. */
export function transposeOrder(call: OperatorCall): number[] {
  const rank = call.shapeOf(0).length;
  const order = call.ints("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (order.length !== rank) throw new Error(`perm [${order.join(", ")}] does not order ${rank} axes.`);
  return call.axes(order, rank);
}

/** Per axis the indices that are kept, in order; null where all are. */
export type Taken = readonly (readonly number[] | null)[];

/** Slice, opset 1 (attributes) and 10 (inputs, steps). Starts and ends past the border are clamped, as numpy does. */
export function sliceIndices(call: OperatorCall): Taken {
  const x = call.shapeOf(0);
  const isOld = call.opset < 10;
  const starts = isOld ? call.ints("starts") : call.numbers(1, "starts");
  const ends = isOld ? call.ints("ends") : call.numbers(2, "ends");
  if (starts === null || ends === null || starts.length !== ends.length) throw new Error("starts and ends must match.");
  const given = isOld ? call.ints("axes") : call.has(3) ? call.numbers(3, "axes") : null;
  const axes = call.axes(given ?? starts.map((_, axis) => axis), x.length);
  const steps = !isOld && call.has(4) ? call.numbers(4, "steps") : starts.map(() => 1);
  if (axes.length !== starts.length || steps.length !== starts.length)
    throw new Error("axes and steps must match starts.");
  const taken: (readonly number[] | null)[] = x.map(() => null);
  for (const [index, axis] of axes.entries()) {
    const [size, step] = [x[axis]!, steps[index]!];
    if (!Number.isInteger(step) || step === 0) throw new Error(`step ${step} of axis ${axis} is not allowed.`);
    const at = (bound: number, low: number, high: number) =>
      Math.min(Math.max(bound < 0 ? bound + size : bound, low), high);
    const start = step > 0 ? at(starts[index]!, 0, size) : at(starts[index]!, 0, size - 1);
    const end = step > 0 ? at(ends[index]!, 0, size) : at(ends[index]!, -1, size - 1);
    const count = Math.max(0, Math.ceil((end - start) / step));
    if (count === size && step === 1) continue;
    call.spend(count);
    taken[axis] = Array.from({ length: count }, (_, i) => start + i * step);
  }
  return taken;
}

/** Split: the size of each part along `axis`. */
export function splitSizes(call: OperatorCall): { axis: number; sizes: number[] } {
  const x = call.shapeOf(0);
  const axis = call.axis(call.int("axis", 0), x.length);
  const total = x[axis]!;
  const given = call.intsOrInput("split", 1);
  const count = call.isSet("num_outputs") ? call.int("num_outputs", 0) : call.node.outputs.length;
  if (given === null && (count < 1 || count > total))
    throw new Error(`axis of size ${total} cannot be split in ${count}.`);
  const each = Math.ceil(total / count);
  const sizes = given === null ? Array.from({ length: count }, (_, i) => Math.min(each, total - i * each)) : [...given];
  if (sizes.some((size) => size < 0) || sizes.reduce((sum, size) => sum + size, 0) !== total) {
    throw new Error(`parts of [${sizes.join(", ")}] do not make up ${total}.`);
  }
  return { axis, sizes };
}

/** Gather's indices along `axis`, counted from the start. */
export function gatherIndices(call: OperatorCall): { axis: number; indices: number[]; shape: Shape } {
  const axis = call.axis(call.int("axis", 0), call.shapeOf(0).length);
  const { values, shape } = call.known(1, "indices");
  const size = call.shapeOf(0)[axis]!;
  const indices = Array.from(values, (index) => {
    const positive = index < 0 ? index + size : index;
    if (!(positive >= 0 && positive < size)) throw new Error(`index ${index} is outside axis ${axis} of size ${size}.`);
    return positive;
  });
  return { axis, indices, shape };
}

/** Expand: both shapes may have sizes of 1 that the other fills. */
export function expandTarget(x: Shape, asked: readonly number[]): number[] {
  const rank = Math.max(x.length, asked.length);
  return Array.from({ length: rank }, (_, axis) => {
    const a = x[axis - rank + x.length] ?? 1;
    const b = asked[axis - rank + asked.length] ?? 1;
    if (a !== b && a !== 1 && b !== 1)
      throw new Error(`[${x.join(", ")}] cannot be expanded to [${asked.join(", ")}].`);
    return a === 1 ? b : a;
  });
}
