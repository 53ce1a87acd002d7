/** @file What is told of data and machine before a training begins, and the presets that are fitted to both. */
import type { ChannelCount } from "../dataset/index.ts";
import type { LabelFacts } from "./grading/label-target.ts";
import type { TrunkRecord } from "./grading/trunk-record.ts";
import type { SettingValue } from "./settings.ts";
import type { Modalities, TrainedClass } from "./start-request.ts";

/** What a method is told of the data before a run is queued. Counts are of frames. */
export interface TrainingFacts {
  labelled: number;
  /** Of the labelled those whose mask shows any class. */
  shown: number;
  validated: number;
  unlabelled: number;
  /** Classes of the project, with the number of labelled frames that show each. */
  classes: readonly (TrainedClass & { frames: number })[];
  /** Of the frames to learn from. */
  gray: number;
  color: number;
  /** Median of the longer side of the frames to learn from, pixels. */
  side: number;
  /** Of a translation: images of both modalities. */
  pairs?: PairFacts;
  /** Of a training of labels of whole images. */
  labels?: LabelFacts;
  /** The ONNX trunk that it is to be trained on. */
  trunk?: TrunkRecord;
  /** Of a training that goes on from a model: channels of the images that it knows. */
  startChannels?: ChannelCount;
  /** Counted when asked for. */
  readonly volumes: VolumeFacts;
}

/** What a translation would learn from. */
export interface PairFacts extends Modalities {
  /** Pairs. */
  train: number;
  validate: number;
  /** Images to learn from. */
  sources: number;
  targets: number;
}

/** The same data as series of slices. */
export interface VolumeFacts {
  /** Series of the training split with masks on all slices. */
  labelled: number;
  /** Of the validation split. */
  validated: number;
  /** Series to learn from with masks on some slices or on none. */
  unlabelled: number;
  /** Images of no series, or of one that is not wholly there. */
  leftOut: number;
  /** Slices of the longest series; 0 where there is none. */
  longest: number;
  /** Smallest and largest distance of slices, mm, among series whose files tell it; null where none does. */
  apart: { least: number; most: number } | null;
  /** Series that are no volumes: any file of it, and why. */
  broken: readonly { name: string; reason: string }[];
}

/** The computer that a training will probably run on. */
export interface Machine {
  cores: number;
  memoryBytes: number;
}

/** Settings by a name. Those that are not given have their defaults. */
export interface Preset {
  id: string;
  title: string;
  /** For whom it is, and where it comes from. */
  summary: string;
  settings: Readonly<Record<string, SettingValue>>;
  /** Settings that depend on data and machine; they come before `settings`. */
  fitted?(facts: TrainingFacts, machine: Machine): Record<string, SettingValue>;
}
