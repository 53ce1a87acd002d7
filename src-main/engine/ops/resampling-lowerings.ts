/**
 * @file The ways in which resampling and its adjoint become ONNX, and the rule that picks one where nothing was measured.
 * Figures: engine/LOWERINGS.md.
 */
import { sizeOf, type Lowering, type Lowerings } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import type { ResampleAttrs } from "./resampling.ts";
import { isIdentity, matrixOf, nearestIndex, sourceOf, transposedMatrixOf, type AxisRule } from "./axis-rules.ts";

type RuleOf<Kind extends AxisRule["kind"]> = AxisRule & { kind: Kind };

function areAll<Kind extends AxisRule["kind"]>(
  rules: readonly AxisRule[],
  kind: Kind,
): rules is readonly RuleOf<Kind>[] {
  return rules.every((rule) => rule.kind === kind);
}

type Way = Lowering<ResampleAttrs>;

// ---- x [N, C, ..from] -> [N, C, ..to] ----

/** Whether one operator of the standard computes the same. */
function isStandard(rules: readonly AxisRule[]): boolean {
  if (areAll(rules, "reflect") || areAll(rules, "replicate") || areAll(rules, "average")) return true;
  // Along one axis Resize would take batch and channels for space.
  if (areAll(rules, "linear")) return rules.length > 1 && rules.every((rule) => rule.scale === undefined);
  return areAll(rules, "nearest") && rules.every(isResizeNearest);
}

const standard: Way = {
  name: "standard",
  applies: (_, { rules }) => isStandard(rules),
  emit: (onnx, [x], { rules }) => {
    if (rules.every(isIdentity)) return x.name;
    if (areAll(rules, "reflect") || areAll(rules, "replicate")) {
      const before = rules.map((rule) => rule.before);
      const after = rules.map((rule) => rule.to - rule.from - rule.before);
      const mode = rules[0]!.kind === "reflect" ? "reflect" : "edge";
      return onnx.node("Pad", [x, onnx.int64s([0, 0, ...before, 0, 0, ...after])], { mode });
    }
    if (areAll(rules, "average")) {
      const pads = rules.map((rule) => rule.padding);
      return onnx.node("AveragePool", [x], {
        kernel_shape: rules.map((rule) => rule.kernel),
        strides: rules.map((rule) => rule.stride),
        pads: [...pads, ...pads],
        count_include_pad: rules[0]!.countPadding ? 1 : 0,
      });
    }
    const [rule] = rules;
    const how: Readonly<Record<string, string>> =
      rule?.kind === "linear"
        ? { mode: "linear", coordinate_transformation_mode: rule.alignCorners ? "align_corners" : "half_pixel" }
        : { mode: "nearest", nearest_mode: "floor", coordinate_transformation_mode: "asymmetric" };
    const axes = rules.map((_, axis) => axis + 2);
    // A whole factor is written as a scale, so that the same graph enlarges images of any size.
    const target = rules.every(({ from, to }) => to % from === 0)
      ? [onnx.floats(rules.map(({ from, to }) => to / from))]
      : [null, onnx.int64s(rules.map(({ to }) => to))];
    return onnx.node("Resize", [x, null, ...target], { ...how, axes });
  },
};

const forwardProducts: Way = {
  name: "products",
  applies: () => true,
  emit: (onnx, [x], { rules }) =>
    products(
      onnx,
      x,
      rules.map((rule) => ({
        ...rule,
        isIdentity: isIdentity(rule),
        matrix: () => matrixOf(rule),
        transposed: () => transposedMatrixOf(rule),
      })),
    ),
};

/** Up to this length of the axes, products along three of them are faster than Resize (measured at 64³). */
const VOLUME_PRODUCTS_MAX_LENGTH = 64;

export const resampleLowerings: Lowerings<ResampleAttrs> = {
  ways: [standard, forwardProducts],
  rule: (_, { rules }) => {
    const isSmallVolume =
      areAll(rules, "linear") && rules.length === 3 && rules.every(({ to }) => to <= VOLUME_PRODUCTS_MAX_LENGTH);
    return isStandard(rules) && !isSmallVolume ? standard : forwardProducts;
  },
};

/** ONNX Runtime divides by to / from in float32; whether that meets the same pixels is tried here for all of them. */
function isResizeNearest(rule: RuleOf<"nearest">): boolean {
  const scale = Math.fround(rule.to / rule.from);
  for (let row = 0; row < rule.to; row++) {
    const index = Math.floor(Math.fround(row / scale));
    if (Math.min(index, rule.from - 1) !== nearestIndex(rule, row)) return false;
  }
  return true;
}

// ---- dy [N, C, ..to] -> [N, C, ..from] ----

const adjointProducts: Way = {
  name: "products",
  applies: () => true,
  emit: (onnx, [dy], { rules }) =>
    products(
      onnx,
      dy,
      rules.map((rule) => ({
        from: rule.to,
        to: rule.from,
        isIdentity: isIdentity(rule),
        matrix: () => transposedMatrixOf(rule),
        transposed: () => matrixOf(rule),
      })),
    ),
};

/** Windows that move by one: what comes back to an element is again a mean of a window. */
const means: Way = {
  name: "means",
  applies: (_, { rules }) =>
    areAll(rules, "average") &&
    rules.every(({ stride, countPadding, padding }) => stride === 1 && (countPadding || padding === 0)),
  emit: (onnx, [dy], attrs) => {
    const rules = attrs.rules as readonly RuleOf<"average">[];
    const pads = rules.map((rule) => rule.kernel - 1 - rule.padding);
    return onnx.node("AveragePool", [dy], {
      kernel_shape: rules.map((rule) => rule.kernel),
      strides: rules.map(() => 1),
      pads: [...pads, ...pads],
      count_include_pad: 1,
    });
  },
};

/**
 * Enlarging by a whole factor f spreads each pixel as a triangle 2f wide: its adjoint is one strided convolution per
 * channel. Outputs beyond the outermost pixel centers went to one pixel alone, with weight 1 instead of a share w < 1, so they
 * are first multiplied by 1 / w.
 */
const triangle: Way = {
  name: "triangle",
  applies: (_, { rules }) =>
    areAll(rules, "linear") &&
    rules.length === 2 &&
    rules.every(({ from, to, alignCorners, scale }) => !alignCorners && scale === undefined && to % from === 0),
  emit: (onnx, [dy], { rules }) => {
    const channels = dy.shape[1]!;
    const factors = rules.map(({ from, to }) => to / from);
    const [rows, columns] = factors.map((factor) => {
      const length = factor % 2 === 0 ? 2 * factor : 2 * factor - 1;
      return Array.from({ length }, (_, tap) => 1 - Math.abs(tap - (length - 1) / 2) / factor);
    }) as [number[], number[]];
    const [edgeRows, edgeColumns] = rules.map(({ from, to }, axis) =>
      Array.from({ length: to }, (_, at) => {
        const position = (at + 0.5) / factors[axis]! - 0.5;
        const outside = Math.max(0, -position, position - (from - 1));
        return 1 / (1 - outside);
      }),
    ) as [number[], number[]];
    const kernel = outer(rows, columns);
    const weight = Float32Array.from({ length: channels * kernel.length }, (_, at) => kernel[at % kernel.length]!);
    const edges = onnx.constant(outer(edgeRows, edgeColumns), [edgeRows.length, edgeColumns.length], dy.dtype);
    const pads = factors.map((factor) => (factor % 2 === 0 ? factor / 2 : (factor - 1) / 2));
    const scaled = onnx.node("Mul", [dy, edges]);
    return onnx.node("Conv", [scaled, onnx.constant(weight, [channels, 1, rows.length, columns.length], dy.dtype)], {
      kernel_shape: [rows.length, columns.length],
      strides: factors,
      pads: [...pads, ...pads],
      group: channels,
    });
  },
};

/** [a, b] of a[i] b[j], row-major. */
function outer(a: readonly number[], b: readonly number[]): Float32Array {
  return Float32Array.from(
    { length: a.length * b.length },
    (_, at) => a[Math.floor(at / b.length)]! * b[at % b.length]!,
  );
}

/** What lies within the border stays; the few elements of the border are added where they were copied from. */
const cropAndScatter: Way = {
  name: "crop-and-scatter",
  applies: (_, { rules }) => areAll(rules, "reflect") || areAll(rules, "replicate"),
  emit: (onnx, [dy], attrs) => {
    const rules = attrs.rules as readonly RuleOf<"reflect" | "replicate">[];
    if (rules.every(isIdentity)) return dy.name;
    const [channels, to, from] = [dy.shape[0]! * dy.shape[1]!, dy.shape.slice(2), rules.map((rule) => rule.from)];
    const [read, written] = borderOf(rules);
    const starts = rules.map(({ before }) => before);
    const inner = onnx.node("Slice", [
      dy,
      onnx.int64s(starts),
      onnx.int64s(starts.map((start, axis) => start + from[axis]!)),
      onnx.int64s(rules.map((_, axis) => axis + 2)),
    ]);
    const flat = onnx.node("Reshape", [inner, onnx.int64s([channels, sizeOf(from)])]);
    const rows = onnx.node("Reshape", [dy, onnx.int64s([channels, sizeOf(to)])]);
    const border = onnx.node("Gather", [rows, onnx.int64s(read)], { axis: 1 });
    const places = onnx.node("Expand", [onnx.int64s(written), onnx.int64s([channels, written.length])]);
    const added = onnx.node("ScatterElements", [flat, places, border], { axis: 1, reduction: "add" });
    return onnx.node("Reshape", [added, onnx.int64s([...dy.shape.slice(0, 2), ...from])]);
  },
};

/** Row-major positions of all border elements, and of the elements that they copy. */
function borderOf(rules: readonly RuleOf<"reflect" | "replicate">[]): [read: number[], written: number[]] {
  const read: number[] = [];
  const written: number[] = [];
  const sources = rules.map((rule) => Array.from({ length: rule.to }, (_, at) => sourceOf(rule, at)));
  for (let at = 0; at < sizeOf(rules.map(({ to }) => to)); at++) {
    let [rest, stride, source, isInside] = [at, 1, 0, true];
    for (let axis = rules.length - 1; axis >= 0; axis--) {
      const { from, to, before } = rules[axis]!;
      const index = rest % to;
      rest = Math.floor(rest / to);
      source += stride * sources[axis]![index]!;
      stride *= from;
      isInside &&= index >= before && index < before + from;
    }
    if (isInside) continue;
    read.push(at);
    written.push(source);
  }
  return [read, written];
}

/** From this many elements per channel on, moving the border alone is faster than products (measured at 32² to 256²). */
const SCATTER_MIN_SIZE = 96 ** 2;

export const resampleAdjointLowerings: Lowerings<ResampleAttrs> = {
  ways: [triangle, means, cropAndScatter, adjointProducts],
  rule: (inputs, attrs) => {
    const better = [triangle, means].find((way) => way.applies(inputs, attrs));
    if (better) return better;
    const isLarge = sizeOf(inputs[0].shape.slice(2)) >= SCATTER_MIN_SIZE;
    return isLarge && cropAndScatter.applies(inputs, attrs) ? cropAndScatter : adjointProducts;
  },
};

/** One axis of a separable map: `matrix` is [to, from]. */
interface AxisMatrix {
  readonly from: number;
  readonly to: number;
  readonly isIdentity: boolean;
  matrix(): Float32Array;
  /** [from, to] */
  transposed(): Float32Array;
}

/** Along each axis a product with its matrix. Axes that shrink come first: the others then have less to do. */
function products(onnx: OnnxGraph, x: Value, axes: readonly AxisMatrix[]): string {
  const size = [...x.shape.slice(2)];
  const order = axes.map((_, axis) => axis).sort((a, b) => axes[a]!.to / axes[a]!.from - axes[b]!.to / axes[b]!.from);
  let result = x.name;
  for (const axis of order) {
    const { from, to, isIdentity, matrix, transposed } = axes[axis]!;
    if (isIdentity) continue;
    const isLast = axis === size.length - 1;
    if (isLast) {
      result = onnx.node("MatMul", [result, onnx.constant(transposed(), [from, to], x.dtype)]);
    } else {
      const inner = size.slice(axis + 1);
      // 0 keeps batch and channels, whatever they are. Axes after this one are columns, those before it more matrices.
      const isPlain = inner.length === 1;
      const outer = size.slice(0, axis);
      const before = isPlain
        ? result
        : onnx.node("Reshape", [result, onnx.int64s([0, 0, ...outer, from, sizeOf(inner)])]);
      const product = onnx.node("MatMul", [onnx.constant(matrix(), [to, from], x.dtype), before]);
      result = isPlain ? product : onnx.node("Reshape", [product, onnx.int64s([0, 0, ...outer, to, ...inner])]);
    }
    size[axis] = to;
  }
  return result;
}
