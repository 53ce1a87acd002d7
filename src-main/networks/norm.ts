/** @file The norm of a network as an option: which one suits depends on how many images of what size a batch holds. */
import type { Scope, Tensor } from "../engine/index.ts";
import { instanceNorm } from "./layers.ts";
import { batchNorm, groupNorm } from "./normalization.ts";

/**
 * "instance": each channel of each image alone, whatever the batch holds; "group": eight groups of channels of each image; "batch": each channel over the
 * batch, with running statistics for predictions, which small batches make unsteady.
 */
export type Norm = "instance" | "group" | "batch";

/** Groups of `groupNorm`, or fewer where the channels do not divide. */
const GROUPS = 8;

/** The norm of [N, C, H, W] with its learned scale and shift: `weight` and `bias` [C], and buffers for "batch". */
export function normOf(scope: Scope, image: Tensor, norm: Norm): Tensor {
  switch (norm) {
    case "instance":
      return instanceNorm(scope, image);
    case "group":
      return groupNorm(scope, image, { groups: commonDivisor(image.shape[1]!, GROUPS) });
    case "batch":
      return batchNorm(scope, image);
  }
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
