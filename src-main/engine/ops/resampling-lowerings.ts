/**
 * @file How resampling and its adjoint become ONNX, chosen by measurement on CPU. Figures: engine/README.md.
 */
import { sizeOf } from "../graph.ts";
import type { OnnxGraph, Value } from "../onnx/graph-builder.ts";
import { isIdentity, matrixOf, nearestIndex, transposedMatrixOf, type AxisRule } from "./axis-rules.ts";

type RuleOf<Kind extends AxisRule["kind"]> = AxisRule & { kind: Kind };

function areAll<Kind extends AxisRule["kind"]>(
  rules: readonly AxisRule[],
  kind: Kind,
): rules is readonly RuleOf<Kind>[] {
  return rules.every((rule) => rule.kind === kind);
}

/** x [N, C, ..from] -> [N, C, ..to]. One operator of the standard where there is one that computes the same. */
export function resampleLowering(onnx: OnnxGraph, x: Value, rules: readonly AxisRule[]): string {
  if (rules.every(isIdentity)) return x.name;
  const spatialAxes = rules.map((_, axis) => axis + 2);
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
  // A whole factor is written as a scale, so that the same graph enlarges images of any size.
  const isWhole = rules.every((rule) => rule.to % rule.from === 0);
  const target = isWhole
    ? [onnx.floats(rules.map((rule) => rule.to / rule.from))]
    : [null, onnx.int64s(rules.map((rule) => rule.to))];
  // Along one axis Resize would take batch and channels for space; a product is as fast.
  if (areAll(rules, "linear") && rules.length > 1 && rules.every((rule) => rule.scale === undefined)) {
    return onnx.node("Resize", [x, null, ...target], {
      mode: "linear",
      coordinate_transformation_mode: rules[0]!.alignCorners ? "align_corners" : "half_pixel",
      axes: spatialAxes,
    });
  }
  if (areAll(rules, "nearest") && rules.every(isResizeNearest)) {
    return onnx.node("Resize", [x, null, ...target], {
      mode: "nearest",
      nearest_mode: "floor",
      coordinate_transformation_mode: "asymmetric",
      axes: spatialAxes,
    });
  }
  return products(
    onnx,
    x,
    rules.map((rule) => ({ ...rule, matrix: () => matrixOf(rule), transposed: () => transposedMatrixOf(rule) })),
  );
}

/** ONNX Runtime divides by to / from in float32; whether that meets the same pixels is tried here for all of them. */
function isResizeNearest(rule: RuleOf<"nearest">): boolean {
  const scale = Math.fround(rule.to / rule.from);
  for (let row = 0; row < rule.to; row++) {
    const index = Math.floor(Math.fround(row / scale));
    if (Math.min(index, rule.from - 1) !== nearestIndex(rule, row)) return false;
  }
  return true;
}

/** dy [N, C, ..to] -> [N, C, ..from]: every element goes back to those it was computed from, with the same weights. */
export function resampleAdjointLowering(onnx: OnnxGraph, dy: Value, rules: readonly AxisRule[]): string {
  if (rules.every(isIdentity)) return dy.name;
  if (areAll(rules, "linear") && rules.length === 2 && rules.every(isWholeEnlargement)) {
    return enlargementAdjoint(onnx, dy, rules);
  }
  if (areAll(rules, "average") && rules.every(isUnitStride)) {
    const pads = rules.map((rule) => rule.kernel - 1 - rule.padding);
    return onnx.node("AveragePool", [dy], {
      kernel_shape: rules.map((rule) => rule.kernel),
      strides: rules.map(() => 1),
      pads: [...pads, ...pads],
      count_include_pad: 1,
    });
  }
  return products(
    onnx,
    dy,
    rules.map((rule) => ({
      kind: rule.kind,
      from: rule.to,
      to: rule.from,
      matrix: () => transposedMatrixOf(rule),
      transposed: () => matrixOf(rule),
    })),
  );
}

/** Windows that move by one: what comes back to an element is again a mean of a window. */
function isUnitStride({ stride, countPadding, padding }: RuleOf<"average">): boolean {
  return stride === 1 && (countPadding || padding === 0);
}

function isWholeEnlargement({ from, to, alignCorners, scale }: RuleOf<"linear">): boolean {
  return !alignCorners && scale === undefined && to % from === 0;
}

/**
 * Enlarging by a whole factor f spreads each pixel as a triangle 2f wide: its adjoint is one strided convolution per
 * channel. Outputs beyond the outermost pixel centers went to one pixel alone, with weight 1 instead of a share w < 1, so they
 * are first multiplied by 1 / w.
 */
function enlargementAdjoint(onnx: OnnxGraph, dy: Value, rules: readonly RuleOf<"linear">[]): string {
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
  const edges = onnx.constant(outer(edgeRows, edgeColumns), [edgeRows.length, edgeColumns.length], "float32");
  const pads = factors.map((factor) => (factor % 2 === 0 ? factor / 2 : (factor - 1) / 2));
  return onnx.node(
    "Conv",
    [onnx.node("Mul", [dy, edges]), onnx.constant(weight, [channels, 1, rows.length, columns.length], "float32")],
    { kernel_shape: [rows.length, columns.length], strides: factors, pads: [...pads, ...pads], group: channels },
  );
}

/** [a, b] of a[i] b[j], row-major. */
function outer(a: readonly number[], b: readonly number[]): Float32Array {
  return Float32Array.from(
    { length: a.length * b.length },
    (_, at) => a[Math.floor(at / b.length)]! * b[at % b.length]!,
  );
}

/** One axis of a separable map: `matrix` is [to, from]. */
interface AxisMatrix {
  readonly from: number;
  readonly to: number;
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
    const { from, to, matrix, transposed } = axes[axis]!;
    const isLast = axis === size.length - 1;
    if (isLast) {
      result = onnx.node("MatMul", [result, onnx.constant(transposed(), [from, to], "float32")]);
    } else {
      const inner = size.slice(axis + 1);
      // 0 keeps batch and channels, whatever they are. Axes after this one are columns, those before it more matrices.
      const isPlain = inner.length === 1;
      const outer = size.slice(0, axis);
      const before = isPlain
        ? result
        : onnx.node("Reshape", [result, onnx.int64s([0, 0, ...outer, from, sizeOf(inner)])]);
      const product = onnx.node("MatMul", [onnx.constant(matrix(), [to, from], "float32"), before]);
      result = isPlain ? product : onnx.node("Reshape", [product, onnx.int64s([0, 0, ...outer, to, ...inner])]);
    }
    size[axis] = to;
  }
  return result;
}
