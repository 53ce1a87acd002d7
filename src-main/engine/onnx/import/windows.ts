/** @file What convolutions and pools have in common: kernel, strides, and padding by attribute, auto_pad or ceil_mode. */
import type { Shape } from "../../graph.ts";
import type { OperatorCall } from "./call.ts";

export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Elements added in front of and behind each spatial axis; negative ones are cut off. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** `size` are the spatial sizes of the input. */
export function windowsOf(call: OperatorCall, size: Shape, kernel: readonly number[]): Windows {
  const axes = size.length;
  const list = (name: string, otherwise: number): readonly number[] => {
    const given = call.ints(name) ?? size.map(() => otherwise);
    if (given.length !== axes || given.some((value) => !(value >= 1))) {
      throw new Error(`${name} must be ${axes} positive numbers, got [${given.join(", ")}].`);
    }
    return given;
  };
  if (kernel.length !== axes || kernel.some((length) => !(length >= 1))) {
    throw new Error(`the kernel must have ${axes} positive sizes, got [${kernel.join(", ")}].`);
  }
  const stride = list("strides", 1);
  const dilation = list("dilations", 1);
  const auto = call.string("auto_pad", "NOTSET");
  const spread = kernel.map((length, axis) => dilation[axis]! * (length - 1) + 1);
  if (auto === "VALID") return { kernel, stride, dilation, before: size.map(() => 0), after: size.map(() => 0) };
  if (auto === "SAME_UPPER" || auto === "SAME_LOWER") {
    const total = size.map((length, axis) =>
      Math.max(0, (Math.ceil(length / stride[axis]!) - 1) * stride[axis]! + spread[axis]! - length),
    );
    const small = total.map((count) => count >> 1);
    const large = total.map((count) => count - (count >> 1));
    return {
      kernel,
      stride,
      dilation,
      before: auto === "SAME_UPPER" ? small : large,
      after: auto === "SAME_UPPER" ? large : small,
    };
  }
  if (auto !== "NOTSET") throw new Error(`auto_pad ${auto} is not known.`);
  const pads = call.ints("pads") ?? [...size, ...size].map(() => 0);
  if (pads.length !== 2 * axes) throw new Error(`pads must be ${2 * axes} numbers, got [${pads.join(", ")}].`);
  return { kernel, stride, dilation, before: pads.slice(0, axes), after: pads.slice(axes) };
}

/** ceil_mode: a last window that starts inside the image or its front padding counts, though it reaches past the end. */
export function extendForCeil(size: Shape, windows: Windows): Windows {
  const after = windows.after.map((count, axis) => {
    const [stride, before] = [windows.stride[axis]!, windows.before[axis]!];
    const spread = windows.dilation[axis]! * (windows.kernel[axis]! - 1) + 1;
    const room = size[axis]! + before + count - spread;
    let steps = Math.ceil(room / stride);
    if (steps * stride >= size[axis]! + before) steps--;
    return count + Math.max(0, steps * stride - room);
  });
  return { ...windows, after };
}

export function isSymmetric({ before, after }: Windows): boolean {
  return before.every((count, axis) => count === after[axis] && count >= 0);
}
