/** @file Settings that all methods with a student and a teacher share. */
import type { PerVolumeAxis } from "../../dataset/index.ts";
import { boolean, choice, number, type SettingsOf, type SettingValue } from "../settings.ts";

const whole = { integer: true } as const;
const ofVolumes = { when: { key: "dimensions", is: "3" } } as const;

export const sharedSettings = {
  steps: number({
    label: "Steps",
    help: "Updates of the network, all stages together.",
    default: 2000,
    min: 1,
    max: 1_000_000,
    ...whole,
  }),
  dimensions: choice({
    label: "Dimensions",
    help: "Each image by itself, or series of slices as volumes, in patches, with a V-Net; such trainings have other defaults.",
    default: "2",
    options: ["2", "3"],
    names: { "2": "2: image by image", "3": "3: series as volumes" },
    leads: true,
  }),
  size: number({
    label: "Image size",
    help: "Side in pixels to which images are brought for the network; of volumes: side of the patches. Larger sees finer detail and takes longer.",
    default: 128,
    min: 16,
    max: 1024,
    multipleOf: 16,
    ...whole,
  }),
  slices: number({
    label: "Slices of a patch",
    help: "How many slices the network sees at a time. Shorter series are filled up with nothing.",
    default: 16,
    min: 4,
    max: 256,
    multipleOf: 4,
    ...whole,
    ...ofVolumes,
  }),
  sliceSide: number({
    label: "Size of slices",
    help: "Longer side in pixels to which larger slices are reduced before patches are cut.",
    default: 256,
    min: 16,
    max: 1024,
    ...whole,
    ...ofVolumes,
  }),
  intensities: choice({
    label: "Intensities",
    help: "z-score brings each volume to mean 0 and deviation 1 (MR); abdomen takes -125 to 275 HU as 0 to 1 (CT).",
    default: "z-score",
    options: ["z-score", "abdomen"],
    ...ofVolumes,
  }),
  halfBatch: number({
    label: "Half batch",
    help: "Images per half: each step sees two halves of labelled and two of unlabelled images. Smaller needs less memory.",
    default: 4,
    min: 1,
    max: 64,
    ...whole,
  }),
  width: number({
    label: "Network width",
    help: "Channels at full resolution; doubled at each level.",
    default: 16,
    min: 2,
    max: 128,
    ...whole,
  }),
  depth: number({
    label: "Network depth",
    help: "Levels of resolution, the full one included.",
    default: 5,
    min: 2,
    max: 5,
    ...whole,
  }),
  dropout: boolean({
    label: "Dropout",
    help: "Drop 5 to 50 % of the numbers on the way down while training, the more the deeper; of volumes half of the channels, twice.",
    default: true,
  }),
  optimizer: choice({
    label: "Optimizer",
    help: "Adam learns fast in short runs; SGD with momentum 0.9 and weight decay 0.0001 is that of the paper.",
    default: "adam",
    options: ["adam", "sgd"],
  }),
  learningRate: number({
    label: "Learning rate",
    help: "Step size at its largest: 0.003 for Adam, 0.01 for SGD.",
    default: 0.003,
    min: 0.000_001,
    max: 1,
  }),
  schedule: choice({
    label: "Schedule",
    help: "How the learning rate goes: a fifth of it after 70 % of the last stage, constant, half a cosine in each stage, or a tenth after every 2500 steps of the last stage.",
    default: "drop",
    options: ["drop", "constant", "cosine", "tenths"],
  }),
  augmentation: choice({
    label: "Augmentation",
    help: "Vary images at random: flips and quarter turns; as in the paper, slices also by angles up to 20°; any angle, scale and brightness (not of volumes); nothing, where the side of the body matters.",
    default: "flips",
    options: ["flips", "paper", "any", "none"],
  }),
  emaDecay: number({
    label: "Teacher's inertia",
    help: "Share of its old weights that the teacher keeps at each step; 0.97 for fewer than 300 steps.",
    default: 0.99,
    min: 0,
    max: 1,
  }),
  teacherStatistics: choice({
    label: "Teacher's statistics",
    help: "Running statistics of the teacher's batch norm: averaged like its weights, copied from the student, or of its own passes.",
    default: "average",
    options: ["average", "copy", "own"],
  }),
  deploy: choice({
    label: "Model",
    help: "Which of the two networks becomes the model. The other one stays available for review.",
    default: "student",
    options: ["student", "teacher"],
  }),
  keep: choice({
    label: "Keep",
    help: "The weights with the best validation Dice, or the last ones. With few validation images the best is partly luck.",
    default: "best",
    options: ["best", "last"],
  }),
  cleanStatistics: boolean({
    label: "Clean statistics",
    help: "Measure the batch norm of the model anew on whole images before it is judged and exported: it learned on altered ones.",
    default: false,
  }),
  validateEvery: number({
    label: "Validate every",
    help: "Steps between two checks on the validation images; the best check becomes the model.",
    default: 100,
    min: 1,
    max: 1_000_000,
    ...whole,
  }),
  tune: boolean({
    label: "Measure this computer first",
    help: "Times several ways to compute each layer and takes the fastest: some seconds, once per image size and network.",
    default: false,
  }),
};

export type SharedSettings = SettingsOf<typeof sharedSettings>;

/** Of trainings on volumes, where they are not given: a patch has many more numbers than a slice. */
export const VOLUME_DEFAULTS = { size: 64, sliceSide: 128, halfBatch: 1, width: 8, depth: 4, steps: 600 } as const;

/** Defaults that hang on other settings. */
export function sharedDefaults({ dimensions }: Readonly<Record<string, SettingValue>>): Record<string, SettingValue> {
  return dimensions === "3" ? VOLUME_DEFAULTS : {};
}

/** Axes of what a network sees at a time: [rows, columns], or [slices, rows, columns]. */
export function placesOf({ dimensions, size, slices }: PatchSettings): readonly [number, number] | PerVolumeAxis {
  return dimensions === "3" ? [slices, size, size] : [size, size];
}

export type PatchSettings = Pick<SharedSettings, "dimensions" | "size" | "slices">;
