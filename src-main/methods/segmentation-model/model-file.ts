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
import type { TrainedClass } from "../start-request.ts";

/** Methods whose models are read here. Stored in files: never rename. */
export type SegmentationMethod = "segment" | "bcp" | "mean-teacher" | "genseg";

const segmentationMethods: readonly string[] = [
  "segment",
  "bcp",
  "mean-teacher",
  "genseg",
] satisfies SegmentationMethod[];

/** Stored in files: never rename. */
export type ModelNetwork = "unet" | "deeplab";

/** What masks and images a network takes or makes. */
export interface PictureDescription {
  classes: readonly TrainedClass[];
  channels: ChannelCount;
  /** Side of the square that the network takes, pixels; of volumes: of the patches. */
  size: number;
}

/** Which network outlines. */
export interface NetworkDescription {
  /** Default "unet". */
  network?: ModelNetwork;
  width: number;
  /** Levels of a U-Net; stages of the backbone of a DeepLab. */
  depth: number;
}

export interface ModelDescription extends PictureDescription, NetworkDescription {
  method: SegmentationMethod;
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
  const { method, volume } = description;
  return {
    method,
    ...describePictures(description),
    ...(volume !== undefined && describeVolume(volume)),
    ...describeNetwork(description),
  };
}

export function describeNetwork({ network = "unet", width, depth }: NetworkDescription): Record<string, string> {
  // Models of before there was another say nothing. Not "network": that is which of student and teacher it is.
  return { ...(network !== "unet" && { segmenter: network }), width: String(width), depth: String(depth) };
}

/** null where it is unknown, or something is missing. */
export function readNetwork(metadata: Readonly<Record<string, string>>): NetworkDescription | null {
  const { segmenter: network = "unet" } = metadata;
  const [width, depth] = [Number(metadata["width"]), Number(metadata["depth"])];
  const isKnown = (network === "unet" || network === "deeplab") && width > 0 && depth > 0;
  return isKnown ? { network, width, depth } : null;
}

/** Of single images. */
export function describePictures({ classes, channels, size }: PictureDescription): Record<string, string> {
  return {
    classes: JSON.stringify([{ value: 0, name: "background" }, ...classes.map(listed)]),
    channels: String(channels),
    channelOrder: channels === 1 ? "gray" : "RGB",
    size: String(size),
    normalization: NORMALIZATION,
    normalizationSteps: JSON.stringify(NORMALIZATION_STEPS),
  };
}

/** null where something is missing. Of volumes too, whatever their normalization. */
export function readPictures(metadata: Readonly<Record<string, string>>): PictureDescription | null {
  const [channels, size] = [Number(metadata["channels"]), Number(metadata["size"])];
  const classes = readClasses(metadata["classes"]);
  return (channels === 1 || channels === 3) && size > 0 && classes !== null ? { classes, channels, size } : null;
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
  const pictures = readPictures(metadata);
  const network = readNetwork(metadata);
  if (!isOurs || pictures === null || network === null) {
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
    ...pictures,
    ...network,
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
