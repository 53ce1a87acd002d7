/** @file Every op, for the sweep test and the table in the README. A new op adds one line here. */
import type { AnyOp } from "../graph.ts";
import * as activations from "./activations.ts";
import * as attentions from "./attention.ts";
import * as batchNormalizations from "./batch-normalization.ts";
import * as comparisons from "./comparisons.ts";
import * as convolutions from "./convolution.ts";
import * as crossEntropies from "./cross-entropy.ts";
import * as elementwise from "./elementwise.ts";
import * as layerNormalizations from "./layer-normalization.ts";
import * as matmuls from "./matmul.ts";
import * as normalizations from "./normalization.ts";
import * as poolings from "./pooling.ts";
import * as recomputations from "./recomputation.ts";
import * as reductions from "./reductions.ts";
import * as reorderings from "./reordering.ts";
import * as resamplings from "./resampling.ts";
import * as samplings from "./sampling.ts";
import * as shapes from "./shapes.ts";
import * as softmaxes from "./softmax.ts";
import * as topKs from "./top-k.ts";

const families = [
  elementwise,
  comparisons,
  activations,
  reductions,
  shapes,
  reorderings,
  matmuls,
  convolutions,
  poolings,
  resamplings,
  samplings,
  normalizations,
  layerNormalizations,
  batchNormalizations,
  softmaxes,
  attentions,
  topKs,
  crossEntropies,
  recomputations,
];

function isOp(value: unknown): value is AnyOp {
  return typeof value === "function" && "definition" in value;
}

/** All ops, by family, in the order of their files. */
export const ops: readonly AnyOp[] = families.flatMap((family) => Object.values(family).filter(isOp));
