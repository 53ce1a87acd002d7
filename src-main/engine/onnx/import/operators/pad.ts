/** @file Imported operators: padding. */
import { padReflect, padReplicate } from "../../../ops/resampling.ts";
import type { Operator, OperatorCall } from "../call.ts";
import { padAll, range, takeAxis } from "../moves.ts";

/** Pads are attributes before opset 11, inputs since; axes since 18, mode wrap since 19. */
export const Pad: Operator = (call) => {
  const x = call.tensor(0);
  const isOld = call.opset < 11;
  const pads = isOld ? (call.ints("pads") ?? []) : call.numbers(1, "pads");
  const value = isOld ? call.float("value", 0) : call.has(2) ? call.number(2, "the constant") : 0;
  const rank = x.shape.length;
  const axes = call.has(3) ? call.axes(call.numbers(3, "axes"), rank) : x.shape.map((_, axis) => axis);
  if (pads.length !== 2 * axes.length || !pads.every(Number.isInteger)) {
    throw new Error(`pads must be ${2 * axes.length} integers, got [${pads.join(", ")}].`);
  }
  const spread = (counts: readonly number[]) => x.shape.map((_, axis) => counts[axes.indexOf(axis)] ?? 0);
  const before = spread(pads.slice(0, axes.length));
  const after = spread(pads.slice(axes.length));
  const mode = call.string("mode", "constant");
  if (mode === "constant") {
    return x.dtype === "float32" ? padAll(x, before, after, value) : call.unsupported(`padding of ${x.dtype}`);
  }
  const isSpatial = rank >= 3 && rank <= 5 && [0, 1].every((axis) => before[axis] === 0 && after[axis] === 0);
  const isGrowing = pads.every((count) => count >= 0) && x.dtype === "float32";
  const border = { before: before.slice(2), after: after.slice(2) };
  if (isSpatial && isGrowing && mode === "reflect") return padReflect(x, border);
  if (isSpatial && isGrowing && mode === "edge") return padReplicate(x, border);
  return x.shape.reduce(
    (y, size, axis) => takeAxis(y, axis, mirrored(call, mode, size, before[axis]!, after[axis]!)),
    x,
  );
};

/** Where each element of a padded axis comes from. */
function mirrored(call: OperatorCall, mode: string, size: number, before: number, after: number): number[] {
  call.spend(size + before + after);
  const positions = range(-before, size + after);
  const wrap = (index: number, period: number) => ((index % period) + period) % period;
  switch (mode) {
    case "edge":
      return positions.map((index) => Math.min(Math.max(index, 0), size - 1));
    case "reflect":
      if (before >= size || after >= size)
        throw new Error(`${Math.max(before, after)} elements cannot be mirrored from ${size}.`);
      return positions.map((index) => (index < 0 ? -index : index >= size ? 2 * size - 2 - index : index));
    case "wrap":
      return positions.map((index) => wrap(index, size));
    default:
      return call.unsupported(`mode ${mode}`);
  }
}
