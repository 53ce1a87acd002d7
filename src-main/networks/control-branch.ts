/** @file A second encoder that steers a denoiser by a picture. Zhang et al. 2023, ControlNet, arXiv:2302.05543. */
import type { Init, Scope, Tensor } from "../engine/index.ts";
import { conv2d } from "./convolution.ts";
import { denoiserEncoder, type DenoiserInput, type DenoiserShape } from "./denoiser.ts";

/**
 * Residuals for the rows of a denoiser's encoder, the middle last: an encoder of the same shape at `encoder`, which reads `hint` [N, width, H, W], and a
 * 1 × 1 convolution per row at `outlet.<row>`, which starts as `outlet`.
 */
export function controlBranch(
  scope: Scope,
  input: DenoiserInput,
  hint: Tensor,
  shape: DenoiserShape,
  outlet: Init,
): Tensor[] {
  const { rows } = denoiserEncoder(scope.at("encoder"), input, shape, hint);
  return rows.map((row, index) =>
    conv2d(scope.at(`outlet.${index}`), row, { channels: row.shape[1]!, kernel: 1, init: outlet }),
  );
}
