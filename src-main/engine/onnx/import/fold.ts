/**
 * @file Operators computed while importing, where all their inputs are plain numbers. Exporters compute shapes in the graph
 * (Shape, Gather, Mul, Concat, Reshape); here shapes are static, so all of that becomes constants.
 */
import { sizeOf, type Shape } from "../../graph.ts";
import type { Attribute } from "../read-model.ts";
import { decodeTensor, dtypeOfElement, type HostDtype } from "../tensor-proto.ts";
import type { OperatorCall } from "./call.ts";
import {
  expandTarget,
  flattenTarget,
  gatherIndices,
  reshapeTarget,
  sliceIndices,
  splitSizes,
  squeezeTarget,
  transposeOrder,
  unsqueezeTarget,
  type Taken,
} from "./shape-arguments.ts";
import { Known } from "./values.ts";

type Fold = (call: OperatorCall) => Known | readonly Known[];

/** The plain numbers of an input; folding is only asked for when all are. */
const known = (call: OperatorCall, index: number): Known => call.known(index, `input ${index}`);

/** Element-wise with broadcasting. Integers stay integers: division truncates. */
function elementwise(compute: (...values: number[]) => number, dtype?: HostDtype): Fold {
  return (call) => {
    const parts = call.inputs.map((_, index) => known(call, index));
    const shape = parts.map((part) => part.shape).reduce(expandTarget);
    const result = dtype ?? parts[parts.length - 1]!.dtype;
    const truncates = result !== "float32" && result !== "float64" && result !== "bool";
    const sources = parts.map((part) => flatSource(part.shape, shape));
    return call.make(shape, result, (index) => {
      const value = compute(...parts.map((part, i) => part.values[sources[i]!(index)]!));
      return truncates ? Math.trunc(value) : value;
    });
  };
}

/** For a broadcast of `from` to `to`: flat index of the result -> flat index of the source. */
function flatSource(from: Shape, to: Shape): (index: number) => number {
  if (sizeOf(from) === 1) return () => 0;
  if (from.join() === to.join()) return (index) => index;
  const lead = to.length - from.length;
  return (index) => {
    let source = 0;
    let stride = 1;
    let rest = index;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const at = rest % to[axis]!;
      rest = Math.floor(rest / to[axis]!);
      const size = from[axis - lead];
      if (size === undefined) continue;
      if (size !== 1) source += at * stride;
      stride *= size;
    }
    return source;
  };
}

const reshaped = (call: OperatorCall, shape: Shape): Known => new Known({ ...plain(known(call, 0)), shape });

const plain = ({ dtype, values, shape }: Known) => ({ dtype, values, shape });

/** Keeps the given indices of each axis. */
function take(call: OperatorCall, x: Known, taken: Taken): Known {
  const shape = x.shape.map((size, axis) => taken[axis]?.length ?? size);
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  return call.make(shape, x.dtype, (index) => {
    let source = 0;
    let rest = index;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const at = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      source += (taken[axis]?.[at] ?? at) * strides[axis]!;
    }
    return x.values[source]!;
  });
}

/** Reductions over axes given as attribute or input. */
function reduction(
  start: number,
  join: (total: number, value: number) => number,
  finish?: (total: number, count: number) => number,
): Fold {
  return (call) => {
    const x = known(call, 0);
    const given = call.intsOrInput("axes", 1);
    const isNoop = (given === null || given.length === 0) && call.int("noop_with_empty_axes", 0) !== 0;
    if (isNoop) return x;
    const axes =
      given === null || given.length === 0 ? x.shape.map((_, axis) => axis) : call.axes(given, x.shape.length);
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const source = flatSource(kept, x.shape);
    call.spend(sizeOf(kept));
    const totals = new Float64Array(sizeOf(kept)).fill(start);
    for (const [index, value] of x.values.entries()) totals[source(index)] = join(totals[source(index)]!, value);
    const count = sizeOf(x.shape) / Math.max(1, sizeOf(kept));
    const shape = call.int("keepdims", 1) === 0 ? x.shape.filter((_, axis) => !axes.includes(axis)) : kept;
    return Known.of(finish ? totals.map((total) => finish(total, count)) : totals, shape, x.dtype);
  };
}

const roundHalfToEven = (x: number): number => {
  const down = Math.floor(x);
  return x - down < 0.5 || (x - down === 0.5 && down % 2 === 0) ? down : down + 1;
};

/** The numbers of a Constant node or of ConstantOfShape's value. */
export function attributeNumbers(attribute: Attribute): Known | null {
  switch (attribute.kind) {
    case "tensor":
      return new Known(decodeTensor(attribute.value));
    case "int":
      return Known.of([attribute.value], [], "int64");
    case "float":
      return Known.of([attribute.value], [], "float32");
    case "ints":
      return Known.of(attribute.value, [attribute.value.length], "int64");
    case "floats":
      return Known.of(attribute.value, [attribute.value.length], "float32");
    default:
      return null;
  }
}

export function castTarget(call: OperatorCall): HostDtype {
  const to = call.int("to", 0);
  return dtypeOfElement(to) ?? call.unsupported(`a cast to the element type ${to}`);
}

function converted(call: OperatorCall, x: Known, to: HostDtype): Known {
  if (x.dtype === to) return x;
  const isFloat = to === "float32" || to === "float64";
  return call.make(x.shape, to, (index) => {
    const value = x.values[index]!;
    return to === "bool" ? Number(value !== 0) : isFloat ? value : Math.trunc(value);
  });
}

export const folds: Readonly<Record<string, Fold>> = {
  Constant: (call) => {
    const [attribute] = [...call.node.attributes].flatMap(([name, value]) => (/^value(_|$)/.test(name) ? [value] : []));
    const numbers = attribute === undefined ? null : attributeNumbers(attribute);
    return numbers ?? call.unsupported("a constant that is neither numbers nor a tensor");
  },
  ConstantOfShape: (call) => {
    const shape = call.numbers(0, "the shape");
    if (shape.some((size) => size < 0)) throw new Error(`a shape of [${shape.join(", ")}].`);
    const attribute = call.node.attributes.get("value");
    const filled = attribute === undefined ? Known.of([0], [1], "float32") : attributeNumbers(attribute);
    if (filled?.values.length !== 1) throw new Error("value must be one number.");
    return call.make(shape, filled.dtype, () => filled.values[0]!);
  },
  Range: (call) => {
    const [start, limit, step] = [call.number(0, "start"), call.number(1, "limit"), call.number(2, "delta")];
    const count = Math.max(0, Math.ceil((limit - start) / step));
    if (!Number.isFinite(count)) throw new Error(`a range from ${start} to ${limit} by ${step} has no end.`);
    return call.make([count], call.dtypeOf(0), (index) => start + index * step);
  },
  Identity: (call) => known(call, 0),
  Cast: (call) => converted(call, known(call, 0), castTarget(call)),
  CastLike: (call) => converted(call, known(call, 0), call.dtypeOf(1)),
  Size: (call) => Known.of([sizeOf(call.shapeOf(0))], [], "int64"),

  Add: elementwise((a, b) => a! + b!),
  Sub: elementwise((a, b) => a! - b!),
  Mul: elementwise((a, b) => a! * b!),
  Div: elementwise((a, b) => a! / b!),
  Mod: (call) =>
    elementwise(call.int("fmod", 0) === 0 ? (a, b) => a! - Math.floor(a! / b!) * b! : (a, b) => a! % b!)(call),
  Pow: (call) => elementwise((a, b) => a! ** b!, call.dtypeOf(0))(call),
  Min: elementwise(Math.min),
  Max: elementwise(Math.max),
  Equal: elementwise((a, b) => Number(a === b), "bool"),
  Greater: elementwise((a, b) => Number(a! > b!), "bool"),
  GreaterOrEqual: elementwise((a, b) => Number(a! >= b!), "bool"),
  Less: elementwise((a, b) => Number(a! < b!), "bool"),
  LessOrEqual: elementwise((a, b) => Number(a! <= b!), "bool"),
  And: elementwise((a, b) => Number(a !== 0 && b !== 0), "bool"),
  Or: elementwise((a, b) => Number(a !== 0 || b !== 0), "bool"),
  Not: elementwise((a) => Number(a === 0), "bool"),
  Where: elementwise((condition, a, b) => (condition !== 0 ? a! : b!)),
  Neg: elementwise((a) => -a!),
  Abs: elementwise(Math.abs),
  Sign: elementwise(Math.sign),
  Floor: elementwise(Math.floor),
  Ceil: elementwise(Math.ceil),
  Round: elementwise(roundHalfToEven),
  Sqrt: elementwise(Math.sqrt),
  Exp: elementwise(Math.exp),
  Log: elementwise(Math.log),
  Reciprocal: elementwise((a) => 1 / a!),

  ReduceSum: reduction(0, (total, value) => total + value),
  ReduceProd: reduction(1, (total, value) => total * value),
  ReduceMax: reduction(-Infinity, Math.max),
  ReduceMin: reduction(Infinity, Math.min),
  ReduceMean: reduction(
    0,
    (total, value) => total + value,
    (total, count) => total / count,
  ),

  Reshape: (call) => reshaped(call, reshapeTarget(call)),
  Flatten: (call) => reshaped(call, flattenTarget(call)),
  Squeeze: (call) => reshaped(call, squeezeTarget(call)),
  Unsqueeze: (call) => reshaped(call, unsqueezeTarget(call)),
  Transpose: (call) => {
    const x = known(call, 0);
    const order = transposeOrder(call);
    const shape = order.map((axis) => x.shape[axis]!);
    const strides = order.map((axis) => sizeOf(x.shape.slice(axis + 1)));
    return call.make(shape, x.dtype, (index) => {
      let source = 0;
      let rest = index;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        source += (rest % shape[axis]!) * strides[axis]!;
        rest = Math.floor(rest / shape[axis]!);
      }
      return x.values[source]!;
    });
  },
  Expand: (call) => {
    const x = known(call, 0);
    const shape = expandTarget(x.shape, call.numbers(1, "the shape"));
    const source = flatSource(x.shape, shape);
    return call.make(shape, x.dtype, (index) => x.values[source(index)]!);
  },
  Tile: (call) => {
    const x = known(call, 0);
    const repeats = call.numbers(1, "repeats");
    if (repeats.length !== x.shape.length) throw new Error("repeats must name every axis once.");
    for (const [axis, size] of x.shape.entries()) call.spend(size * repeats[axis]!);
    return take(
      call,
      x,
      x.shape.map((size, axis) => Array.from({ length: size * repeats[axis]! }, (_, i) => i % size)),
    );
  },
  Concat: (call) => {
    const parts = call.inputs.map((_, index) => known(call, index));
    const first = parts[0]!;
    const axis = call.axis(call.int("axis", 0), first.shape.length);
    const isLike = ({ shape }: Known) =>
      shape.length === first.shape.length &&
      shape.every((size, other) => other === axis || size === first.shape[other]);
    if (!parts.every(isLike)) throw new Error("the parts do not fit together.");
    const total = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const outer = sizeOf(first.shape.slice(0, axis));
    const inner = sizeOf(first.shape.slice(axis + 1));
    call.spend(outer * total * inner);
    const values: number[] = [];
    for (let row = 0; row < outer; row++) {
      for (const { shape, values: from } of parts) {
        const length = shape[axis]! * inner;
        for (let index = row * length; index < (row + 1) * length; index++) values.push(from[index]!);
      }
    }
    return Known.of(
      values,
      first.shape.map((size, other) => (other === axis ? total : size)),
      first.dtype,
    );
  },
  Slice: (call) => take(call, known(call, 0), sliceIndices(call)),
  Gather: (call) => {
    const x = known(call, 0);
    const { axis, indices, shape } = gatherIndices(call);
    const taken = take(
      call,
      x,
      x.shape.map((_, other) => (other === axis ? indices : null)),
    );
    return new Known({ ...plain(taken), shape: [...x.shape.slice(0, axis), ...shape, ...x.shape.slice(axis + 1)] });
  },
  Split: (call) => {
    const x = known(call, 0);
    const { axis, sizes } = splitSizes(call);
    let start = 0;
    return sizes.map((size) => {
      const from = start;
      start += size;
      const indices = Array.from({ length: size }, (_, i) => from + i);
      return take(
        call,
        x,
        x.shape.map((_, other) => (other === axis ? indices : null)),
      );
    });
  },
  NonZero: (call) => {
    const x = known(call, 0);
    const hits = Array.from(x.values.keys()).filter((index) => x.values[index] !== 0);
    const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
    return call.make([x.shape.length, hits.length], "int64", (index) => {
      const axis = Math.floor(index / hits.length);
      return Math.floor(hits[index % hits.length]! / strides[axis]!) % x.shape[axis]!;
    });
  },
};
