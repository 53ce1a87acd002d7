/** @file What a segmentation model says of itself, in the metadata of its weights and of its ONNX file. */
import { type ChannelCount, NORMALIZATION, NORMALIZATION_STEPS } from "../../dataset/index.ts";
import { Problem } from "../../problem/index.ts";
import type { TrainedClass } from "../define-method.ts";

/** Methods whose models are read here. Stored in files: never rename. */
export type SegmentationMethod = "segment" | "bcp" | "mean-teacher";

const segmentationMethods: readonly string[] = ["segment", "bcp", "mean-teacher"] satisfies SegmentationMethod[];

export interface ModelDescription {
  method: SegmentationMethod;
  classes: readonly TrainedClass[];
  channels: ChannelCount;
  /** Side of the square that the network takes, pixels. */
  size: number;
  width: number;
  depth: number;
}

/** ONNX and safetensors metadata hold strings only. */
export function describeModel(description: ModelDescription): Record<string, string> {
  const { method, classes, channels, size, width, depth } = description;
  return {
    method,
    classes: JSON.stringify([{ value: 0, name: "background" }, ...classes.map(listed)]),
    channels: String(channels),
    channelOrder: channels === 1 ? "gray" : "RGB",
    size: String(size),
    normalization: NORMALIZATION,
    normalizationSteps: JSON.stringify(NORMALIZATION_STEPS),
    width: String(width),
    depth: String(depth),
  };
}

/** What leaves the project of a class; its color only where it has one. */
function listed({ value, name, color }: TrainedClass): TrainedClass {
  return color === undefined ? { value, name } : { value, name, color };
}

/** Throws `Problem` "unsupported-file" when the metadata is not of a model of ours. */
export function readModelDescription(metadata: Readonly<Record<string, string>>): ModelDescription {
  const method = metadata["method"] ?? "";
  const isOurs = segmentationMethods.includes(method) && metadata["normalization"] === NORMALIZATION;
  const count = (key: string): number => Number(metadata[key]);
  const channels = count("channels");
  const isComplete = (channels === 1 || channels === 3) && ["size", "width", "depth"].every((key) => count(key) > 0);
  if (!isOurs || !isComplete) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model is not one of this app's segmentation models.",
      detail:
        `Expected metadata method = ${segmentationMethods.join(", ")} (one of them), normalization = ${NORMALIZATION}, ` +
        "with channels, size, width and depth.",
      hint: "Train a model in this project, or choose another one.",
    });
  }
  const classes = (JSON.parse(metadata["classes"] ?? "[]") as TrainedClass[]).filter(({ value }) => value > 0);
  return {
    method: method as SegmentationMethod,
    classes,
    channels,
    size: count("size"),
    width: count("width"),
    depth: count("depth"),
  };
}
