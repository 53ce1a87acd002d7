/** @file The networks of an earlier model that a training begins with. */
import type { ChannelCount } from "../../dataset/index.ts";
import type { State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import type { TrainedClass } from "../start-request.ts";
import { checkClasses, mismatch } from "../segmentation-model/start.ts";
import { isOnBackbone, readCompact } from "./backbone/model.ts";
import type { BackboneRecord } from "./backbone/record.ts";
import { readSiamese } from "./model-file.ts";
import type { SiameseShape } from "./shape.ts";

/** Throws `Problem` where the model does not fit the classes, images or settings. */
export function startFrom(
  weights: Uint8Array,
  wanted: Omit<SiameseShape, "classes" | "outlets">,
  classes: readonly TrainedClass[],
): { states: State; channels: ChannelCount } {
  const { tensors, metadata } = decodeSafetensors(weights);
  if (isOnBackbone(metadata)) throw learnedOnBackbone(readCompact(metadata).backbone);
  const model = readSiamese(metadata);
  checkClasses(model.classes, classes);
  if (model.channels < wanted.channels) {
    throw mismatch("It was trained on gray images only; the training images have color.");
  }
  const { size, adapter, denoiser, hint } = wanted;
  const asked = { "Image size": size, "Latent image": adapter, "Network size": denoiser, Hint: hint };
  const { shape } = model;
  const has: typeof asked = {
    "Image size": shape.size,
    "Latent image": shape.adapter,
    "Network size": shape.denoiser,
    Hint: shape.hint,
  };
  for (const key of Object.keys(asked) as (keyof typeof asked)[]) {
    if (has[key] !== asked[key]) throw mismatch(`${key}: it has ${has[key]}; the setting is ${asked[key]}.`);
  }
  return { states: tensors as State, channels: model.channels };
}

function learnedOnBackbone({ id, name }: Pick<BackboneRecord, "id" | "name">): Problem {
  return new Problem({
    code: "conflict",
    title: `The model to go on from was trained on the backbone ${name}; this training has networks of its own.`,
    detail: "Such a model steers its backbone and is nothing without it.",
    hint: `Set the backbone to that one (backbone=${id}), or choose another model.`,
  });
}
