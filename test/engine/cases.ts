/** @file The inputs of an op's cases, as tensors and numbers: for the sweeps on the CPU and on other devices. */
import { input, type CaseInput, type OpCase } from "../../src-main/engine/graph.ts";
import { Random } from "../../src-main/random/index.ts";
import type { Feed, TypedArray } from "../../src-main/engine/runtime/index.ts";

const sizeOf = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);

const FROM_NUMBERS: Record<string, (values: readonly number[]) => TypedArray> = {
  float32: (values) => Float32Array.from(values),
  int64: (values) => BigInt64Array.from(values, BigInt),
  int32: (values) => Int32Array.from(values),
  uint8: (values) => Uint8Array.from(values),
  bool: (values) => Uint8Array.from(values),
};

/** Inputs of a case. Random values are evenly spaced and shuffled, so that no two are close: maxima have clear winners. */
export function openCase({ inputs, range = [-1, 1] }: OpCase<object>) {
  const isShape = (one: CaseInput): one is readonly number[] => Array.isArray(one);
  const count = inputs.reduce((total, one) => total + (isShape(one) ? sizeOf(one) : 0), 0);
  const [low, high] = range;
  const drawn = new Random(5, count).shuffle(
    Array.from({ length: count }, (_, index) => low + ((high - low) * (index + 0.5)) / count),
  );
  const feeds: Record<string, Feed> = {};
  const tensors = inputs.map((one, index) => {
    const name = `x${index}`;
    const {
      shape,
      dtype = "float32",
      values,
    } = isShape(one) ? { shape: one, values: drawn.splice(0, sizeOf(one)) } : one;
    feeds[name] = FROM_NUMBERS[dtype]!(values);
    return input(name, { shape, dtype });
  });
  return { tensors, feeds, isRandom: inputs.every(isShape) };
}
