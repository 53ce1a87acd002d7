/** @file Settings of GenSeg, and of the trainings that it is compared with. */
import { boolean, choice, number, type SettingsOf } from "../settings.ts";

const whole = { integer: true } as const;

/** Of the generator and its discriminator; pix2pix has these alone. */
export const generatorSettings = {
  size: number({
    label: "Image size",
    help: "Side in pixels to which images are brought for the networks. Larger shows finer detail and takes longer.",
    default: 128,
    min: 16,
    max: 512,
    multipleOf: 16,
    ...whole,
  }),
  batchSize: number({
    label: "Batch size",
    help: "Images per step, and as many synthetic ones. Smaller needs less memory.",
    default: 4,
    min: 1,
    max: 64,
    ...whole,
  }),
  generatorRate: number({
    label: "Learning rate of the generator",
    help: "Step size of Adam for generator and discriminator.",
    default: 0.0002,
    min: 0.000_001,
    max: 0.1,
  }),
  generatorWidth: number({
    label: "Width of the generator",
    help: "Channels at half the resolution; doubled at each level.",
    default: 16,
    min: 2,
    max: 64,
    ...whole,
  }),
  generatorWidest: number({
    label: "Widest level of the generator",
    help: "Channels at most.",
    default: 128,
    min: 4,
    max: 512,
    ...whole,
  }),
  discriminatorWidth: number({
    label: "Width of the discriminator",
    help: "Channels of the first layer of the network that tells real images from painted ones.",
    default: 16,
    min: 2,
    max: 64,
    ...whole,
  }),
  validateEvery: number({
    label: "Validate every",
    help: "Steps between two checks on the validation images; the best check becomes the model.",
    default: 100,
    min: 1,
    max: 1_000_000,
    ...whole,
  }),
};

export const settings = {
  steps: number({
    label: "Steps",
    help: "Updates of the segmenter, after the generator has learned by itself.",
    default: 2000,
    min: 1,
    max: 1_000_000,
    ...whole,
  }),
  generatorSteps: number({
    label: "Steps of the generator alone",
    help: "Updates of the generator before the segmenter learns.",
    default: 1500,
    min: 1,
    max: 1_000_000,
    ...whole,
  }),
  ...generatorSettings,
  learningRate: number({
    label: "Learning rate",
    help: "Step size of AdamW for the segmenter, at its largest.",
    default: 0.001,
    min: 0.000_001,
    max: 1,
  }),
  width: number({
    label: "Network width",
    help: "Channels of the segmenter at full resolution; doubled at each level.",
    default: 16,
    min: 2,
    max: 128,
    ...whole,
  }),
  depth: number({
    label: "Network depth",
    help: "Levels of resolution of the segmenter, the full one included.",
    default: 4,
    min: 1,
    max: 5,
    ...whole,
  }),
  activation: choice({
    label: "Activation",
    help: "Of the segmenter. silu is smooth: the search sees better what a change would do.",
    default: "leakyRelu",
    options: ["leakyRelu", "silu"],
  }),
  second: choice({
    label: "Second half",
    help: "What the segmenter learns from beside real pairs: synthetic images of deformed masks, real pairs moved alike, the same pairs again, or nothing.",
    default: "synthetic",
    options: ["synthetic", "moved", "same", "none"],
  }),
  augmentation: boolean({
    label: "Move real pairs too",
    help: "Real images and masks are moved at random before they are learned from.",
    default: false,
  }),
  generator: choice({
    label: "Generator",
    help: "joint: it goes on learning beside the segmenter. separate: it stays as it is after its own steps.",
    default: "joint",
    options: ["joint", "separate"],
  }),
  search: choice({
    label: "Searched half",
    help: "Where the generator has cells of three kernels whose mixture is searched.",
    default: "up",
    options: ["up", "down", "both"],
  }),
  architecture: choice({
    label: "Architecture",
    help: "searched: the mixtures follow the validation loss. fixed: they stay equal. random: they walk at random, to compare with.",
    default: "searched",
    options: ["searched", "fixed", "random"],
  }),
  architectureRate: number({
    label: "Learning rate of the architecture",
    help: "Step size of AdamW for the mixtures.",
    default: 0.01,
    min: 0,
    max: 1,
  }),
  generatorEvery: number({
    label: "Generator every",
    help: "The generator learns at every so many steps of the segmenter.",
    default: 2,
    min: 1,
    max: 1000,
    ...whole,
  }),
  searchEvery: number({
    label: "Search every",
    help: "The mixtures move at every so many steps of the segmenter.",
    default: 4,
    min: 1,
    max: 1000,
    ...whole,
  }),
  gamma: number({
    label: "Weight of the second half",
    help: "1 counts synthetic pairs as much as real ones.",
    default: 1,
    min: 0,
    max: 10,
  }),
  hypergradient: choice({
    label: "Hypergradient",
    help: "exact differentiates through a step of the segmenter; differences compares two of them.",
    default: "exact",
    options: ["exact", "differences"],
  }),
  route: choice({
    label: "Route",
    help: "direct: the mixtures act on the synthetic image. both: also on what the generator learns next.",
    default: "direct",
    options: ["direct", "both"],
  }),
  differenceLength: number({
    label: "Length of differences",
    help: "How far the weights are moved by the hypergradient by differences.",
    default: 0.001,
    min: 0.000_001,
    max: 1,
  }),
  discretise: choice({
    label: "Kept kernels",
    help: "none: mixtures stay as found. argmax: of each cell the strongest kernel stays, and the generator learns a little more with it.",
    default: "none",
    options: ["none", "argmax"],
  }),
};

export type GensegSettings = SettingsOf<typeof settings>;
