/** @file Settings of trainings that translate, and the networks that come of them. */
import { Problem } from "../../problem/index.ts";
import { boolean, choice, number, type SettingsOf } from "../settings.ts";
import { LOSS_WEIGHTS, type LossWeights, type Mode, registers } from "./modes.ts";
import type { TranslationShape } from "./networks.ts";

const weight = (label: string, help: string, value: number) =>
  number({ label, help, default: value, min: 0, max: 1000 });

/** Those that all modes have. */
export const translationSettings = {
  size: number({
    label: "Image size",
    help: "Side in pixels to which images are brought for the network, a multiple of 4. Larger sees finer detail and takes longer.",
    default: 128,
    min: 16,
    max: 512,
    integer: true,
    multipleOf: 4,
  }),
  steps: number({
    label: "Steps",
    help: "Updates of the generators, with one of each discriminator after them.",
    default: 3000,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  batchSize: number({
    label: "Batch size",
    help: "Images per step. Smaller needs less memory.",
    default: 1,
    min: 1,
    max: 32,
    integer: true,
  }),
  slices: choice({
    label: "Slices seen",
    help: "Slices of the first modality that the network sees for one of the second: its own, or neighbors on both sides too.",
    default: "1",
    options: ["1", "3", "5"],
    names: { "1": "its own", "3": "three", "5": "five" },
  }),
  generatorWidth: number({
    label: "Width of the generator",
    help: "Channels at full resolution; doubled at each of two levels below.",
    default: 32,
    min: 2,
    max: 128,
    integer: true,
  }),
  generatorBlocks: number({
    label: "Blocks of the generator",
    help: "Residual blocks at the lowest resolution.",
    default: 6,
    min: 1,
    max: 12,
    integer: true,
  }),
  discriminatorWidth: number({
    label: "Width of the discriminator",
    help: "Channels of its first layer; doubled by each, up to eightfold.",
    default: 32,
    min: 2,
    max: 128,
    integer: true,
  }),
  discriminatorHalvings: number({
    label: "Halvings of the discriminator",
    help: "Layers that halve the size: 3 judge patches of 70 × 70 pixels, 2 of 34 × 34.",
    default: 3,
    min: 1,
    max: 4,
    integer: true,
  }),
  registrationWidth: number({
    label: "Width of the registration",
    help: "Channels at full resolution; twice as many below.",
    default: 32,
    min: 2,
    max: 64,
    integer: true,
  }),
  registrationLevels: number({
    label: "Levels of the registration",
    help: "0: as many as the image size allows, at most 7. Each needs images twice as large: 7 from 256 pixels on.",
    default: 0,
    min: 0,
    max: 7,
    integer: true,
  }),
  registrationBlocks: number({
    label: "Blocks of the registration",
    help: "Residual blocks at its lowest resolution.",
    default: 3,
    min: 1,
    max: 6,
    integer: true,
  }),
  learningRate: number({
    label: "Learning rate",
    help: "Step size of Adam, the same for all networks.",
    default: 1e-4,
    min: 1e-6,
    max: 0.01,
  }),
  adversarialWeight: weight("Weight of the discriminator", "Of its verdict in the loss.", LOSS_WEIGHTS.adversarial),
  correctionWeight: weight(
    "Weight of the correction",
    "Of the difference of the registered translation from its target.",
    LOSS_WEIGHTS.correction,
  ),
  smoothnessWeight: weight(
    "Weight of smoothness",
    "Of how much neighboring pixels are moved differently. Too low: the registration paints.",
    LOSS_WEIGHTS.smoothness,
  ),
  cycleWeight: weight("Weight of the cycle", "Of what is lost on the way there and back.", LOSS_WEIGHTS.cycle),
  pixelWeight: weight(
    "Weight of pixels",
    "Of the difference of the translation from its target as it is: pix2pix alone.",
    LOSS_WEIGHTS.pixel,
  ),
  averagesPatches: boolean({
    label: "Average patches first",
    help: "The discriminator's scores are averaged before the loss, as in RegGAN's program; else each patch has a loss.",
    default: true,
  }),
  noiseLevel: number({
    label: "Added misalignment",
    help: "0 to 5: each image of a pair is moved by itself at random, by up to so many degrees, 2 % of its side and 2 % of scale for each level. For experiments.",
    default: 0,
    min: 0,
    max: 5,
  }),
  augmentPaired: boolean({
    label: "Move pairs",
    help: "Both images of a pair are turned, scaled and shifted a little, in the same way.",
    default: false,
  }),
  validateEvery: number({
    label: "Validate every",
    help: "Steps between two looks at the validation images.",
    default: 250,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  keep: choice({
    label: "Keep",
    help: "The last weights, or those with the best figure on the validation pairs. Where these are misaligned, their figure favors blur.",
    default: "last",
    options: ["best", "last"],
  }),
};

export type TranslationSettings = SettingsOf<typeof translationSettings>;

/** As `registrationLevels` of the networks, which are too heavy to be loaded for a form. */
export const mostLevels = (size: number): number => Math.min(7, Math.floor(Math.log2(size)) - 1);

/** Channels of the registration on the way down. Throws `Problem` where the images are too small for the levels asked for. */
function registrationChannels({ size, registrationLevels: asked, registrationWidth: width }: TranslationSettings) {
  const most = mostLevels(size);
  if (asked > most) {
    throw new Problem({
      code: "bad-request",
      title: `A registration of ${asked} levels needs images of at least ${2 ** (asked + 1)} pixels; the image size is ${size}.`,
      detail: `Images of ${size} pixels allow ${most} levels.`,
      hint: "Choose larger images or fewer levels; 0 takes as many as fit.",
    });
  }
  const levels = asked === 0 ? most : asked;
  return Array.from({ length: levels }, (_, level) => (level === 0 ? width : 2 * width));
}

/** Throws `Problem` where the networks that the mode has do not fit the image size. */
export function shapeOf(settings: TranslationSettings, mode: Mode): TranslationShape {
  const { size, discriminatorHalvings } = settings;
  const smallest = 4 * 2 ** discriminatorHalvings;
  if (size < smallest) {
    throw new Problem({
      code: "bad-request",
      title: `A discriminator of ${discriminatorHalvings} halvings needs images of at least ${smallest} pixels; the image size is ${size}.`,
      hint: "Choose larger images or fewer halvings.",
    });
  }
  return {
    height: size,
    width: size,
    sourceChannels: Number(settings.slices),
    targetChannels: 1,
    generator: { width: settings.generatorWidth, blocks: settings.generatorBlocks },
    discriminator: { width: settings.discriminatorWidth, halvings: discriminatorHalvings, between: 1 },
    registration: { down: registers(mode) ? registrationChannels(settings) : [], middle: settings.registrationBlocks },
    averagesPatches: settings.averagesPatches,
  };
}

export function weightsOf(settings: TranslationSettings): LossWeights {
  return {
    adversarial: settings.adversarialWeight,
    correction: settings.correctionWeight,
    smoothness: settings.smoothnessWeight,
    cycle: settings.cycleWeight,
    pixel: settings.pixelWeight,
  };
}
