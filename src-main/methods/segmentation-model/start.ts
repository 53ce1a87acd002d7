/** @file Whether a training may start from the weights of an earlier one. */
import type { ChannelCount } from "../../dataset/index.ts";
import { Problem } from "../../problem/index.ts";
import type { TrainedClass } from "../start-request.ts";
import type { ModelDescription } from "./model-file.ts";

/** What the new training is going to be. */
export interface Wanted {
  classes: readonly TrainedClass[];
  channels: ChannelCount;
  settings: { readonly dimensions?: "2" | "3"; readonly width: number; readonly depth: number };
}

/** The channels to train with. Throws `Problem` where the model to start from does not fit the classes, images or settings. */
export function checkStart(model: ModelDescription, { classes, channels, settings }: Wanted): ChannelCount {
  checkClasses(model.classes, classes);
  if (model.channels < channels) {
    throw mismatch("It was trained on gray images only; the training images have color.");
  }
  const isOfVolumes = model.volume !== undefined;
  if (isOfVolumes !== (settings.dimensions === "3")) {
    throw mismatch(
      `Its network takes ${isOfVolumes ? "volumes" : "single images"}; this training is on ${isOfVolumes ? "single images" : "volumes"}.`,
    );
  }
  if (model.network === "deeplab") throw mismatch("Its network is a DeepLab; this training's is a U-Net.");
  for (const key of ["width", "depth"] as const) {
    if (model[key] !== settings[key]) {
      throw mismatch(`Its network ${key} is ${model[key]}; the setting ${key} is ${settings[key]}.`);
    }
  }
  return model.channels;
}

/** Throws `Problem` unless both have the same class values in the same order. */
export function checkClasses(known: readonly TrainedClass[], wanted: readonly TrainedClass[]): void {
  const listed = (list: readonly TrainedClass[]) => list.map(({ value, name }) => `${value} ${name}`).join(", ");
  if (known.length === wanted.length && known.every(({ value }, at) => value === wanted[at]!.value)) return;
  throw mismatch(`It knows the classes ${listed(known)}; the project has ${listed(wanted)}.`);
}

export function mismatch(detail: string): Problem {
  return new Problem({
    code: "bad-request",
    title: "Training cannot start from this model.",
    detail,
    hint: "Choose another model or the same settings, or train from the beginning.",
  });
}
