/** @file What to know of labels before a training learns them. */
import { Problem, type Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";
import type { SettingValue } from "../settings.ts";
import type { DiffusionSettings } from "./diffusion-settings.ts";
import { checkFolds } from "./folds.ts";
import { trunkFor } from "./trunk-record.ts";

type Settings = Readonly<Record<string, SettingValue>>;

/** Fewer images of a class than this are learned by heart. */
const FEW = 10;
/** Places of classes are told in a byte. */
const MOST_CLASSES = 255;

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** Throws `Problem` where there is nothing to learn. */
export function gradeRemarks({ labels, ...facts }: TrainingFacts, settings: Settings): Statement[] {
  const { targets, ...rest } = labels!;
  const { name, options, train, validate } = targets[0]!;
  const seen = options.filter((_, at) => train[at]! > 0);
  if (options.length > MOST_CLASSES) {
    throw new Problem({
      code: "bad-request",
      title: `${name} has ${options.length} classes; at most ${MOST_CLASSES} can be learned.`,
      hint: "Join classes that mean much the same.",
    });
  }
  if (seen.length < 2) {
    throw new Problem({
      code: "not-enough-data",
      title:
        seen.length === 0
          ? `No image of the training split has a ${name}.`
          : `All ${sum(train)} labelled training images have the same ${name}: ${seen[0]!}.`,
      detail: "Two classes or more must be there to be told apart.",
      hint: "Label images of another class, or move cases with one to the training split.",
    });
  }
  const remarks: Statement[] = [];
  for (const [at, option] of options.entries()) {
    if (train[at] === 0) {
      remarks.push({
        text: "No training image is labelled {option}: it can never be the answer.",
        values: { option },
      });
    } else if (train[at] === 1) {
      remarks.push({
        text: "Only one training image is labelled {option}: its class is learned by heart, not recognized.",
        values: { option },
      });
    } else if (train[at]! < FEW) {
      remarks.push({
        text: "Only {images} training images are labelled {option}: ten are a beginning, hundreds are usual.",
        values: { images: train[at]!, option },
      });
    }
    if (train[at]! > 0 && validate[at] === 0) {
      remarks.push({
        text: "No validation image is labelled {option}: whether it is recognized is not judged.",
        values: { option },
      });
    }
  }
  return [...remarks, ...commonRemarks(rest), ...trunkRemarks(facts, settings)];
}

/** In batches of so few the biased discrepancy of useless noise is as small as that of true noise. */
const FEW_TO_COMPARE = 8;

/** Of a diffusion. Throws `Problem` where settings cannot be together, or need more patients than there are. */
export function diffusionRemarks({ labels }: TrainingFacts, settings: DiffusionSettings): Statement[] {
  const { priors, folds, isJoint, isUnbiased, distributionWeight, batchSize, diffusionBatch } = settings;
  if (priors === "out-of-fold") {
    if (isJoint) {
      throw new Problem({
        code: "bad-request",
        title: "Looks that learn on beside the diffusion cannot leave out a fold.",
        detail: "With isJoint=true they see all training images, so that priors=out-of-fold would be without effect.",
        hint: "Set priors to in-fold, or isJoint to false.",
        settings: { priors: "in-fold" },
      });
    }
    checkFolds(labels!.patients, folds);
  }
  const batch = isJoint ? batchSize : diffusionBatch;
  if (distributionWeight === 0 || isUnbiased || batch > FEW_TO_COMPARE) return [];
  return [
    {
      text: "In batches of {batch} images the comparison of the distribution (MMD) cannot tell a good diffusion from a useless one: take 32 images or more, or the unbiased comparison.",
      values: { batch },
    },
  ];
}

/** Above, guesses of the images that were learned are much surer than those of new ones: what the diffusion learns from them does not hold. */
const WIDEST_GAP = 0.15;
/** Of estimates that are held at their limit. */
const MOST_CLIPPED = 0.01;

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** Of a diffusion that is being trained: shares of images guessed rightly, of those that were learned and of new ones. */
export function guessRemarks({ trained, validated }: { trained: number; validated: number }): Statement[] {
  if (trained - validated <= WIDEST_GAP) return [];
  return [
    {
      text: "The looks guess {trained} of the images that they learned rightly, and {validated} of the validation images: the diffusion learns to trust guesses that are worse on new images. Out-of-fold guesses, or fewer steps of the guesses, may help.",
      values: { trained: percent(trained), validated: percent(validated) },
    },
  ];
}

/** Of the last validation. */
export function clipRemarks(clippedShare: number): Statement[] {
  if (clippedShare <= MOST_CLIPPED) return [];
  return [
    {
      text: "At the end {share} of the estimates of a label still were beyond their limit: the diffusion has not learned long enough, or too fast.",
      values: { share: percent(clippedShare) },
    },
  ];
}

/** Throws `Problem` where there is nothing to learn. */
export function numberRemarks({ labels, ...facts }: TrainingFacts, settings: Settings): Statement[] {
  const { targets, ...rest } = labels!;
  const remarks: Statement[] = [];
  for (const { name, train, validate, zeros, isConstant } of targets) {
    const images = sum(train);
    if (images < 2 || isConstant) {
      throw new Problem({
        code: "not-enough-data",
        title:
          images < 2
            ? `${images === 0 ? "No image" : "Only one image"} of the training split has a ${name}.`
            : `All ${images} training images have the same ${name}.`,
        detail: "Numbers that differ must be there to be learned from.",
        hint: "Give more images of the training split their number, or move cases with one there.",
      });
    }
    if (images < FEW) {
      remarks.push({
        text: "Only {images} training images have a {name}: ten are a beginning, hundreds are usual.",
        values: { images, name },
      });
    }
    if (sum(validate) === 0) {
      remarks.push({ text: "No validation image has a {name}: how near it comes is not judged.", values: { name } });
    }
    if (zeros > 0) {
      remarks.push({
        text: "{name} is 0 on {images} images: errors relative to the number leave them out.",
        values: { name, images: zeros },
      });
    }
  }
  return [...remarks, ...commonRemarks(rest), ...trunkRemarks(facts, settings)];
}

function commonRemarks({ missing, sizes, stacks }: Omit<NonNullable<TrainingFacts["labels"]>, "targets">): Statement[] {
  const remarks: Statement[] = [];
  if (missing > 0) {
    remarks.push({
      text: "Images of the training and validation split without a label are left out: {images}.",
      values: { images: missing },
    });
  }
  if (sizes > 1) {
    remarks.push({
      text: "Images of {sizes} sizes are brought to one square each, their shape kept: what depends on the size in pixels is not seen.",
      values: { sizes },
    });
  }
  if (stacks > 0) {
    remarks.push({
      text: "Of images of several slices the middle slice is seen: {images}.",
      values: { images: stacks },
    });
  }
  return remarks;
}

/** What a person's trunk sees, and what of it stays. Throws `Problem` where settings name one that is not there. */
function trunkRemarks(
  { trunk: known, gray, color }: Pick<TrainingFacts, "trunk" | "gray" | "color">,
  { network }: Settings,
): Statement[] {
  const trunk = trunkFor(String(network), known);
  if (trunk === null) return [];
  const { name, channels, norms, tellsPlaces } = trunk;
  const values = { name };
  const remarks: Statement[] = [
    {
      text: "{name} learns a tenth as fast as the new last layer. It sees each image with mean 0 and deviation 1, whatever it was trained with.",
      values,
    },
  ];
  if (norms > 0) {
    remarks.push({
      text: "Batch normalization of {name} keeps the statistics of its file; scales and shifts go on learning.",
      values,
    });
  }
  if (channels === 3 && gray > 0) {
    remarks.push({ text: "{name} takes color: gray images become three equal channels.", values });
  }
  if (channels === 1 && color > 0) {
    remarks.push({ text: "{name} takes gray: of images in color it sees the luminance.", values });
  }
  if (!tellsPlaces) {
    remarks.push({ text: "{name} says nothing of places: where the model looked is not shown.", values });
  }
  return remarks;
}
