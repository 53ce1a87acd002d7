/** @file What trainings on labels of whole images learn, and what their models answer. Light: imported by those who only pass it on. */
import type { Frame } from "../../voxels/index.ts";

/** One thing that is said of whole images: one of some classes, of ordered grades, or a number. */
export interface LabelTarget {
  labelId: number;
  name: string;
  kind: "class" | "grade" | "number";
  /** Of classes and grades, in their order; empty for numbers. */
  options: readonly string[];
  /** Of numbers. */
  unit: string | null;
}

/** Place of the class among the options, or the number; null: nothing is said. */
export type TargetValue = number | null;

/** How the samples of one image differ: the model's own spread, which tells nothing of what other images would have taught it. Of each class; probabilities as they come, not tempered. */
export interface SampleSpread {
  means: number[];
  /** 2.5th and 97.5th percentile. */
  low: number[];
  high: number[];
  /** Standard deviation between the samples (by n). */
  deviations: number[];
  /** Of the votes, 0 (one class has all) to 1 (all have as many). */
  entropy: number;
  /** How far the best mean is ahead of the second. */
  margin: number;
  /** Paired t-test over the samples between the classes of the two best means; `t` is null where they differ by the same throughout. `isApart`: p < 0.05. */
  test: { first: number; second: number; t: number | null; p: number; isApart: boolean };
}

/** What a model says of one image under one label. */
export interface LabelAnswer {
  labelId: number;
  /** Place of the likeliest class, or the number. */
  value: number;
  /** Of the likeliest class, calibrated on the validation images where there were enough; null for numbers. */
  probability: number | null;
  /** Of classes the entropy of the probabilities, 0 (sure) to 1 (all alike); of numbers the standard deviation between the samples, in their unit. */
  uncertainty: number;
  /** Of each class, sum 1; empty for numbers. */
  probabilities: number[];
  /** Share of the samples that chose each class; empty for numbers. */
  votes: number[];
  /** Of grades the mean place, and the shortest run of grades, first and last, that holds 90 % of the probability; null for others. */
  expected: number | null;
  likely: [number, number] | null;
  /** Of grades the first place that holds half of the probability with those below, and for each place how likely the grade is that or a higher one; null for others. Left out by earlier versions, as is `margin`. */
  median?: number | null;
  atLeast?: number[] | null;
  /** Of classes how far the likeliest is ahead of the second; null for numbers. */
  margin?: number | null;
  /** Of classes how the samples differ; null for numbers, and where it was asked once. Left out by earlier versions. */
  spread?: SampleSpread | null;
  /** Of numbers the 2.5th and 97.5th percentile of the samples; null for classes. It is the model's own spread, not an interval of the truth. */
  interval: [number, number] | null;
}

/** A rectangle in pixels of the image; the saliency's own may reach beyond it, where the image was set into a square. */
export interface ImageRectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** What a model says of one image, and where it looked. */
export interface GradedImage {
  answers: LabelAnswer[];
  /** How often it was asked. */
  samples: number;
  /** Higher where more of a class (or of the number) is seen: `cells` × `cells` values for each, row by row, over `area`. No probabilities. */
  saliency: { cells: number; maps: number[][]; area: ImageRectangle };
  /** Middle of the highest cell of the likeliest class, pixels of the image. */
  peak: { x: number; y: number };
  /** Close looks, in the order in which they were chosen, and how much each counted; empty where the method takes none. */
  regions: (ImageRectangle & { attention: number })[];
  /** Likeliest class of the look at the whole, of the close looks and of both together, before the diffusion; null where the method has none. */
  looks: { whole: number; close: number; both: number } | null;
  /** Their probabilities of each class, as they come: they are not calibrated. Left out by earlier versions. */
  posteriors?: { whole: number[]; close: number[]; both: number[] } | null;
}

export interface GradeOptions {
  /** How often each image is asked: other noise, or another variation of the image. */
  samples: number;
  /** Of that randomness. With the same seed an image gets the same answer, whatever is graded beside it. */
  seed: number;
}

/** A trained model of labels by itself. */
export interface Grader {
  readonly targets: readonly LabelTarget[];
  /** Images that are best given at once. */
  readonly batch: number;
  /** `key`: names the randomness of an image. */
  grade(images: readonly { key: number; frame: Frame }[], options: GradeOptions): Promise<GradedImage[]>;
  release(): Promise<void>;
}

/** Takes what a training says of a validation image, for each of its labels. */
export type TakeAnswers = (frameId: number, answers: readonly LabelAnswer[]) => void;

/** What a training of labels is told of the images that it would see. Each image counts once, however many slices it has. */
export interface LabelFacts {
  targets: (LabelTarget & {
    /** Images by place of the class; of numbers one count. */
    train: number[];
    validate: number[];
    /** Of numbers to learn from: how many are 0, and whether all are the same. */
    zeros: number;
    isConstant: boolean;
  })[];
  /** Patients of the training split of whom something is said. */
  patients: number;
  /** Images of the training and validation split of which nothing is said. */
  missing: number;
  /** How many different sizes the images have. */
  sizes: number;
  /** Images of several slices, of which the middle one is seen. */
  stacks: number;
}
