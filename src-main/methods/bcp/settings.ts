/** @file The settings of BCP, and its presets. */
import type { Preset } from "../training-facts.ts";
import { boolean, choice, number, type SettingsOf } from "../settings.ts";
import { cleaningSettings } from "../student-teacher/cleaning-settings.ts";
import { fittedSettings, volumes } from "../student-teacher/presets.ts";
import { sharedDefaults, sharedSettings } from "../student-teacher/settings.ts";
import type { Ratio } from "./mask.ts";

export const settings = {
  ...sharedSettings,
  pretrainShare: number({
    label: "Share of pre-training",
    help: "Of the steps, in which collages of labelled images alone are learned. None when going on from a model.",
    default: 0.25,
    min: 0,
    max: 0.95,
  }),
  pretraining: choice({
    label: "Pre-training",
    help: "With collages of labelled images, or with the images as they are.",
    default: "collages",
    options: ["collages", "plain"],
  }),
  mixing: choice({
    label: "Mixing",
    help: "Collages in both directions, only unlabelled pasted into labelled, only labelled pasted into unlabelled, or none.",
    default: "both",
    options: ["both", "in", "out", "none"],
  }),
  useUnlabelled: boolean({
    label: "Learn from unlabelled images",
    help: "Off: other labelled images take their place, to see what they are worth.",
    default: true,
  }),
  alpha: number({
    label: "Weight of pseudo-labels",
    help: "Against 1 for what a person drew.",
    default: 0.5,
    min: 0,
    max: 10,
  }),
  maskShape: choice({
    label: "Mask",
    help: "What is pasted: one block, nine small ones, or a slab from side to side.",
    default: "block",
    options: ["block", "cells", "slab"],
  }),
  maskRatio: choice({
    label: "Size of the mask",
    help: "Share of each side that a block takes.",
    default: "2/3",
    options: ["1/3", "1/2", "2/3", "5/6"],
  }),
  maskPerImage: boolean({
    label: "A mask for each image",
    help: "Off: one mask for all images of a step.",
    default: false,
  }),
  dice: choice({
    label: "Overlap over",
    help: "Overlap is counted over the whole batch, as in the paper's 2-D program, or in each image, as in its 3-D one.",
    default: "batch",
    options: ["batch", "image"],
  }),
  teacherMode: choice({
    label: "Teacher's mode",
    help: "train: with dropout and the statistics of the batch, as in the paper's program; eval: as a model predicts.",
    default: "train",
    options: ["train", "eval"],
  }),
  ...cleaningSettings,
  keepMoments: boolean({
    label: "Keep the optimizer's memory",
    help: "The second stage goes on with the moments of the first.",
    default: true,
  }),
  jointForward: boolean({
    label: "Both collages in one pass",
    help: "Faster; batch norm then sees both together, which the paper's program does not.",
    default: false,
  }),
  strongIntensities: boolean({
    label: "Strong intensities for the student",
    help: "Vary contrast, brightness and sharpness of the collages strongly; the teacher sees the images as they are.",
    default: false,
  }),
  confidenceMargin: number({
    label: "Least margin",
    help: "Pseudo-labels count only where the likeliest class is so much likelier than the second. 0: everywhere.",
    default: 0,
    min: 0,
    max: 1,
  }),
};

export type BcpSettings = SettingsOf<typeof settings>;

/** The paper counts overlap in each volume by itself. */
export const defaultsFor: typeof sharedDefaults = (given) =>
  given["dimensions"] === "3" ? { ...sharedDefaults(given), dice: "image" } : sharedDefaults(given);

/** As integers. */
export function ratioOf(maskRatio: BcpSettings["maskRatio"]): Ratio {
  const [over, under] = maskRatio.split("/").map(Number) as [number, number];
  return { over, under };
}

/** Updates of the first stage. */
export function pretrainSteps({ steps, pretrainShare }: Pick<BcpSettings, "steps" | "pretrainShare">): number {
  return Math.min(steps - 1, Math.round(pretrainShare * steps));
}

export const presets: readonly Preset[] = [
  {
    id: "default",
    title: "For this computer",
    summary: "Image size, network and steps chosen by your images and this computer.",
    // Measured: docs/experiments/bcp.md. It helped on two of three sets and harmed on none.
    settings: { strongIntensities: true },
    fitted: fittedSettings,
  },
  {
    id: "parity",
    title: "As published",
    summary:
      "Settings of the paper on heart slices: 256 pixels, 1.8 million weights, 40 000 steps. For a graphics card.",
    settings: {
      steps: 40_000,
      size: 256,
      halfBatch: 6,
      width: 16,
      depth: 5,
      optimizer: "sgd",
      learningRate: 0.01,
      schedule: "constant",
      augmentation: "paper",
      validateEvery: 200,
    },
  },
  {
    id: "small",
    title: "Small",
    summary: "64 pixels and 28 000 weights: a trial in a minute or two, and what the tests use.",
    settings: {
      steps: 800,
      size: 64,
      halfBatch: 3,
      width: 8,
      depth: 3,
      validateEvery: 200,
      keep: "last",
    },
  },
  {
    id: "medium",
    title: "Medium",
    summary: "96 pixels and 114 000 weights: a few minutes.",
    settings: {
      steps: 1800,
      pretrainShare: 1 / 6,
      size: 96,
      halfBatch: 4,
      width: 8,
      depth: 4,
      validateEvery: 300,
      keep: "last",
    },
  },
  { ...volumes, settings: { ...volumes.settings, dice: "image" } },
  {
    id: "volumes-parity",
    title: "As published, volumes",
    summary:
      "Settings of the paper on left atria: patches of 112 × 112 × 80, 9.4 million weights, 17 000 steps. For a graphics card.",
    settings: {
      dimensions: "3",
      steps: 17_000,
      pretrainShare: 2 / 17,
      size: 112,
      slices: 80,
      sliceSide: 1024,
      halfBatch: 2,
      width: 16,
      depth: 5,
      dice: "image",
      optimizer: "sgd",
      learningRate: 0.01,
      schedule: "tenths",
      augmentation: "paper",
      teacherStatistics: "own",
      keepMoments: false,
      validateEvery: 200,
    },
  },
];
