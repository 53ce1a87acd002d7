/** @file Whether a training may start from the generator of an earlier one. */
import type { ChannelCount } from "../../dataset/index.ts";
import { checkClasses, mismatch } from "../segmentation-model/start.ts";
import { readSynthesisDescription, type SynthesisDescription } from "./synthesis-file.ts";

type Wanted = Pick<SynthesisDescription, "classes" | "channels" | "size" | "generator">;

/** The channels to train with. Throws `Problem` where the generator does not fit the classes, images or settings. */
export function checkGenerator(metadata: Readonly<Record<string, string>>, wanted: Wanted): ChannelCount {
  const model = readSynthesisDescription(metadata);
  checkClasses(model.classes, wanted.classes);
  if (model.channels < wanted.channels) {
    throw mismatch("It was trained on gray images only; the training images have color.");
  }
  // Another size has other levels of resolution: it is another network.
  const { width, widest, search } = model.generator;
  const [has, asked] = [
    {
      "Image size": model.size,
      "Width of the generator": width,
      "Widest level of the generator": widest,
      cells: search,
    },
    {
      "Image size": wanted.size,
      "Width of the generator": wanted.generator.width,
      "Widest level of the generator": wanted.generator.widest,
      cells: wanted.generator.search,
    },
  ];
  for (const key of Object.keys(has) as (keyof typeof has)[]) {
    if (has[key] !== asked[key]) throw mismatch(`${key}: it has ${has[key]}; the setting is ${asked[key]}.`);
  }
  return model.channels;
}
