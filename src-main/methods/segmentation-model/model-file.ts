/** @file What a segmentation model says of itself, in the metadata of its weights and of its ONNX file. */
import {
  type ChannelCount,
  NORMALIZATION,
  NORMALIZATION_STEPS,
  type PerVolumeAxis,
  VOLUME_INTENSITIES,
  type VolumeIntensityName,
} from "../../dataset/index.ts";
import { Problem } from "../../problem/index.ts";
import type { TrainedClass } from "../define-method.ts";

/** Methods whose models are read here. Stored in files: never rename. */
export type SegmentationMethod = "segment" | "bcp" | "mean-teacher" | "genseg";

const segmentationMethods: readonly string[] = [
  "segment",
  "bcp",
  "mean-teacher",
  "genseg",
] satisfies SegmentationMethod[];

export interface ModelDescription {
  method: SegmentationMethod;
  classes: readonly TrainedClass[];
  channels: ChannelCount;
  /** Side of the square that the network takes, pixels; of volumes: of the patches. */
  size: number;
  width: number;
  depth: number;
  /** Of models of volumes alone. */
  volume?: VolumeDescription;
}

export interface VolumeDescription {
  /** Slices of the patches. */
  slices: number;
  /** Longer side at most to which slices are reduced, pixels. */
  side: number;
  intensity: VolumeIntensityName;
}

/** Size of the patches of a model of volumes. */
export const patchOf = ({ size, volume }: { size: number; volume: VolumeDescription }): PerVolumeAxis => [
  volume.slices,
  size,
  size,
];

/** Before the name of the intensities. */
const VOLUME_NORMALIZATION = "volume-";

/** ONNX and safetensors metadata hold strings only. */
export function describeModel(description: ModelDescription): Record<string, string> {
  const { method, classes, channels, size, width, depth, volume } = description;
  return {
    method,
    classes: JSON.stringify([{ value: 0, name: "background" }, ...classes.map(listed)]),
    channels: String(channels),
    channelOrder: channels === 1 ? "gray" : "RGB",
    size: String(size),
    ...(volume === undefined
      ? { normalization: NORMALIZATION, normalizationSteps: JSON.stringify(NORMALIZATION_STEPS) }
      : describeVolume(volume)),
    width: String(width),
    depth: String(depth),
  };
}

function describeVolume({ slices, side, intensity }: VolumeDescription): Record<string, string> {
  const steps = {
    resize: { longerSideAtMost: side, of: "slice", method: "area" },
    scale: { ...VOLUME_INTENSITIES[intensity], over: "volume" },
    border: 0,
  };
  return {
    dimensions: "3",
    slices: String(slices),
    sliceSide: String(side),
    normalization: `${VOLUME_NORMALIZATION}${intensity}`,
    normalizationSteps: JSON.stringify(steps),
  };
}

/** null: no model of volumes. */
function readVolumeDescription(metadata: Readonly<Record<string, string>>): VolumeDescription | null {
  const { normalization = "", slices, sliceSide } = metadata;
  const intensity = normalization.slice(VOLUME_NORMALIZATION.length);
  const isOurs = normalization.startsWith(VOLUME_NORMALIZATION) && Object.hasOwn(VOLUME_INTENSITIES, intensity);
  const [count, side] = [Number(slices), Number(sliceSide)];
  return isOurs && count > 0 && side > 0 ? { slices: count, side, intensity: intensity as VolumeIntensityName } : null;
}

/** What leaves the project of a class; its color only where it has one. */
function listed({ value, name, color }: TrainedClass): TrainedClass {
  return color === undefined ? { value, name } : { value, name, color };
}

/** Throws `Problem` "unsupported-file" when the metadata is not of a model of ours. */
export function readModelDescription(metadata: Readonly<Record<string, string>>): ModelDescription {
  const method = metadata["method"] ?? "";
  const volume = readVolumeDescription(metadata);
  const isOurs =
    segmentationMethods.includes(method) && (volume !== null || metadata["normalization"] === NORMALIZATION);
  const count = (key: string): number => Number(metadata[key]);
  const channels = count("channels");
  const isComplete = (channels === 1 || channels === 3) && ["size", "width", "depth"].every((key) => count(key) > 0);
  const classes = readClasses(metadata["classes"]);
  if (!isOurs || !isComplete || classes === null) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model is not one of this app's segmentation models.",
      detail:
        `Expected metadata method = ${segmentationMethods.join(", ")} (one of them), normalization = ${NORMALIZATION}, ` +
        "with classes, channels, size, width and depth.",
      hint: "Train a model in this project, or choose another one.",
    });
  }
  return {
    method: method as SegmentationMethod,
    classes,
    channels,
    size: count("size"),
    width: count("width"),
    depth: count("depth"),
    ...(volume === null ? {} : { volume }),
  };
}

/** Without background; null: no list of classes. */
function readClasses(text = "[]"): TrainedClass[] | null {
  let listed: unknown;
  try {
    listed = JSON.parse(text);
  } catch {
    return null; // told with all else that is missing
  }
  const isClass = (each: unknown): each is TrainedClass => {
    const { value, name } = (each ?? {}) as Partial<Record<"value" | "name", unknown>>;
    return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255 && typeof name === "string";
  };
  return Array.isArray(listed) && listed.every(isClass) ? listed.filter(({ value }) => value > 0) : null;
}
