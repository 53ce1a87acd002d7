/**
 * @file A small decoder on the 13 maps of the encoder of Stable Diffusion, and a small control branch for it: what can be trained where the large one
 * cannot. Rombach et al. 2022 (arXiv:2112.10752), Zhang et al. 2023 (arXiv:2302.05543).
 */
import { add, concat, type Init, type Scope, type Tensor } from "../engine/index.ts";
import { conv2d } from "./convolution.ts";
import { attentionBlock, conv3x3, embeddingOf, normConv, residualBlock } from "./denoiser.ts";
import { fanInUniform, filled } from "./init.ts";
import { upsample2d } from "./layers.ts";

/** Fixes every parameter but those that the widths of the maps do. */
export interface CompactShape {
  /** Channels at full size of the latent image, at half of it, and below. Multiples of 8. */
  widths: readonly [number, number, number];
  latentChannels: number;
  /** Rows of the table of conditions; row 0 is "none". */
  conditions: number;
}

/** Latent image [N, C, H, W], H and W divisible by 8; time [N] in steps of the noise schedule; condition [N] (int32). */
export interface CompactInput {
  latent: Tensor;
  time: Tensor;
  condition: Tensor;
}

/** Halvings at each row, the middle last. */
const LEVEL_OF_ROW = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3];
const ROWS = LEVEL_OF_ROW.length;
const LEVELS = 4;
const BLOCKS = 3;

const widthAt = ({ widths }: CompactShape, level: number): number => widths[Math.min(level, widths.length - 1)]!;

/** Channels that the map of a row is brought to. */
export const compactWidth = (shape: CompactShape, row: number): number => widthAt(shape, LEVEL_OF_ROW[row]!);

const embedded = (scope: Scope, input: Pick<CompactInput, "time" | "condition">, shape: CompactShape): Tensor =>
  embeddingOf(scope, input, { width: shape.widths[0], conditions: shape.conditions });

/**
 * What is predicted, [N, latentChannels, H, W], from `rows`, the 13 maps of any widths; 0 at the start. `residuals` are added to the maps where these have been
 * brought to the widths of the shape.
 */
export function compactDecoder(
  scope: Scope,
  rows: readonly Tensor[],
  input: Pick<CompactInput, "time" | "condition">,
  shape: CompactShape,
  residuals?: readonly Tensor[],
): Tensor {
  if (rows.length !== ROWS || (residuals !== undefined && residuals.length !== ROWS))
    throw new Error(
      `compactDecoder at ${scope.path}: ${ROWS} maps expected, got ${rows.length} and ${residuals?.length} residuals.`,
    );
  const embedding = embedded(scope, input, shape);
  const merged = rows.map((row, index) => {
    const channels = compactWidth(shape, index);
    const own = conv2d(scope.at(`project.${index}`), row, { channels, kernel: 1, init: fanInUniform });
    return residuals === undefined ? own : add(own, residuals[index]!);
  });
  let x = merged.pop()!;
  for (let level = LEVELS - 1; level >= 0; level--) {
    for (let block = 0; block < BLOCKS; block++) {
      const place = scope.at(`level.${level}.${block}`);
      const joined = concat([x, merged.pop()!], { axis: 1 });
      x = residualBlock(place.at("block"), joined, widthAt(shape, level), embedding);
      if (level === LEVELS - 1) x = attentionBlock(place.at("attention"), x);
    }
    if (level > 0) x = conv3x3(scope.at(`level.${level}.up`), upsample2d(x, 2), x.shape[1]!);
  }
  return normConv(scope.at("head"), x, shape.latentChannels, filled(0));
}

/** Residuals for `compactDecoder`, from the latent image and what a hint says, [N, widths[0], H, W]. */
export function compactControl(
  scope: Scope,
  input: CompactInput,
  hint: Tensor,
  shape: CompactShape,
  outlet: Init,
): Tensor[] {
  const encoder = scope.at("encoder");
  const embedding = embedded(encoder, input, shape);
  let x = add(conv3x3(encoder.at("enter"), input.latent, shape.widths[0]), hint);
  const rows = [x];
  for (let level = 0; level < LEVELS; level++) {
    const place = encoder.at(`level.${level}`);
    if (level > 0) rows.push((x = conv3x3(place.at("down"), x, x.shape[1]!, { stride: 2 })));
    for (let block = 0; block < BLOCKS - 1; block++)
      rows.push((x = residualBlock(place.at(`block.${block}`), x, widthAt(shape, level), embedding)));
  }
  const middle = encoder.at("middle");
  x = residualBlock(middle.at("first"), x, x.shape[1]!, embedding);
  x = attentionBlock(middle.at("attention"), x);
  rows.push(residualBlock(middle.at("second"), x, x.shape[1]!, embedding));
  return rows.map((row, index) =>
    conv2d(scope.at(`outlet.${index}`), row, { channels: compactWidth(shape, index), kernel: 1, init: outlet }),
  );
}
