/** @file Imported operators: Resize and Upsample, in the coordinate modes that exporters write. */
import { constant, type Tensor } from "../../../graph.ts";
import { matmul } from "../../../ops/matmul.ts";
import { upsampleNearest } from "../../../ops/pooling.ts";
import { resizeLinear } from "../../../ops/resampling.ts";
import { transpose } from "../../../ops/shapes.ts";
import type { Operator, OperatorCall } from "../call.ts";
import { takeAxis } from "../moves.ts";

interface Sampling {
  readonly mode: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly excludesOutside: boolean;
}

/** One axis to resize: output element i reads the input at `position(i)`. */
interface AxisSampling {
  readonly axis: number;
  readonly size: number;
  readonly position: (index: number) => number;
}

/** Opset 9: `scales` is an input; coordinates are asymmetric. */
export const Upsample: Operator = (call) => {
  const scales = call.opset < 9 ? (call.floats("scales") ?? []) : call.numbers(1, "scales");
  const mode = call.string("mode", "nearest");
  const sampling = { mode, coordinates: "asymmetric", nearest: "floor", cubic: 0, excludesOutside: false };
  return resized(call, call.float32(0), sampling, sizesByScale(call.float32(0), scales), scales);
};

/** Opset 10 (scales only, asymmetric) and 11 to 19 (scales or sizes, coordinate modes). */
export const Resize: Operator = (call) => {
  const x = call.float32(0);
  const mode = call.string("mode", "nearest");
  if (call.opset < 11) {
    const scales = call.numbers(1, "scales");
    const old = { mode, coordinates: "asymmetric", nearest: "floor", cubic: 0, excludesOutside: false };
    return resized(call, x, old, sizesByScale(x, scales), scales);
  }
  const sampling = {
    mode,
    coordinates: call.string("coordinate_transformation_mode", "half_pixel"),
    nearest: call.string("nearest_mode", "round_prefer_floor"),
    cubic: call.float("cubic_coeff_a", -0.75),
    excludesOutside: call.int("exclude_outside", 0) !== 0,
  };
  if (call.int("antialias", 0) !== 0) return call.unsupported("antialias");
  if (call.string("keep_aspect_ratio_policy", "stretch") !== "stretch")
    return call.unsupported("keep_aspect_ratio_policy");
  const rank = x.shape.length;
  const given = call.ints("axes");
  const axes = given === null ? x.shape.map((_, axis) => axis) : call.axes(given, rank);
  const spread = (values: readonly number[], otherwise: (axis: number) => number) => {
    if (values.length !== axes.length)
      throw new Error(`${axes.length} scales or sizes expected, got ${values.length}.`);
    return x.shape.map((_, axis) => values[axes.indexOf(axis)] ?? otherwise(axis));
  };
  const sizes = call.has(3) ? call.numbers(3, "sizes") : [];
  if (sizes.length > 0) {
    const full = spread(sizes, (axis) => x.shape[axis]!);
    return resized(
      call,
      x,
      sampling,
      full,
      full.map((size, axis) => size / x.shape[axis]!),
    );
  }
  const scales = spread(call.numbers(2, "scales"), () => 1);
  return resized(call, x, sampling, sizesByScale(x, scales), scales);
};

function sizesByScale(x: Tensor, scales: readonly number[]): number[] {
  if (scales.length !== x.shape.length) throw new Error(`${x.shape.length} scales expected, got ${scales.length}.`);
  // In float32, as runtimes do: 3 · 1.6666666 must not become 4.
  return x.shape.map((size, axis) => Math.floor(Math.fround(Math.fround(scales[axis]!) * size)));
}

function resized(
  call: OperatorCall,
  x: Tensor,
  sampling: Sampling,
  sizes: readonly number[],
  scales: readonly number[],
): Tensor {
  const changed: AxisSampling[] = [];
  for (const [axis, size] of sizes.entries()) {
    if (!Number.isInteger(size) || size < 1) throw new Error(`an output of size ${size} at axis ${axis}.`);
    if (size === x.shape[axis] && scales[axis] === 1) continue;
    const position = coordinate(call, sampling.coordinates, x.shape[axis]!, size, scales[axis]!);
    changed.push({ axis, size, position });
  }
  switch (sampling.mode) {
    case "nearest":
      return nearest(call, x, sampling, changed);
    case "linear":
      if (isOwnLinear(x, sampling, sizes, scales)) {
        return resizeLinear(x, { size: sizes.slice(2), alignCorners: sampling.coordinates === "align_corners" });
      }
      return changed.reduce((y, axis) => weighted(call, y, axis, linearTaps, false), x);
    case "cubic":
      return changed.reduce(
        (y, axis) => weighted(call, y, axis, cubicTaps(sampling.cubic), sampling.excludesOutside),
        x,
      );
    default:
      return call.unsupported(`mode ${sampling.mode}`);
  }
}

/** Whether the engine's own op means the same: its two corner conventions, with sizes that follow exactly from the scales. */
function isOwnLinear(
  x: Tensor,
  { coordinates }: Sampling,
  sizes: readonly number[],
  scales: readonly number[],
): boolean {
  const rank = x.shape.length;
  const isSpatial = rank >= 3 && rank <= 5 && sizes[0] === x.shape[0] && sizes[1] === x.shape[1];
  if (!isSpatial || coordinates === "align_corners") return isSpatial;
  const isHalfPixel =
    coordinates === "half_pixel" || (coordinates === "pytorch_half_pixel" && sizes.slice(2).every((size) => size > 1));
  return isHalfPixel && sizes.every((size, axis) => size === x.shape[axis]! * scales[axis]!);
}

/** Output index -> input coordinate. ONNX Resize, coordinate_transformation_mode. */
function coordinate(
  call: OperatorCall,
  mode: string,
  from: number,
  to: number,
  scale: number,
): (index: number) => number {
  switch (mode) {
    case "half_pixel":
      return (index) => (index + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return (index) => (to > 1 ? (index + 0.5) / scale - 0.5 : 0);
    case "align_corners":
      return (index) => (to > 1 ? (index * (from - 1)) / (to - 1) : 0);
    case "asymmetric":
      return (index) => index / scale;
    case "tf_half_pixel_for_nn":
      return (index) => (index + 0.5) / scale;
    case "half_pixel_symmetric": {
      const offset = (from / 2) * (1 - to / (scale * from));
      return (index) => offset + (index + 0.5) / scale - 0.5;
    }
    default:
      return call.unsupported(`coordinate mode ${mode}`);
  }
}

function nearest(call: OperatorCall, x: Tensor, { nearest: rule }: Sampling, changed: readonly AxisSampling[]): Tensor {
  const round = (value: number): number => {
    // Coordinates are quotients: one that is a whole number but for rounding must stay it.
    const whole = Math.round(value);
    const at = Math.abs(value - whole) < 1e-6 ? whole : value;
    switch (rule) {
      case "floor":
        return Math.floor(at);
      case "ceil":
        return Math.ceil(at);
      case "round_prefer_floor":
        return Math.ceil(at - 0.5);
      case "round_prefer_ceil":
        return Math.floor(at + 0.5);
      default:
        return call.unsupported(`nearest_mode ${rule}`);
    }
  };
  const indices = changed.map(({ axis, size, position }) => {
    call.spend(size);
    const last = x.shape[axis]! - 1;
    return Array.from({ length: size }, (_, index) => Math.min(Math.max(round(position(index)), 0), last));
  });
  const factor = x.shape.map((size, axis) => (changed.find((one) => one.axis === axis)?.size ?? size) / size);
  const repeats = changed.every(({ axis }, at) =>
    indices[at]!.every((from, index) => from === Math.floor(index / factor[axis]!)),
  );
  if (repeats && factor.every(Number.isInteger) && x.shape.length > 2 && factor[0] === 1 && factor[1] === 1) {
    return upsampleNearest(x, { factor: factor.slice(2) });
  }
  return changed.reduce((y, { axis }, at) => takeAxis(y, axis, indices[at]!), x);
}

/** Input elements and their weights for one coordinate. */
type Taps = (position: number, last: number) => readonly (readonly [number, number])[];

const linearTaps: Taps = (position, last) => {
  const at = Math.min(Math.max(position, 0), last);
  const low = Math.floor(at);
  return [
    [low, 1 - (at - low)],
    [low + 1, at - low],
  ];
};

/** Keys 1981; `a` is cubic_coeff_a. */
const cubicTaps =
  (a: number): Taps =>
  (position) => {
    const low = Math.floor(position);
    const t = position - low;
    const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
    const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
    return [
      [low - 1, far(t + 1)],
      [low, near(t)],
      [low + 1, near(1 - t)],
      [low + 2, far(2 - t)],
    ];
  };

/** Interpolation along one axis as a product with the matrix of its weights: any coordinates, and its adjoint is a product too. */
function weighted(
  call: OperatorCall,
  x: Tensor,
  { axis, size, position }: AxisSampling,
  taps: Taps,
  excludesOutside: boolean,
): Tensor {
  const from = x.shape[axis]!;
  call.spend(size * from);
  const weights = new Float64Array(size * from);
  for (let row = 0; row < size; row++) {
    let total = 0;
    for (const [index, weight] of taps(position(row), from - 1)) {
      if (excludesOutside && (index < 0 || index >= from)) continue;
      weights[row * from + Math.min(Math.max(index, 0), from - 1)]! += weight;
      total += weight;
    }
    for (let column = 0; column < from; column++) weights[row * from + column]! /= total;
  }
  const rank = x.shape.length;
  if (axis === rank - 2) return matmul(constant(Float32Array.from(weights), { shape: [size, from] }), x);
  const columns = Float32Array.from(weights, (_, index) => weights[(index % size) * from + Math.floor(index / size)]!);
  const matrix = constant(columns, { shape: [from, size] });
  if (axis === rank - 1) return matmul(x, matrix);
  const swap = x.shape.map((_, other) => (other === axis ? rank - 1 : other === rank - 1 ? axis : other));
  return transpose(matmul(transpose(x, { order: swap }), matrix), { order: swap });
}
