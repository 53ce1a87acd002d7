/** @file Attention layers: several heads over sequences, and over the places of an image. */
import {
  attention,
  convolution,
  reshape,
  sizeOf,
  transpose,
  transposed,
  type Scope,
  type Tensor,
} from "../engine/index.ts";
import { filled } from "./init.ts";
import { fanInUniform } from "./init.ts";
import { linear } from "./linear.ts";

export interface AttentionOptions {
  /** The width is split evenly among them. Default 1. */
  heads?: number;
  /** Added to the scores: broadcasts to [N, heads, Lq, Lk]. A mask is a bias of large negative numbers. */
  bias?: Tensor;
}

function headWidth(width: number, heads: number): number {
  if (width % heads !== 0) throw new Error(`attention: width ${width} does not divide into ${heads} heads.`);
  return width / heads;
}

/**
 * Multi-head attention: queries [N, Lq, D] look at context [N, Lk, E] (default: at themselves) -> [N, Lq, D]. Linear layers `query`,
 * `key`, `value`, `out`. Vaswani et al. 2017, arXiv:1706.03762.
 */
export function multiHeadAttention(
  scope: Scope,
  queries: Tensor,
  { context = queries, heads = 1, bias }: AttentionOptions & { context?: Tensor } = {},
): Tensor {
  const [batch, length, width] = queries.shape as [number, number, number];
  const each = headWidth(width, heads);
  const split = (name: string, x: Tensor) => {
    const features = linear(scope.at(name), x, { features: width });
    return transpose(reshape(features, { to: [batch, x.shape[1]!, heads, each] }), { order: [0, 2, 1, 3] });
  };
  const parts = [split("query", queries), split("key", context), split("value", context), ...(bias ? [bias] : [])];
  const mixed = transpose(attention(parts, { scale: 1 / Math.sqrt(each) }), { order: [0, 2, 1, 3] });
  return linear(scope.at("out"), reshape(mixed, { to: [batch, length, width] }), { features: width });
}

/**
 * Self-attention between all places of an image: [N, C, ..size] -> the same shape; the caller adds it to its input. 1 × 1 convolutions
 * `query`, `key`, `value`, `out` with weights [C, C, 1, ..]. After Zhang et al. 2018, arXiv:1805.08318.
 */
export function imageAttention(scope: Scope, image: Tensor, { heads = 1, bias }: AttentionOptions = {}): Tensor {
  const [batch, channels, ...size] = image.shape as [number, number, ...number[]];
  const each = headWidth(channels, heads);
  const ones = size.map(() => 1);
  const pointwise = (name: string, x: Tensor) => {
    const place = scope.at(name);
    const weight = place.parameter("weight", { shape: [channels, channels, ...ones], init: fanInUniform });
    const shift = place.parameter("bias", { shape: [channels], init: filled(0) });
    return convolution([x, weight, shift], { stride: ones, padding: ones.map(() => 0), dilation: ones, groups: 1 });
  };
  const split = (name: string) =>
    transposed(reshape(pointwise(name, image), { to: [batch, heads, each, sizeOf(size)] })); // [N, heads, places, C / heads]
  const parts = [split("query"), split("key"), split("value"), ...(bias ? [bias] : [])];
  const mixed = transposed(attention(parts, { scale: 1 / Math.sqrt(each) }));
  return pointwise("out", reshape(mixed, { to: image.shape }));
}
