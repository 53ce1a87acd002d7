/** @file What a model that paints images says of itself, in the metadata of its weights. */
import { NORMALIZATION } from "../../dataset/index.ts";
import { Problem } from "../../problem/index.ts";
import {
  describeNetwork,
  describePictures,
  type NetworkDescription,
  type PictureDescription,
  readNetwork,
  readPictures,
} from "../segmentation-model/model-file.ts";
import type { SynthesisShape } from "./networks.ts";

/** Methods whose generators are read here. Stored in files: never rename. */
export type PaintingMethod = "genseg" | "pix2pix";

const paintingMethods: readonly string[] = ["genseg", "pix2pix"] satisfies PaintingMethod[];

export interface SynthesisDescription extends PictureDescription {
  method: PaintingMethod;
  /** Of the segmenter that learned beside it; absent where there is none. */
  segmenter?: NetworkDescription;
  generator: SynthesisShape["generator"];
  /** Of the images that it learned from: what it paints as 0 and 1. */
  range: { low: number; high: number };
  /** The kept kernel of each cell; absent: cells are mixtures. */
  kept?: readonly number[] | null;
}

/** Beside what segmentation models say: the key `painter`. */
export function describeSynthesis(description: SynthesisDescription): Record<string, string> {
  const { method, segmenter, generator, range, kept = null } = description;
  return {
    method,
    ...describePictures(description),
    ...(segmenter !== undefined && describeNetwork(segmenter)),
    painter: JSON.stringify({ ...generator, ...range, kept }),
  };
}

/** Throws `Problem` "unsupported-file" when the metadata is not of a model of ours that paints. */
export function readSynthesisDescription(metadata: Readonly<Record<string, string>>): SynthesisDescription {
  const { method = "", normalization, painter } = metadata;
  const pictures = readPictures(metadata);
  const isOurs = paintingMethods.includes(method) && normalization === NORMALIZATION;
  if (!isOurs || pictures === null || painter === undefined) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model paints no images.",
      detail: method === "" ? "Its file does not say what made it." : `It was made by ${method}.`,
      hint: "Choose a model of genseg or pix2pix.",
    });
  }
  const { width, widest, search, low, high, kept } = JSON.parse(painter) as SynthesisShape["generator"] & {
    low: number;
    high: number;
    kept: number[] | null;
  };
  const segmenter = readNetwork(metadata);
  return {
    method: method as PaintingMethod,
    ...pictures,
    ...(segmenter !== null && { segmenter }),
    generator: { width, widest, search },
    range: { low, high },
    kept,
  };
}
