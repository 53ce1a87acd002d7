/**
 * @file The tensor language: values with a static shape, made by ops, joined to a graph by their inputs.
 * There is no graph object and no tape: a program is whatever can be reached from its outputs (program.ts).
 */
import type { OnnxGraph, Value } from "./onnx/graph-builder.ts";

export type Dtype = "float32" | "float16" | "int64" | "int32" | "uint8" | "bool";
export type Shape = readonly number[];

export interface TensorType {
  readonly shape: Shape;
  readonly dtype: Dtype;
}

/** Source of random numbers for initial values, e.g. one seeded stream per parameter name. */
export interface RandomSource {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
}

/** Initial value of a state: a rule, or the name of another state whose initial value is copied. */
export type Init = ((shape: Shape, random: RandomSource) => Float32Array) | { readonly copyOf: string };

/** What a leaf is: fed on every run, kept in the store between runs, or fixed in the graph. */
export type Leaf =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "state"; readonly name: string; readonly init: Init }
  | { readonly kind: "constant"; readonly values: ArrayLike<number> };

export type Attrs = object;

/** One application of an op. A leaf has no op. */
export interface Node {
  readonly op: AnyOp | null;
  readonly leaf: Leaf | null;
  readonly inputs: readonly Tensor[];
  readonly attrs: Attrs;
  /** Where in the network: the path of the parameter it uses, or of what it was computed from. */
  readonly path: string;
  readonly pass: "forward" | "backward";
}

/** A value that a program will compute. Holds no numbers. */
export class Tensor implements TensorType {
  readonly shape: Shape;
  readonly dtype: Dtype;
  readonly node: Node;

  constructor({ shape, dtype }: TensorType, node: Node) {
    this.shape = shape;
    this.dtype = dtype;
    this.node = node;
  }

  get path(): string {
    return this.node.path;
  }
}

export type Operand = Tensor | number;
export type NoAttrs = Record<never, never>;
/** How many tensors an op takes; "list" takes one array of tensors. */
export type Arity = 1 | 2 | 3 | 4 | "list";
type Operands<A extends Arity> = A extends 1
  ? [Operand]
  : A extends 2
    ? [Operand, Operand]
    : A extends 3
      ? [Operand, Operand, Operand]
      : A extends 4
        ? [Operand, Operand, Operand, Operand]
        : [readonly Tensor[]];

/** Inputs for the sweep test: a shape of random float32, or exact values (ties, zeros, indices). */
export type CaseInput = Shape | { readonly shape: Shape; readonly dtype?: Dtype; readonly values: readonly number[] };

export interface OpCase<A extends Attrs> {
  readonly inputs: readonly CaseInput[];
  readonly attrs: A;
  /** Random inputs are drawn from this range; default [-1, 1]. For ops with a restricted domain. */
  readonly range?: readonly [number, number];
  /** Why finite differences would not agree with the documented convention here (ties): then only the value is compared. */
  readonly gradientUnchecked?: string;
}

export interface NotDifferentiable {
  readonly reason: string;
}

/** The op passes no gradient to its inputs; the reason is part of the documentation. */
export function none(reason: string): NotDifferentiable {
  return { reason };
}

/** dL/d(each input) from dL/dy, inputs, attrs and the output y. `null`: that input needs none. */
export type Gradient<A extends Attrs> = (
  dy: Tensor,
  inputs: [Tensor, Tensor, Tensor, Tensor],
  attrs: A,
  y: Tensor,
) => readonly (Tensor | null)[];

/** One way to write an op in ONNX. All ways of an op compute the same up to rounding; which is fastest depends on shape and device. */
export interface Lowering<A extends Attrs> {
  /** Stored in tuning caches and checkpoints: never rename. */
  readonly name: string;
  /** Whether this way can be taken for these shapes. */
  applies(inputs: [Value, Value, Value, Value], attrs: A): boolean;
  emit(onnx: OnnxGraph, inputs: [Value, Value, Value, Value], attrs: A): string;
}

export interface Lowerings<A extends Attrs> {
  /** Ways to choose among by measurement (runtime/autotune.ts). */
  readonly ways: readonly Lowering<A>[];
  /** The way taken where nothing was measured. */
  rule(inputs: [Value, Value, Value, Value], attrs: A): Lowering<A>;
}

/** For an op's definition: several ways, of which `emit` takes the one that the rule picks. */
export function loweredBy<A extends Attrs>(lowerings: Lowerings<A>): Pick<OpDefinition<A>, "emit" | "lowerings"> {
  return { emit: (onnx, inputs, attrs) => lowerings.rule(inputs, attrs).emit(onnx, inputs, attrs), lowerings };
}

export interface OpDefinition<A extends Attrs> {
  /** Output shape; throws a message naming what it expected. The caller adds op, path and all shapes. */
  shape(inputs: [Tensor, Tensor, Tensor, Tensor], attrs: A): Shape;
  /** Output dtype; default: that of the first input. */
  dtype?(inputs: [Tensor, Tensor, Tensor, Tensor], attrs: A): Dtype;
  emit(onnx: OnnxGraph, inputs: [Value, Value, Value, Value], attrs: A): string;
  /** For an op that can be written in several ways; `loweredBy` makes `emit` follow its rule. */
  lowerings?: Lowerings<A>;
  gradient: Gradient<A> | NotDifferentiable;
  cases: readonly OpCase<NoInfer<A>>[];
}

export interface Op<A extends Attrs = NoAttrs, N extends Arity = 1> {
  (...call: [...Operands<N>, ...(keyof A extends never ? [] : [attrs: A])]): Tensor;
  readonly opName: string;
  readonly definition: OpDefinition<A>;
}

/** An op with its attribute type forgotten, as nodes and the op list hold it. */
export interface AnyOp {
  readonly opName: string;
  readonly definition: OpDefinition<never>;
}

/** Defines an op: shape rule, ONNX emission, gradient and test cases in one block. See README, "How to add an op". */
export function defineOp<A extends Attrs, N extends Arity>(opName: string, definition: OpDefinition<A>): Op<A, N> {
  const op: Op<A, N> = Object.assign(
    (...call: unknown[]): Tensor => {
      const operands: Operand[] = [];
      let attrs = {} as A;
      for (const part of call) {
        if (part instanceof Tensor || typeof part === "number") operands.push(part);
        else if (Array.isArray(part)) operands.push(...(part as Tensor[]));
        else attrs = part as A;
      }
      return apply(op, operands, attrs);
    },
    { opName, definition },
  );
  return op;
}

function apply<A extends Attrs, N extends Arity>(op: Op<A, N>, operands: readonly Operand[], attrs: A): Tensor {
  // The last tensor: the first operand of `where` is a condition.
  const like = operands.findLast((operand) => operand instanceof Tensor);
  if (!like) throw new Error(`${op.opName}: needs at least one tensor, got numbers only.`);
  const inputs = operands.map((operand) =>
    operand instanceof Tensor ? operand : constant([operand], { shape: [], dtype: like.dtype }),
  );
  const path = pathOf(inputs);
  const four = inputs as unknown as [Tensor, Tensor, Tensor, Tensor];
  try {
    for (const operand of operands) if (typeof operand === "number") expectHeld(operand, like.dtype);
    const shape = op.definition.shape(four, attrs);
    expectShape(
      shape.every((size) => Number.isInteger(size) && size >= 1),
      `the result would be [${shape.join(", ")}]: sizes must be positive integers.`,
    );
    const dtype = op.definition.dtype?.(four, attrs) ?? inputs[0]!.dtype;
    const node: Node = { op: op as unknown as AnyOp, leaf: null, inputs, attrs, path, pass: "forward" };
    return new Tensor({ shape, dtype }, node);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    const where = path ? `${op.opName} at ${path}` : op.opName;
    throw new Error(`${where}: ${error.message} Inputs: ${inputs.map(describe).join(", ")}.`, { cause: error });
  }
}

/** Smallest and largest number of the dtypes that hold whole numbers only. */
const WHOLE: Partial<Record<Dtype, readonly [number, number]>> = {
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
  bool: [0, 1],
};

/** A number beside a tensor takes the tensor's dtype: 1 / 255 beside a uint8 image would be 0. */
function expectHeld(value: number, dtype: Dtype): void {
  const [least, most] = WHOLE[dtype] ?? [NaN, NaN];
  const fits = isFloating(dtype) || (Number.isInteger(value) && value >= least && value <= most);
  expectShape(fits, `${dtype} cannot hold ${value}. Use cast first.`);
}

/** A parameter names the layer; without one, an op belongs where its first input came from. */
function pathOf(inputs: readonly Tensor[]): string {
  const parameter = inputs.find(({ node }) => node.leaf?.kind === "state");
  if (parameter) return layerOf(parameter);
  return inputs.find((input) => input.path)?.path ?? "";
}

/** The layer of a parameter, for which `network.stem.weight` gives `network.stem`; else the tensor's own place. */
export function layerOf({ node, path }: Tensor): string {
  return node.leaf?.kind === "state" ? path.slice(0, Math.max(0, path.lastIndexOf("."))) : path;
}

/** Thrown by shape rules; reaches the author wrapped with op, path and shapes. */
export class ShapeError extends Error {}

/** For shape rules: throws unless `condition` holds. */
export function expectShape(condition: boolean, message: string): asserts condition {
  if (!condition) throw new ShapeError(message);
}

/** For shape rules: throws unless all tensors are of one floating dtype. */
export function expectFloating(...tensors: readonly Tensor[]): void {
  const dtypes = [...new Set(tensors.map(({ dtype }) => dtype))];
  const fits = dtypes.length === 1 && isFloating(dtypes[0]!);
  const expected =
    tensors.length === 1 ? "the operand must be float32 or float16" : "operands must be float32, or all float16";
  expectShape(fits, `${expected}, got ${dtypes.join(" and ")}. Use cast.`);
}

/** For shape rules of ops on one floating tensor that keep its shape. */
export function floatingShape([x]: readonly Tensor[]): Shape {
  expectFloating(x!);
  return x!.shape;
}

/** For shape rules: throws unless `axis` is one of `rank` axes. */
export function expectAxis(axis: number, rank: number): void {
  const fits = Number.isInteger(axis) && axis >= 0 && axis < rank;
  expectShape(fits, `axis must be in 0..${rank - 1}, got ${axis}.`);
}

export function describe({ shape, dtype }: TensorType): string {
  return `${dtype}[${shape.join(", ")}]`;
}

/** Whether gradients flow through values of this dtype. */
export function isFloating(dtype: Dtype): dtype is "float32" | "float16" {
  return dtype === "float32" || dtype === "float16";
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((size, dim) => size * dim, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

function leafTensor(type: TensorType, leaf: Leaf, path: string): Tensor {
  for (const dim of type.shape) {
    if (!Number.isInteger(dim) || dim < 1) {
      const name = leaf.kind === "constant" ? "constant" : `${leaf.kind} ${leaf.name}`;
      throw new Error(`${name}: every size must be a positive integer, got [${type.shape.join(", ")}].`);
    }
  }
  return new Tensor(type, { op: null, leaf, inputs: [], attrs: {}, path, pass: "forward" });
}

/** A value fed on every run. */
export function input(name: string, { shape, dtype = "float32" }: { shape: Shape; dtype?: Dtype }): Tensor {
  return leafTensor({ shape, dtype }, { kind: "input", name }, "");
}

/** A float32 value kept in the store between runs: a parameter, a moment, an average, the step counter. */
export function state(name: string, { shape, init }: { shape: Shape; init: Init }): Tensor {
  return leafTensor({ shape, dtype: "float32" }, { kind: "state", name, init }, name);
}

/** Fixed numbers, row-major. */
export function constant(
  values: ArrayLike<number>,
  { shape, dtype = "float32" }: { shape: Shape; dtype?: Dtype },
): Tensor {
  if (values.length !== sizeOf(shape)) {
    throw new Error(`constant: shape [${shape.join(", ")}] holds ${sizeOf(shape)} numbers, got ${values.length}.`);
  }
  return leafTensor({ shape, dtype }, { kind: "constant", values }, "");
}

/** A scalar constant, shape []. */
export function scalar(value: number, dtype: Dtype = "float32"): Tensor {
  return constant([value], { shape: [], dtype });
}

/**
 * Says of the ops that make `tensors`, down to those in `known`, that they belong to the backward pass of the layer at
 * `path`, and adds them to `known`. A gradient rule sees tensors of several layers and cannot tell whose it is.
 */
export function markBackward(tensors: readonly Tensor[], known: Set<Tensor>, path: string): void {
  const pending = [...tensors];
  for (let tensor = pending.pop(); tensor; tensor = pending.pop()) {
    if (known.has(tensor)) continue;
    known.add(tensor);
    const { node } = tensor;
    if (node.op && node.pass === "forward") Object.assign(node, { path, pass: "backward" } satisfies Partial<Node>);
    pending.push(...node.inputs);
  }
}

/** Every node that `outputs` depend on, inputs before users. Iterative: a long program must not overflow the stack. */
export function topologicalOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const visited = new Set<Tensor>();
  const pending: { tensor: Tensor; expanded: boolean }[] = outputs
    .map((tensor) => ({ tensor, expanded: false }))
    .reverse();
  while (pending.length > 0) {
    const { tensor, expanded } = pending.pop()!;
    if (expanded) {
      order.push(tensor);
      continue;
    }
    if (visited.has(tensor)) continue;
    visited.add(tensor);
    pending.push({ tensor, expanded: true });
    for (const input of tensor.node.inputs.toReversed()) {
      if (!visited.has(input)) pending.push({ tensor: input, expanded: false });
    }
  }
  return order;
}
