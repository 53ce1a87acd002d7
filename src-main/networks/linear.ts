/** @file Fully connected layers: linear maps and embeddings. */
import {
  add,
  gather,
  matmul,
  reshape,
  sizeOf,
  transposed,
  type Init,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { fanInUniform, filled } from "./init.ts";

export interface LinearOptions {
  /** Size of the last axis of the result. */
  features: number;
  /** Default true. */
  bias?: boolean;
  /** Initial weights. Default `fanInUniform`. */
  init?: Init;
}

/** x wᵀ + b: [.., in] -> [.., features]. Parameters `weight` [features, in], `bias` [features]. */
export function linear(scope: Scope, x: Tensor, { features, bias = true, init = fanInUniform }: LinearOptions): Tensor {
  const width = x.shape.at(-1)!;
  const weight = scope.parameter("weight", { shape: [features, width], init });
  // One tall product is faster than a stack of small ones.
  const rows = x.shape.length > 2 ? reshape(x, { to: [sizeOf(x.shape) / width, width] }) : x;
  const product = matmul(rows, transposed(weight));
  const y = x.shape.length > 2 ? reshape(product, { to: [...x.shape.slice(0, -1), features] }) : product;
  return bias ? add(y, scope.parameter("bias", { shape: [features], init: filled(0) })) : y;
}

const standardNormal: Init = (shape, random) => Float32Array.from({ length: sizeOf(shape) }, () => random.normal());

/** A learned row per number: indices [..] (int64 or int32, 0 to count - 1) -> [.., features]. Parameter `weight` [count, features]. */
export function embedding(
  scope: Scope,
  indices: Tensor,
  { count, features, init = standardNormal }: { count: number; features: number; init?: Init },
): Tensor {
  return gather(scope.parameter("weight", { shape: [count, features], init }), indices, { axis: 0 });
}
