/** @file The generator of pix2pix and GenSeg: a mask in, an image that fits it out. */
import { concat, leakyRelu, relu, sigmoid, type Scope, type Tensor } from "../engine/index.ts";
import { dropout } from "./activation.ts";
import { conv2d } from "./convolution.ts";
import { normal } from "./init.ts";
import { instanceNorm } from "./layers.ts";
import { searchableDown, searchableUp } from "./searchable-cell.ts";

/** Shares of each cell's candidates, or the candidate that is kept; innermost cell first. */
export type Mixtures = readonly (Tensor | number)[];

export interface MaskGeneratorOptions {
  /** Of the image. */
  channels: number;
  /** Channels at half the resolution; doubled at every level. Default 64. */
  width?: number;
  /** Channels at most. Default 8 · width. */
  widest?: number;
  /** Of cells that are there; without them the 4 × 4 candidate stands alone, which is pix2pix. */
  up?: Mixtures | undefined;
  down?: Mixtures | undefined;
}

const SLOPE = 0.2;
const DROPOUT = 0.5;
/** Of the 4 × 4 kernel of a cell. */
const PLAIN = 0;
/** Side of the innermost features: norms of single values would give zeros. */
const INNERMOST = 4;

/** Halvings of a square mask of `size` pixels, as far as its side divides and 4 × 4 are left: the cells of one half. Throws below two. */
export function maskGeneratorLevels(size: number): number {
  let levels = 0;
  for (let side = size; side % 2 === 0 && side / 2 >= INNERMOST; side /= 2) levels++;
  if (levels >= 2) return levels;
  throw new Error(`mask generator: the side must be a multiple of 4 and at least ${4 * INNERMOST}, got ${size}.`);
}

/**
 * U-Net of pix2pix (Isola et al. 2017, arXiv:1611.07004) with GenSeg's cells: mask [N, classes, S, S] of 0 and 1 -> image [N, channels, S, S]
 * in [0, 1]. Departures: innermost features of 4 × 4, instance norm for batches of a few images, a sigmoid at the end. Its only
 * noise is dropout, in the mode "train": draw samples in that mode.
 */
export function maskGenerator(scope: Scope, mask: Tensor, options: MaskGeneratorOptions): Tensor {
  const { channels, width = 64, widest = 8 * width, up, down } = options;
  const levels = maskGeneratorLevels(mask.shape[2]!);
  expectCells("up", up, levels);
  expectCells("down", down, levels);
  const widthOf = (level: number): number => Math.min(width << level, widest);
  /** Cells are counted from the innermost, levels from the outermost. */
  const cellOf = (mixtures: Mixtures | undefined, level: number) => mixtures?.[levels - 1 - level];

  const skips: Tensor[] = [];
  let x = mask;
  for (let level = 0; level < levels; level++) {
    const at = scope.at(`encoder.${level}`);
    if (level > 0) x = leakyRelu(x, { slope: SLOPE });
    const mixture = cellOf(down, level);
    const halved = { channels: widthOf(level), bias: level === 0 };
    x = mixture === undefined ? plainHalving(at, x, halved) : searchableDown(at, x, { ...halved, mixture });
    if (level > 0 && level < levels - 1) x = instanceNorm(at.at("norm"), x);
    skips.push(x); // [N, ., S / 2^(level + 1), .]
  }
  for (let level = levels - 1; level >= 0; level--) {
    const at = scope.at(`decoder.${level}`);
    const row = levels - 1 - level;
    if (row > 0) x = concat([skips[level]!, x], { axis: 1 });
    const isLast = level === 0;
    x = searchableUp(at, relu(x), {
      channels: isLast ? channels : widthOf(level - 1),
      mixture: cellOf(up, level) ?? PLAIN,
      bias: isLast,
    });
    if (isLast) break;
    x = instanceNorm(at.at("norm"), x);
    if (row >= 1 && row <= Math.min(3, levels - 2)) x = dropout(at, x, { rate: DROPOUT });
  }
  return sigmoid(x);
}

function plainHalving(scope: Scope, x: Tensor, options: { channels: number; bias: boolean }): Tensor {
  return conv2d(scope.at("conv"), x, { ...options, kernel: 4, stride: 2, padding: 1, init: normal(0.02) });
}

function expectCells(half: string, mixtures: Mixtures | undefined, levels: number): void {
  if (mixtures === undefined || mixtures.length === levels) return;
  throw new Error(`mask generator: ${half}: expected ${levels} cells, got ${mixtures.length}.`);
}
