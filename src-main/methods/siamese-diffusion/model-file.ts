/** @file What a model of Siamese-Diffusion says of itself, in the metadata of its weights. */
import type { ChannelCount } from "../../dataset/index.ts";
import type { PredictionType } from "../../diffusion/index.ts";
import { Problem } from "../../problem/index.ts";
import type { TrainedClass } from "../start-request.ts";
import type { LatentScale, SiameseShape } from "./networks.ts";
import type { ValueRange } from "./pictures.ts";
import { METHOD } from "./shape.ts";

/** Of `scaledLinearNoise()`. Stored in files: another schedule needs another name. */
export const SCHEDULE = "scaled-linear-1000";

export interface SiameseDescription {
  shape: SiameseShape;
  classes: readonly TrainedClass[];
  predicts: PredictionType;
  range: ValueRange;
  scale: LatentScale;
}

const FORMAT = "1";

export function describeSiamese({
  shape,
  classes,
  predicts,
  range,
  scale,
}: SiameseDescription): Record<string, string> {
  return {
    method: METHOD,
    format: FORMAT,
    schedule: SCHEDULE,
    shape: JSON.stringify(shape),
    classes: JSON.stringify(
      classes.map(({ value, name, color }) => (color === undefined ? { value, name } : { value, name, color })),
    ),
    predicts,
    range: JSON.stringify(range),
    scale: JSON.stringify(scale),
  };
}

/** Throws `Problem` "unsupported-file" where the metadata is not of such a model. */
export function readSiamese(
  metadata: Readonly<Record<string, string>>,
): SiameseDescription & { channels: ChannelCount } {
  const { method, format, schedule, shape, classes, predicts, range, scale } = metadata;
  if (
    method !== METHOD ||
    format !== FORMAT ||
    schedule !== SCHEDULE ||
    !shape ||
    !classes ||
    !predicts ||
    !range ||
    !scale
  ) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model is none of Siamese-Diffusion.",
      detail: `Expected metadata method = ${METHOD}, format = ${FORMAT}, schedule = ${SCHEDULE}, with shape, classes, predicts, range and scale.`,
      hint: "Choose a model that was trained with siamese-diffusion.",
    });
  }
  const read = JSON.parse(shape) as SiameseShape;
  return {
    shape: read,
    channels: read.channels as ChannelCount,
    classes: JSON.parse(classes) as TrainedClass[],
    predicts: predicts as PredictionType,
    range: JSON.parse(range) as ValueRange,
    scale: JSON.parse(scale) as LatentScale,
  };
}
