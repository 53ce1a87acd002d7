/** @file One node under import, as an operator's function sees it: inputs and attributes with their meaning checked. */
import { sizeOf, type Dtype, type Shape, type Tensor } from "../../graph.ts";
import type { Scope } from "../../scope.ts";
import type { NodeProto } from "../read-model.ts";
import { hostArray, type HostDtype } from "../tensor-proto.ts";
import { asTensor, describeValue, Known, type Value } from "./values.ts";

/** The node means something that this engine does not compute. Collected: one error names all of them. */
export class Unsupported extends Error {}

/** What of an import outlives one node. */
export interface ImportContext {
  readonly opset: number;
  /** Where buffers are made, such as the statistics of batch normalization. */
  readonly scope: Scope;
  /** How batch normalization is imported; null: as its `training_mode` says. */
  readonly batchNorm: "frozen" | "batch" | null;
  /** Numbers that folding may still make; a hostile file could ask for any amount. */
  readonly budget: { left: number };
}

/** Returns its outputs; outputs that it leaves out cannot be used by other nodes. */
export type Operator = (call: OperatorCall) => Value | readonly Value[];

export class OperatorCall {
  readonly node: NodeProto;
  readonly inputs: readonly (Value | null)[];
  readonly context: ImportContext;

  constructor(node: NodeProto, inputs: readonly (Value | null)[], context: ImportContext) {
    this.node = node;
    this.inputs = inputs;
    this.context = context;
  }

  get opset(): number {
    return this.context.opset;
  }

  unsupported(reason: string): never {
    throw new Unsupported(reason);
  }

  has(index: number): boolean {
    return (this.inputs[index] ?? null) !== null;
  }

  value(index: number): Value {
    const value = this.inputs[index] ?? null;
    if (value === null) throw new Error(`input ${index} is missing.`);
    return value;
  }

  tensor(index: number): Tensor {
    return asTensor(this.value(index));
  }

  /** A tensor that floating-point operators take. */
  float32(index: number): Tensor {
    const tensor = this.tensor(index);
    if (tensor.dtype !== "float32") throw new Error(`input ${index} must hold floats, got ${describeValue(tensor)}.`);
    return tensor;
  }

  tensors(): Tensor[] {
    return this.inputs.map((_, index) => this.tensor(index));
  }

  shapeOf(index: number): Shape {
    return this.value(index).shape;
  }

  dtypeOf(index: number): HostDtype {
    const { dtype } = this.value(index);
    return dtype === "float16" ? "float32" : dtype;
  }

  /** Numbers that must not depend on the image: shapes are fixed when a program is made. */
  known(index: number, what: string): Known {
    const value = this.value(index);
    if (value instanceof Known) return value;
    return this.unsupported(`${what} is computed from the data; it must be a constant`);
  }

  numbers(index: number, what: string): number[] {
    return Array.from(this.known(index, what).values);
  }

  number(index: number, what: string): number {
    const { values } = this.known(index, what);
    if (values.length !== 1) throw new Error(`${what} must be one number, got ${values.length}.`);
    return values[0]!;
  }

  int(name: string, otherwise: number): number {
    return this.#attribute(name, "int") ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attribute(name, "float") ?? otherwise;
  }

  string(name: string, otherwise: string): string {
    return this.#attribute(name, "string") ?? otherwise;
  }

  ints(name: string): readonly number[] | null {
    return this.#attribute(name, "ints");
  }

  floats(name: string): readonly number[] | null {
    return this.#attribute(name, "floats");
  }

  isSet(name: string): boolean {
    return this.node.attributes.has(name);
  }

  /** Integers that moved from an attribute to an input at some opset; null where left out. */
  intsOrInput(name: string, index: number): readonly number[] | null {
    return this.has(index) ? this.numbers(index, name) : this.ints(name);
  }

  /** 0 .. rank - 1, from an axis that may count from the end. */
  axis(axis: number, rank: number): number {
    const positive = axis < 0 ? axis + rank : axis;
    if (!Number.isInteger(positive) || positive < 0 || positive >= Math.max(rank, 1)) {
      throw new Error(`axis ${axis} is not one of ${rank} axes.`);
    }
    return positive;
  }

  axes(axes: readonly number[], rank: number): number[] {
    const positive = axes.map((axis) => this.axis(axis, rank));
    if (new Set(positive).size !== positive.length) throw new Error(`axes [${axes.join(", ")}] name one twice.`);
    return positive;
  }

  /** Call before making numbers on the host. */
  spend(count: number): void {
    this.context.budget.left -= count;
    if (!(this.context.budget.left >= 0)) {
      this.unsupported(`its constants would hold ${count} numbers: more than an import may make`);
    }
  }

  /** Known numbers of a new shape, element by element from a function. */
  make(shape: Shape, dtype: HostDtype, element: (index: number) => number): Known {
    const count = sizeOf(shape);
    this.spend(count);
    const values = hostArray(dtype, count);
    for (let index = 0; index < count; index++) values[index] = element(index);
    return new Known({ shape, dtype, values });
  }

  #attribute<Kind extends keyof AttributeValues>(name: string, kind: Kind): AttributeValues[Kind] | null {
    const attribute = this.node.attributes.get(name);
    if (attribute === undefined) return null;
    if (attribute.kind !== kind) throw new Error(`attribute ${name} must be of type ${kind}, got ${attribute.kind}.`);
    return attribute.value as AttributeValues[Kind];
  }
}

interface AttributeValues {
  int: number;
  float: number;
  string: string;
  ints: readonly number[];
  floats: readonly number[];
}

/** What a value of this type is in a program: doubles compute in float32. */
export function programDtype(dtype: HostDtype): Dtype {
  return dtype === "float64" ? "float32" : dtype;
}
