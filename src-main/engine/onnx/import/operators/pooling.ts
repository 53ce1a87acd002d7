/** @file Imported operators: pooling. */
import { constant, sizeOf, type Shape, type Tensor } from "../../../graph.ts";
import { convolution } from "../../../ops/convolution.ts";
import { mul } from "../../../ops/elementwise.ts";
import { globalAveragePool, globalMaxPool, maxPoolNd } from "../../../ops/pooling.ts";
import { averagePool } from "../../../ops/resampling.ts";
import { reshape } from "../../../ops/shapes.ts";
import type { Operator, OperatorCall } from "../call.ts";
import { padded } from "../moves.ts";
import { extendForCeil, isSymmetric, windowsOf, type Windows } from "../windows.ts";

/** Lower than any pixel; -infinity times a gradient of 0 would be NaN. */
const LOWEST = -3.4e38;

function pool(call: OperatorCall): { x: Tensor; size: Shape; plain: Windows; windows: Windows } {
  const x = call.float32(0);
  const size = x.shape.slice(2);
  const plain = windowsOf(call, size, call.ints("kernel_shape") ?? []);
  return { x, size, plain, windows: call.int("ceil_mode", 0) === 0 ? plain : extendForCeil(size, plain) };
}

export const MaxPool: Operator = (call) => {
  const { x, windows } = pool(call);
  if (windows.dilation.some((step) => step !== 1)) return call.unsupported("dilated windows");
  const { kernel, stride, before, after } = windows;
  // Padding as wide as a window would leave windows without any pixel.
  if (isSymmetric(windows)) return maxPoolNd(x, { kernel, stride, padding: before });
  return maxPoolNd(padded(x, before, after, LOWEST), { kernel, stride, padding: before.map(() => 0) });
};

export const AveragePool: Operator = (call) => {
  const { x, size, plain, windows } = pool(call);
  const { kernel, stride, dilation, before, after } = windows;
  const countPadding = call.int("count_include_pad", 0) !== 0;
  const isPlain =
    isSymmetric(windows) &&
    before.every((count, axis) => 2 * count <= kernel[axis]! && windows.after[axis] === plain.after[axis]) &&
    dilation.every((step) => step === 1);
  if (isPlain) return averagePool(x, { kernel, stride, padding: before, countPadding });
  // The sum of a window as a convolution of each channel with ones, then divided by the number of pixels it holds.
  const channels = x.shape[1]!;
  call.spend(channels * sizeOf(kernel));
  const ones = constant(new Float32Array(channels * sizeOf(kernel)).fill(1), { shape: [channels, 1, ...kernel] });
  const sums = convolution([padded(x, before, after, 0), ones], {
    stride,
    padding: before.map(() => 0),
    dilation,
    groups: channels,
  });
  const inverse = call.make([1, 1, ...sums.shape.slice(2)], "float32", (index) => {
    let rest = index;
    let pixels = 1;
    for (let axis = size.length - 1; axis >= 0; axis--) {
      const length = sums.shape[axis + 2]!;
      const start = (rest % length) * stride[axis]! - before[axis]!;
      rest = Math.floor(rest / length);
      const [low, high] = countPadding ? [-before[axis]!, size[axis]! + plain.after[axis]!] : [0, size[axis]!];
      const taps = Array.from({ length: kernel[axis]! }, (_, tap) => start + tap * dilation[axis]!);
      pixels *= taps.filter((at) => at >= low && at < high).length;
    }
    return 1 / pixels;
  });
  return mul(sums, inverse.tensor());
};

const keptAxes = (x: Tensor, to: Tensor): Tensor =>
  reshape(to, { to: x.shape.map((size, axis) => (axis < 2 ? size : 1)) });

export const GlobalAveragePool: Operator = (call) => keptAxes(call.tensor(0), globalAveragePool(call.float32(0)));
export const GlobalMaxPool: Operator = (call) => keptAxes(call.tensor(0), globalMaxPool(call.float32(0)));
