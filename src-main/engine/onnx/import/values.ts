/** @file What a name of an imported graph stands for: numbers known while importing, a weight, or a tensor of the program. */
import { constant, describe, sizeOf, type Tensor, type Dtype, type Shape } from "../../graph.ts";
import { hostArray, type HostArray, type HostDtype, type HostTensor } from "../tensor-proto.ts";

/** Numbers on the host: shapes, axes, scales. May be empty, which tensors may not. */
export class Known implements HostTensor {
  readonly shape: Shape;
  readonly dtype: HostDtype;
  readonly values: HostArray;
  /** Makes the parameter that these numbers are the initial value of; null for plain numbers. */
  readonly parameter: (() => Tensor) | null;
  #constant: Tensor | null = null;

  constructor({ shape, dtype, values }: HostTensor, parameter: (() => Tensor) | null = null) {
    if (values.length !== sizeOf(shape)) throw new Error(`[${shape.join(", ")}] holds ${sizeOf(shape)} numbers.`);
    this.shape = shape;
    this.dtype = dtype;
    this.values = values;
    this.parameter = parameter;
  }

  static of(values: ArrayLike<number>, shape: Shape, dtype: HostDtype): Known {
    const array = hostArray(dtype, values.length);
    array.set(values);
    return new Known({ shape, dtype, values: array });
  }

  /** As part of the program: a parameter, or a constant. */
  tensor(): Tensor {
    if (this.parameter) return this.parameter();
    const dtype: Dtype = this.dtype === "float64" ? "float32" : this.dtype;
    this.#constant ??= constant(this.values, { shape: this.shape, dtype });
    return this.#constant;
  }
}

export type Value = Known | Tensor;

export function asTensor(value: Value): Tensor {
  return value instanceof Known ? value.tensor() : value;
}

/** Plain numbers, so that an operator on them can be computed while importing. */
export function isPlain(value: Value | null): value is Known {
  return value === null || (value instanceof Known && value.parameter === null);
}

export function describeValue(value: Value | null): string {
  if (value === null) return "nothing";
  return value instanceof Known ? `${value.dtype}[${value.shape.join(", ")}]` : describe(value);
}
