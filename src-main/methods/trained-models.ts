/** @file What can be asked of a model once it is opened: to outline, to be reviewed by two networks, to paint, to translate, to register. */
import type {
  ChannelCount,
  FrameModality,
  PerVolumeAxis,
  Placement,
  Prediction,
  ViewCount,
  VolumeSlices,
} from "../dataset/index.ts";
import type { Frame, LabelMap, Rectangle, Size } from "../voxels/index.ts";
import type { SettingValue } from "./settings.ts";
import type { Modalities, TrainedClass } from "./start-request.ts";
import type { IntensityRange } from "./translation/intensities.ts";

/** What a network said of one frame. */
export interface Inference {
  prediction(): Prediction;
  /** Of the pixels of a rectangle of the frame, background first, then `classes` of the predictor: one plane each, row by row. */
  probabilities(window: Rectangle): Float32Array[];
  /** Memory that it holds. */
  readonly bytes: number;
}

/** A network by itself, for several views of a frame at once. */
export interface SquareNetwork {
  readonly channels: ChannelCount;
  /** Side of the square that it takes, pixels. */
  readonly size: number;
  /**
   * Images `[views, channels, size, size]`, made by `preprocessFrame`, turned or mirrored as the caller likes -> probabilities
   * `[views, 1 + classes, size, size]`, background first. They belong to the caller.
   */
  probabilities(images: Float32Array, views: number): Promise<Float32Array>;
}

export interface Predictor {
  readonly classes: readonly TrainedClass[];
  /** Left out by networks that take no square image. */
  readonly network?: SquareNetwork;
  /** Throws `Problem` where the model is one of volumes: there `predictVolume` is. */
  infer(frame: Frame): Promise<Inference>;
  predict(frame: Frame): Promise<Prediction>;
  /**
   * Predictions of all slices of a volume, in their order, each at its own size. Left out by models of single images. `onProgress` is told
   * the share that is done and may throw to end it. Throws `Problem` where the slices are no volume, or memory is too small for it.
   */
  predictVolume?(
    slices: VolumeSlices,
    onProgress?: (share: number) => void | Promise<void>,
  ): Promise<Iterable<Prediction>>;
  release(): Promise<void>;
}

/** The two networks of a semi-supervised training, as they are when they predict; for a record of how far they agree. */
export interface Reviewer {
  readonly kind: "images";
  readonly classes: readonly TrainedClass[];
  readonly channels: ChannelCount;
  /** Side of the square that the networks take, pixels. */
  readonly size: number;
  /** What both say of one frame, at its own size. */
  infer(frame: Frame): Promise<Record<ReviewedNetwork, Inference>>;
  /**
   * For several views of a frame at once: images `[views, channels, size, size]`, made by `preprocessFrame` and turned or mirrored
   * as the caller likes -> probabilities `[views, 1 + classes, size, size]`, background first. They belong to the caller.
   */
  probabilities(network: ReviewedNetwork, images: Float32Array, views: number): Promise<Float32Array>;
  /**
   * Class numbers `[size, size]`, k + 1 for `classes[k]`, cleaned as this training cleans its pseudo-labels (largest component,
   * say). A fresh array.
   */
  pseudoLabel(classNumbers: Uint8Array): Uint8Array;
  release(): Promise<void>;
}

/** The two networks of a semi-supervised training on volumes. */
export interface VolumeReviewer {
  readonly kind: "volumes";
  readonly classes: readonly TrainedClass[];
  /**
   * What both say of a series, each voxel the mean over turned and mirrored views of windows that slide. `onProgress` as of
   * `predictVolume`. Throws `Problem` where the slices are no volume, or memory is too small for it.
   */
  look(
    slices: VolumeSlices,
    views: ViewCount,
    onProgress?: (share: number) => void | Promise<void>,
  ): Promise<VolumeLook>;
  /** Label maps of a whole series, in their order, as the networks take them: class values `[..size]`. */
  labels(maps: readonly LabelMap[]): Promise<{ size: PerVolumeAxis; labels: Uint8Array }>;
  release(): Promise<void>;
}

/** Arrays belong to the caller. */
export interface VolumeLook {
  readonly size: PerVolumeAxis;
  /** Size of the slices. */
  readonly original: Size;
  /** Normalized intensities `[..size]`. */
  readonly values: Float32Array;
  /** `[1 + classes, ..size]`, background first. */
  readonly teacher: Float32Array;
  readonly student: Float32Array;
  /** Of each view of the teacher the index of the likeliest plane, `[..size]`. */
  readonly winners: readonly Uint8Array[];
  /** Class numbers `[..size]` cleaned as the training cleans its pseudo-labels. A fresh array. */
  pseudoLabel(classNumbers: Uint8Array): Uint8Array;
  /** Probabilities `[1 + classes, ..size]` as predictions of the slices, in their order, one at a time. */
  predictions(probabilities: Float32Array): Iterable<Prediction>;
}

export type ReviewedNetwork = "student" | "teacher";

/** A network that paints images for masks. */
export interface ImageGenerator {
  readonly classes: readonly TrainedClass[];
  readonly channels: ChannelCount;
  /** Side of the squares that it paints, pixels. */
  readonly size: number;
  /** What its cells are mixed of: shares of the three kernels, innermost cell first. Empty where it has none. */
  architecture(): { half: "up" | "down"; shares: number[][] }[];
  /**
   * Class numbers `[n, size, size]`, k + 1 for `classes[k]` -> images `[n, channels, size, size]` in [0, 1]. `keys`: the randomness of each image, which
   * does not hang on what is painted beside it.
   */
  paint(
    labelMaps: Uint8Array,
    keys: readonly (readonly (string | number)[])[],
    options?: PaintOptions,
  ): Promise<Float32Array>;
  /**
   * A frame as it would paint it: `[channels, size, size]`, on the scale of its images, and where it lies in the square. What paintings are compared with, and
   * what `PaintOptions.references` are made of.
   */
  asPainted(frame: Frame): { image: Float32Array; placement: Placement };
  release(): Promise<void>;
}

export interface PaintOptions {
  /** Of `Method.paintSettings`; those not given have their defaults. Throws `Problem` "bad-request" for what is none of them. */
  settings?: Readonly<Record<string, SettingValue>>;
  /** Images `[n, channels, size, size]` in [0, 1] to go by beside the masks, of a generator that can; 0: they count for nothing, 1: as much as the masks. */
  references?: { images: Float32Array; weight: number };
  /** Told after each step of a generator that paints in steps; may throw to end it. */
  onStep?(progress: PaintProgress): void | Promise<void>;
  /** Told before a program is made ready, which may take seconds and lets nothing else come in; may throw to end it. */
  onCompile?(): void | Promise<void>;
}

export interface PaintProgress {
  /** Steps done, from 1, of how many, for the images that are painted now: `count` of them, from place `first`. */
  step: number;
  steps: number;
  first: number;
  count: number;
  /** Those images as the network sees them behind the noise now, `[count, channels, size, size]` in [0, 1]. */
  preview(): Promise<Float32Array>;
}

/** Images of one series of one patient, in their order. Those that are not wanted are there for their intensities, and as neighbors. */
export interface TranslatedSeries {
  count: number;
  frame(index: number): Promise<Frame>;
  isWanted?(index: number): boolean;
}

/** A pair as the network sees it: images `[size, size]` in [-1, 1], and where the picture lies in them; around it they are -1. */
export interface ComparedPair {
  source: Float32Array;
  made: Float32Array;
  real: Float32Array;
  placement: Placement;
}

/** A network that translates images to another modality. */
export interface Translator {
  /** Side of the squares that it takes, pixels. */
  readonly size: number;
  /** The modalities that it goes between. */
  readonly modalities: Modalities;
  /** Each to one of its own size in 8 bits. `onImage` is told each, and may throw to end it. Throws `Problem` where all of the series is of one value. */
  translate(series: TranslatedSeries, onImage: (index: number, translated: Frame) => Promise<void>): Promise<void>;
  /** Of all images of a series, as the training scaled them. */
  rangeOf(reads: readonly (() => Promise<Frame>)[]): Promise<IntensityRange>;
  /**
   * As `translate`, beside the targets on the pixels of their sources, as the training saw them. `range`: of the target's series. `onPair` is told null where one of both
   * is of one value, and may throw to end it.
   */
  compare(
    series: TranslatedSeries,
    targetOf: (index: number) => Promise<TargetPlacement & { frame: Frame; range: IntensityRange }>,
    onPair: (index: number, pair: ComparedPair | null) => Promise<void>,
  ): Promise<void>;
  release(): Promise<void>;
}

/** Where on the translation of a source what belongs to a pixel lies, as a network estimates it: at nodes, in pixels of the source. */
export interface EstimatedFlow {
  width: number;
  height: number;
  /** Nodes in rows, the first row first. */
  columns: number;
  rows: number;
  nodes: { x: number; y: number; right: number; down: number }[];
  mean: { right: number; down: number };
  largest: number;
  /** Share of pixels where it folds. */
  folds: number;
}

/** How a target is brought onto the pixels of its source; what is left out follows from the frames. */
export type TargetPlacement = Pick<FrameModality, "alignment" | "relation">;

/** Intensities of the series that both images of a pair are of, as a training scales them. */
export interface PairRanges {
  source: IntensityRange;
  target: IntensityRange;
}

export interface Registrar {
  /** Slices of the source that it sees for one of the target: odd. */
  readonly slices: number;
  /**
   * `sources`: that many, what is asked about in their middle. `ranges`: default those of these images alone.
   * `placed`: how the target is brought onto it before.
   */
  estimate(
    sources: readonly Frame[],
    target: Frame,
    known?: TargetPlacement & { ranges?: PairRanges },
  ): Promise<EstimatedFlow>;
  release(): Promise<void>;
}
