/** @file The settings of mean teacher, and its presets. */
import type { Preset } from "../training-facts.ts";
import { choice, number, type SettingsOf } from "../settings.ts";
import { fittedSettings, volumes } from "../student-teacher/presets.ts";
import { sharedSettings } from "../student-teacher/settings.ts";

export const settings = {
  ...sharedSettings,
  consistencyWeight: number({
    label: "Weight of agreement",
    help: "Of the squared difference between the two networks, once it has risen.",
    default: 10,
    min: 0,
    max: 10_000,
  }),
  rampShare: number({
    label: "Rise of that weight",
    help: "Share of the steps in which it rises: exp(-5 (1 - t)²).",
    default: 0.4,
    min: 0,
    max: 1,
  }),
  noise: number({
    label: "Noise",
    help: "Deviation of the noise that each network's unlabelled images get, in deviations of the image, cut at twice that.",
    default: 0.1,
    min: 0,
    max: 2,
  }),
  teacherMode: choice({
    label: "Teacher's mode",
    help: "train: with dropout and the statistics of the batch; eval: as a model predicts.",
    default: "train",
    options: ["train", "eval"],
  }),
};

export type MeanTeacherSettings = SettingsOf<typeof settings>;

export { sharedDefaults as defaultsFor } from "../student-teacher/settings.ts";

export const presets: readonly Preset[] = [
  {
    id: "default",
    title: "For this computer",
    summary: "Image size, network and steps chosen by your images and this computer.",
    settings: {},
    fitted: fittedSettings,
  },
  {
    id: "small",
    title: "Small",
    summary: "64 pixels and 28 000 weights: a trial in a minute or two, and what the tests use.",
    settings: { steps: 800, size: 64, halfBatch: 3, width: 8, depth: 3, validateEvery: 200, keep: "last" },
  },
  {
    id: "medium",
    title: "Medium",
    summary: "96 pixels and 114 000 weights: a few minutes.",
    settings: { steps: 1800, size: 96, halfBatch: 4, width: 8, depth: 4, validateEvery: 300, keep: "last" },
  },
  volumes,
];
