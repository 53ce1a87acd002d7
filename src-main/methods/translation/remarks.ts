/** @file What to know of pairs of images before a translation is learned from them. */
import { Problem, type Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";
import { type Mode, needsPairs } from "./modes.ts";
import { shapeOf, type TranslationSettings } from "./settings.ts";

/** Fewer pairs than this are learned by heart. */
const FEW = 10;

/** Throws `Problem` where there is nothing to learn from, or networks do not fit the image size. */
export function translationRemarks(
  { pairs, color }: TrainingFacts,
  settings: TranslationSettings,
  mode: Mode,
): Statement[] {
  shapeOf(settings, mode);
  const { source = "", target = "", kind = "paired", train = 0, validate = 0, sources = 0, targets = 0 } = pairs ?? {};
  const images = kind === "unpaired" ? Math.min(sources, targets) : train;
  if (images === 0) {
    throw new Problem({
      code: "not-enough-data",
      title:
        kind === "unpaired"
          ? `There are no images of ${sources === 0 ? source : target} to learn from.`
          : `There is no pair of ${source} and ${target} to learn from.`,
      detail: `Training sees the training and the unlabelled split: ${sources} images of ${source} and ${targets} of ${target} there.`,
      hint: "Assign cases that have both to the training split: in the image list, or with `aliquot split`.",
    });
  }
  const remarks: Statement[] = [];
  if (images < FEW && kind === "unpaired") {
    const of = sources < targets ? source : target;
    remarks.push({
      text: "There are only {images} images of {of} to learn from: the translation will know these very images, and hardly others. Ten are a beginning, hundreds are usual.",
      values: { images, of },
    });
  } else if (images < FEW) {
    remarks.push({
      text: "There are only {images} pairs to learn from: the translation will know these very images, and hardly others. Ten are a beginning, hundreds are usual.",
      values: { images },
    });
  }
  if (kind === "unpaired") {
    remarks.push({
      text: "Nothing is paired, so no figure can show how good the translation is: the last weights are kept. Look at its images.",
      values: {},
    });
  } else if (validate === 0) {
    remarks.push({
      text: "No pair of the validation split shows how good the translation is: the last weights are kept.",
      values: {},
    });
  }
  if (kind === "unpaired" && needsPairs(mode)) {
    remarks.push({
      text: "The images are not paired, and {mode} learns from pairs: it is shown any two. CycleGAN needs none.",
      values: { mode },
    });
  }
  if (color > 0) {
    remarks.push({
      text: "Images in color are translated by their brightness: {color} of them.",
      values: { color },
    });
  }
  return remarks;
}
