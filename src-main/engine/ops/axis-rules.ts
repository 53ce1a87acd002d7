/** @file How one spatial axis is read by resizing, padding and averaging: a rule, and the small matrix it stands for. */
import { expectShape } from "../graph.ts";

interface Sizes {
  /** Size of the axis that is read. */
  readonly from: number;
  readonly to: number;
}

interface Scaled extends Sizes {
  /** Output per input pixels where that is not to / from (PyTorch's `scale_factor`, before the size was rounded down). */
  readonly scale?: number;
}

/** Every output element is a weighted sum of elements of the axis; the weights do not depend on the other axes. */
export type AxisRule =
  /** Between the two nearest pixel centers; half-pixel convention with edges clamped, or corners on corners. */
  | (Scaled & { readonly kind: "linear"; readonly alignCorners: boolean })
  /** The pixel at ⌊i / scale⌋. */
  | (Scaled & { readonly kind: "nearest" })
  /** Mirrored about the first and last element, which are not repeated; `to` - `from` - `before` more at the end. */
  | (Sizes & { readonly kind: "reflect"; readonly before: number })
  /** The first and last element repeated. */
  | (Sizes & { readonly kind: "replicate"; readonly before: number })
  /** Means of windows; `countPadding`: zeros of the padding count as elements. */
  | (Sizes & {
      readonly kind: "average";
      readonly kernel: number;
      readonly stride: number;
      readonly padding: number;
      readonly countPadding: boolean;
    })
  /** Means of `to` windows that cover the axis as evenly as whole numbers allow. */
  | (Sizes & { readonly kind: "adaptiveAverage" });

/** [to, from], row-major: row i holds the weights of output i. */
export function matrixOf(rule: AxisRule): Float32Array {
  const matrix = new Float32Array(rule.to * rule.from);
  for (let row = 0; row < rule.to; row++) {
    for (const [column, weight] of weightsOf(rule, row)) {
      const at = row * rule.from + column;
      matrix[at] = matrix[at]! + weight;
    }
  }
  return matrix;
}

/** [from, to]: the matrix of the adjoint. */
export function transposedMatrixOf(rule: AxisRule): Float32Array {
  const { from, to } = rule;
  const matrix = matrixOf(rule);
  return Float32Array.from({ length: from * to }, (_, at) => matrix[(at % to) * from + Math.floor(at / to)]!);
}

/** Column and weight of what output `row` reads; a column may come twice. */
function weightsOf(rule: AxisRule, row: number): [number, number][] {
  const { from, to } = rule;
  switch (rule.kind) {
    case "linear": {
      const position = linearPosition(rule, row);
      const low = Math.min(Math.floor(position), from - 1);
      const share = Math.min(position - low, 1);
      return [
        [low, 1 - share],
        [Math.min(low + 1, from - 1), share],
      ];
    }
    case "nearest":
      return [[nearestIndex(rule, row), 1]];
    case "reflect":
    case "replicate":
      return [[sourceOf(rule, row), 1]];
    case "average": {
      const start = row * rule.stride - rule.padding;
      const columns = range(Math.max(start, 0), Math.min(start + rule.kernel, from));
      return columns.map((column) => [column, 1 / (rule.countPadding ? rule.kernel : columns.length)]);
    }
    case "adaptiveAverage": {
      const columns = range(Math.floor((row * from) / to), Math.ceil(((row + 1) * from) / to));
      return columns.map((column) => [column, 1 / columns.length]);
    }
  }
}

/** The element that output `row` copies. */
export function sourceOf({ kind, from, before }: AxisRule & { kind: "reflect" | "replicate" }, row: number): number {
  const at = row - before;
  if (kind === "replicate") return Math.min(Math.max(at, 0), from - 1);
  const mirrored = Math.abs(at);
  return mirrored < from ? mirrored : 2 * (from - 1) - mirrored;
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

function linearPosition({ from, to, scale, alignCorners }: AxisRule & { kind: "linear" }, row: number): number {
  if (alignCorners) return to === 1 ? 0 : (row * (from - 1)) / (to - 1);
  const pixels = scale === undefined ? from / to : 1 / scale;
  return Math.max(0, (row + 0.5) * pixels - 0.5);
}

/** In float32, as PyTorch computes it: at some sizes rounding decides which pixel is meant. */
export function nearestIndex({ from, to, scale }: AxisRule & { kind: "nearest" }, row: number): number {
  const pixels = Math.fround(scale === undefined ? from / to : 1 / scale);
  return Math.min(Math.floor(Math.fround(row * pixels)), from - 1);
}

/** For shape rules: throws unless the rule can be applied. */
export function expectRule(rule: AxisRule, axis: number): void {
  const { from, to } = rule;
  expectShape(Number.isInteger(to) && to >= 1, `spatial axis ${axis} would get size ${to}, expected at least 1.`);
  if (rule.kind === "reflect" || rule.kind === "replicate") {
    const [before, after] = [rule.before, to - from - rule.before];
    expectShape(before >= 0 && after >= 0, `spatial axis ${axis}: padding must be 0 or more, got ${before}, ${after}.`);
    expectShape(
      rule.kind === "replicate" || Math.max(before, after) < from,
      `spatial axis ${axis}: a mirror of ${from} elements has ${from - 1} to give, got padding ${before} and ${after}. Use less, or replicate.`,
    );
  }
  if (rule.kind === "average") {
    expectShape(
      rule.padding >= 0 && 2 * rule.padding <= rule.kernel,
      `spatial axis ${axis}: padding must be at most half of the kernel ${rule.kernel}, got ${rule.padding}.`,
    );
  }
}

export function isIdentity(rule: AxisRule): boolean {
  if (rule.from !== rule.to) return false;
  const matrix = matrixOf(rule);
  return matrix.every((weight, at) => weight === (at % (rule.from + 1) === 0 ? 1 : 0));
}
