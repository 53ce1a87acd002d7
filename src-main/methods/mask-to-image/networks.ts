/** @file The networks of a training that paints images for masks, as the step programs call them. */
import type { ChannelCount } from "../../dataset/index.ts";
import { concat, oneHot, slice, type Scope, type Tensor } from "../../engine/index.ts";
import {
  deeplab,
  maskGenerator,
  maskGeneratorLevels,
  mixtureRows,
  type Mixtures,
  patchDiscriminator,
  unet,
} from "../../networks/index.ts";
import { meanAbsoluteError } from "../../training/index.ts";

/** Which half of the generator has cells; the other has plain 4 × 4 convolutions. */
export type SearchedHalf = "none" | "up" | "down" | "both";

export type SegmenterNetwork = "unet" | "deeplab";

/** Fixes every shape of the programs. */
export interface SynthesisShape {
  /** Side of the square that all networks take, pixels; a multiple of 16. */
  size: number;
  /** Of the images. */
  channels: ChannelCount;
  /** Outlined, without background. */
  classes: number;
  batchSize: number;
  generator: { width: number; widest: number; search: SearchedHalf };
  discriminator: { width: number; halvings: number; between: number };
  /** Default network: "unet". Depth and activation are a U-Net's alone. */
  segmenter: { network?: SegmenterNetwork; width: number; depth: number; activation?: "leakyRelu" | "silu" };
}

/** First part of the parameters' names. The segmenter is called as in the method segment, which can go on from it. */
export const NETWORKS = {
  generator: "generator",
  discriminator: "discriminator",
  segmenter: "network",
  architecture: "architecture",
} as const;

/** What a generator's cells are mixed of, half by half. */
export interface Architecture {
  up?: Mixtures;
  down?: Mixtures;
}

/** Shares of all cells, [cells, 3], or the kept candidate of each; null where there are none. */
export type Cells = Tensor | readonly number[] | null;

/** What the levels are made of. A test puts in ones so small that every slope can be worked out by other means. */
export interface LevelNetworks {
  cellCount(shape: SynthesisShape): number;
  /** Label maps -> images in [0, 1]. */
  paint(scope: Scope, labelMap: Tensor, options: { cells: Cells; shape: SynthesisShape }): Tensor;
  /** Scores of patches: how real is this image for this mask? */
  judge(scope: Scope, labelMap: Tensor, image: Tensor, shape: SynthesisShape): Tensor;
  /** Images -> logits of background and classes. */
  segment(scope: Scope, image: Tensor, shape: SynthesisShape): Tensor;
  /** Of painted images from real ones, a scalar. */
  distance(painted: Tensor, image: Tensor): Tensor;
}

/** As many layers that halve as leave a map of several scores. */
export function discriminatorShape(size: number, width: number): SynthesisShape["discriminator"] {
  return { width, halvings: size >= 256 ? 3 : 2, between: size >= 128 ? 1 : 0 };
}

/** Cells of all searched halves: rows of the architecture, those of the upper half first. */
export function cellCount({ size, generator: { search } }: SynthesisShape): number {
  return { none: 0, up: 1, down: 1, both: 2 }[search] * maskGeneratorLevels(size);
}

/** Shares [cells, 3] of all cells, or the kept candidate of each, to the halves that they belong to. */
export function architectureOf(cells: Cells, shape: SynthesisShape): Architecture {
  const { search } = shape.generator;
  if (cells === null || search === "none") return {};
  const rows: Mixtures = "shape" in cells ? mixtureRows(cells) : cells;
  const levels = maskGeneratorLevels(shape.size);
  return {
    ...(search !== "down" && { up: rows.slice(0, levels) }),
    ...(search !== "up" && { down: rows.slice(-levels) }),
  };
}

/** Label maps [N, S, S] of class numbers -> planes of 0 and 1 of the classes, [N, classes, S, S]. */
export function planesOf(labelMap: Tensor, { classes }: SynthesisShape): Tensor {
  const all = oneHot(labelMap, { classes: 1 + classes, axis: 1 });
  return slice(all, { axes: [1], starts: [1], ends: [1 + classes] });
}

function paint(scope: Scope, labelMap: Tensor, { cells, shape }: { cells: Cells; shape: SynthesisShape }): Tensor {
  const { channels, generator } = shape;
  const { width, widest } = generator;
  return maskGenerator(scope, planesOf(labelMap, shape), { channels, width, widest, ...architectureOf(cells, shape) });
}

function judge(scope: Scope, labelMap: Tensor, image: Tensor, shape: SynthesisShape): Tensor {
  return patchDiscriminator(scope, concat([planesOf(labelMap, shape), image], { axis: 1 }), shape.discriminator);
}

function segment(scope: Scope, image: Tensor, { classes, size, segmenter }: SynthesisShape): Tensor {
  const { network = "unet", width, ...ofUnet } = segmenter;
  if (network === "unet") return unet(scope, image, { classes: 1 + classes, width, ...ofUnet });
  // Batch statistics of a few images would be unsteady, and moved by the passes that are only thought through.
  return deeplab(scope, image, { classes: 1 + classes, width, norm: "group", outputStride: deeplabStride(size) });
}

/** This method's own. */
export const OWN_NETWORKS: LevelNetworks = { cellCount, paint, judge, segment, distance: meanAbsoluteError };

/** Of the backbone. */
export const DEEPLAB_STAGES = 4;

/** Pixels of the side from which a place of DeepLab's features stands for 16 pixels; below, for 8. */
const COARSE_FROM = 256;

export const deeplabStride = (size: number): 8 | 16 => (size >= COARSE_FROM ? 16 : 8);
