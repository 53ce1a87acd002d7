/** @file What a model that paints images says of itself, in the metadata of its weights. */
import type { ChannelCount } from "../../dataset/index.ts";
import { Problem } from "../../problem/index.ts";
import { describeModel, type ModelDescription, readModelDescription } from "../segmentation-model/model-file.ts";
import type { SynthesisShape } from "./networks.ts";

export interface SynthesisDescription extends Omit<ModelDescription, "volume"> {
  channels: ChannelCount;
  generator: SynthesisShape["generator"];
  /** Of the images that it learned from: what it paints as 0 and 1. */
  range: { low: number; high: number };
  /** The kept kernel of each cell; absent: cells are mixtures. */
  kept?: readonly number[] | null;
}

/** Beside what segmentation models say: the key `painter`. */
export function describeSynthesis({
  generator,
  range,
  kept = null,
  ...model
}: SynthesisDescription): Record<string, string> {
  return { ...describeModel(model), painter: JSON.stringify({ ...generator, ...range, kept }) };
}

/** Throws `Problem` "unsupported-file" when the metadata is not of a model of ours that paints. */
export function readSynthesisDescription(metadata: Readonly<Record<string, string>>): SynthesisDescription {
  const model = readModelDescription(metadata);
  const { painter } = metadata;
  if (painter === undefined) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model paints no images.",
      detail: `It was made by ${model.method}, which outlines only.`,
      hint: "Choose a model of genseg or pix2pix.",
    });
  }
  const { width, widest, search, low, high, kept } = JSON.parse(painter) as SynthesisShape["generator"] & {
    low: number;
    high: number;
    kept: number[] | null;
  };
  return { ...model, generator: { width, widest, search }, range: { low, high }, kept };
}
