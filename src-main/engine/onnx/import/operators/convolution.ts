/** @file Imported operators: convolution and transposed convolution, 1 to 3 spatial axes. */
import type { Tensor } from "../../../graph.ts";
import { convolution, convolutionInputGradient } from "../../../ops/convolution.ts";
import { add } from "../../../ops/elementwise.ts";
import { reshape } from "../../../ops/shapes.ts";
import type { Operator, OperatorCall } from "../call.ts";
import { cropped, padded } from "../moves.ts";
import { isSymmetric, windowsOf } from "../windows.ts";

function spatialKernel(call: OperatorCall): { x: Tensor; w: Tensor; kernel: readonly number[] } {
  const [x, w] = [call.float32(0), call.float32(1)];
  if (x.shape.length < 3 || x.shape.length > 5 || w.shape.length !== x.shape.length) {
    throw new Error(
      `an image [N, C, ..size] and a kernel of as many axes expected, got [${x.shape.join(", ")}] and [${w.shape.join(", ")}].`,
    );
  }
  return { x, w, kernel: w.shape.slice(2) };
}

export const Conv: Operator = (call) => {
  const { x, w, kernel } = spatialKernel(call);
  const windows = windowsOf(call, x.shape.slice(2), kernel);
  const { stride, dilation, before, after } = windows;
  const image = isSymmetric(windows) ? x : padded(x, before, after, 0);
  const padding = isSymmetric(windows) ? before : before.map(() => 0);
  const parts = call.has(2) ? [image, w, call.float32(2)] : [image, w];
  return convolution(parts, { stride, padding, dilation, groups: call.int("group", 1) });
};

/** The adjoint of a convolution: w [C, K / groups, ..kernel]. `output_shape` and `output_padding` choose among sizes. */
export const ConvTranspose: Operator = (call) => {
  const { x, w, kernel } = spatialKernel(call);
  const size = x.shape.slice(2);
  const groups = call.int("group", 1);
  const auto = call.string("auto_pad", "NOTSET");
  const asked = call.ints("output_shape");
  const extra = call.ints("output_padding") ?? size.map(() => 0);
  const windows = windowsOf(call, size, kernel);
  const { stride, dilation } = windows;
  // Everything that the scattered kernels reach, before any of it is cut off.
  const full = size.map((length, axis) => (length - 1) * stride[axis]! + dilation[axis]! * (kernel[axis]! - 1) + 1);
  let { before, after } = windows;
  const same = auto.startsWith("SAME") ? size.map((length, axis) => length * stride[axis]!) : null;
  const target = asked?.slice(-size.length) ?? same;
  if (target !== null) {
    const cut = target.map((length, axis) => full[axis]! + extra[axis]! - length);
    const small = cut.map((count) => Math.floor(count / 2));
    const large = cut.map((count) => Math.ceil(count / 2));
    [before, after] = auto === "SAME_UPPER" ? [small, large] : [large, small];
  }
  const inputSize = size.map((_, axis) => full[axis]! + extra[axis]! - before[axis]! - after[axis]!);
  const fits = extra.length === size.length && inputSize.every((length, axis) => length >= 1 && extra[axis]! >= 0);
  if (!fits || !x.shape[1] || w.shape[0] !== x.shape[1]) throw new Error("kernel, pads and output sizes do not fit.");
  // One padding for both sides, as far as it goes without leaving the range of sizes that the adjoint knows; the rest is cut.
  const padding = before.map((count, axis) =>
    Math.max(0, Math.min(count, after[axis]! - extra[axis]! + stride[axis]! - 1)),
  );
  const isDirect = padding.every(
    (count, axis) => count === before[axis] && count === after[axis] && extra[axis]! < stride[axis]!,
  );
  const attrs = { stride, dilation, groups };
  let y: Tensor;
  if (isDirect) y = convolutionInputGradient(x, w, { ...attrs, padding, inputSize });
  else {
    const whole = convolutionInputGradient(x, w, { ...attrs, padding: size.map(() => 0), inputSize: full });
    y = cropped(
      whole,
      before,
      after.map((count, axis) => count - extra[axis]!),
    );
  }
  if (!call.has(2)) return y;
  return add(y, reshape(call.float32(2), { to: [y.shape[1]!, ...size.map(() => 1)] }));
};
