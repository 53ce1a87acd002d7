/**
 * @file What a method is: a recipe that can be started on cases. Its declaration is light, so that the main process may
 * list methods; the code that computes is loaded by `start` and `openPredictor`, in a process of their own.
 */
import type {
  CaseSource,
  ChannelCount,
  FrameModality,
  PerVolumeAxis,
  Placement,
  Prediction,
  ViewCount,
  VolumeSlices,
} from "../dataset/index.ts";
import type { Grader, LabelFacts, LabelTarget, TakeAnswers } from "./grading/label-target.ts";
import type { GivenTrunk, TrunkRecord } from "./grading/trunk-record.ts";
import type { BackboneRecord } from "./siamese-diffusion/backbone/record.ts";
import type { ProfileRequest, StoreOptions, TuningCache } from "../engine/runtime/index.ts";
import type { IntensityRange } from "./translation/intensities.ts";
import type { Statement } from "../problem/index.ts";
import type { Frame, LabelMap, Rectangle, Size } from "../voxels/index.ts";
import {
  parseSettings,
  type SettingField,
  type SettingsOf,
  type SettingsShape,
  type SettingValue,
} from "./settings.ts";

export type ComputeDevice = "cpu" | "webgpu" | "cuda" | "dml" | "coreml" | "auto";

/** Value in label maps (1–255), name, and the color it is drawn in. */
export interface TrainedClass {
  value: number;
  name: string;
  /** `#rrggbb`. */
  color?: string;
}

export interface StartRequest {
  cases: CaseSource;
  /** As `parse` gave them. */
  settings: Readonly<Record<string, SettingValue>>;
  seed: number;
  device: ComputeDevice;
  classes: readonly TrainedClass[];
  /** 3 when any image of the run has color. */
  channels: ChannelCount;
  /** What `checkpoint` gave: goes on bit for bit. */
  resume?: Uint8Array | undefined;
  /** What `weights` of another training gave: starts from there. */
  from?: Uint8Array | undefined;
  /** What a translation is to go between. */
  modalities?: Modalities | undefined;
  /** What of whole images is to be learned: as many as `SourceFrame.values`. */
  targets?: readonly LabelTarget[] | undefined;
  /** For the parameter store: times the operators of a few steps. */
  profile?: ProfileRequest | undefined;
  /** Where measured lowerings are kept, for a training whose settings ask for them. */
  tuning?: TuningCache | undefined;
  /** For the parameter store: what it may take of the computer, and who is told what it will take. */
  resources?: Pick<StoreOptions, "threads" | "memoryLimit" | "onReserved" | "isPlanOnly"> | undefined;
  /** Where the backbones of this machine lie, for a training on one of them. */
  backbones?: BackboneShelf | undefined;
  /** The ONNX trunk of the project that the settings name. */
  trunk?: GivenTrunk | undefined;
  /** Digest of all that it learns from, for the metadata of checkpoints. */
  trainingData?: string | undefined;
}

/** Networks of the person's own that lie on this machine and are in no project: weights of gigabytes. */
export interface BackboneShelf {
  /** What is known of the backbone with this id, and where it lies; null: it was not added here. */
  find(id: string): { record: BackboneRecord; folder: string } | null;
}

/** Takes one prediction, at the size of its frame. */
export type Judge = (frameId: number, prediction: LabelMap) => void | Promise<void>;

/** Takes a picture that was made for a validation frame, for a person to look at, and the figure of this picture alone. */
export type Show = (frameId: number, picture: Frame, score: number | null) => void;

/** What a training that makes no masks says of itself on the validation frames. */
export interface OwnJudgment {
  /** The figure of `Method.judgedBy`; null where there was nothing to judge. */
  score: number | null;
  /** Others worth a curve, by name. */
  figures?: Readonly<Record<string, number>>;
  /** To be known of the training from now on. Of several with the same words the latest counts. */
  remarks?: readonly Statement[];
}

/** What a training chooses its model by: a figure among those of its run, and which way it is better. */
export interface JudgedBy {
  /** Stored in project files: never rename. */
  figure: string;
  better: "higher" | "lower";
}

/**
 * Takes what a training made of a validation image of one channel and what is really there, `[height, width]` in [-1, 1], -1 where nothing is: how near
 * they are becomes the figures validationNMAE, validationPSNR and validationSSIM. Returns the first, null where nothing is anywhere.
 */
export type Compare = (made: Float32Array, real: Float32Array, size: Size) => number | null;

/** What can be asked of a model: to outline images, to paint them for masks, to translate them to another modality, or to say what whole images show: a class or grade, or numbers. */
export type ModelOutput = "masks" | "images" | "translations" | "grades" | "numbers";

/** Names that a person gave two modalities. */
export interface Modalities {
  source: string;
  target: string;
  /** "paired": the same place; "loose": about; "unpaired": of any patients. */
  kind: "paired" | "loose" | "unpaired";
}

/** A training under way. One call at a time. */
export interface TrainingSession {
  readonly steps: number;
  /** Updates done so far. */
  readonly step: number;
  readonly validateEvery: number;
  /** What only the pixels told: for the person who trains. */
  readonly remarks?: readonly Statement[];
  /** One update. Losses by name; "loss" is the one that is minimized. */
  runStep(): Promise<Record<string, number>>;
  /**
   * Looks at every validation frame. Label maps, at the frame's own size, go to `judge`: their mean Dice is the score. A training that makes no
   * masks judges itself and returns what it found, gives what it made to `compare`, or what it says of whole images to `take`. Pictures, if it makes any, go to
   * `show`: at least those of the frames `shown`.
   */
  validate(
    judge: Judge,
    show?: Show,
    shown?: ReadonlySet<number>,
    compare?: Compare,
    take?: TakeAnswers,
  ): Promise<OwnJudgment> | Promise<void>;
  /** Told the score of what `validate` just looked at; null where there was nothing to judge (no foreground, say). */
  validated?(score: number | null): void | Promise<void>;
  /** Further networks of the training that are worth a curve of their own, by name: validated after the one that matters. */
  readonly alsoValidate?: Readonly<Record<string, (judge: Judge) => Promise<void>>>;
  /** Set where validation goes by volume: Dice of all slices of one together. */
  readonly judgesVolumes?: boolean;
  /** Of a training that searches an architecture: it stays as it is from now on, and all else goes on. */
  stopSearch?(): Promise<void>;
  /** Whether the present weights may become the model: not before the last stage of a training, say. Default: always. */
  readonly isCandidate?: boolean;
  /** Everything that the next step depends on, as safetensors. */
  checkpoint(): Promise<Uint8Array>;
  /** The networks alone, as safetensors: what `exportOnnx`, a later training and `openReviewer` start from. */
  weights(): Promise<Uint8Array>;
  /** Inference model of `weights`, by default the present ones. `about` joins what the model says of itself (its metadata). */
  exportOnnx(options?: { weights?: Uint8Array; about?: Readonly<Record<string, string>> }): Promise<Uint8Array>;
  release(): Promise<void>;
}

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

/** What of a training follows the time that there is. Settings are complete. */
export interface Pacing {
  /** Settings that count the steps of its stages, in the order in which they are worked. */
  stages(settings: Readonly<Record<string, SettingValue>>): readonly string[];
  /** Steps of all stages below which it is not worth beginning. */
  fewest(settings: Readonly<Record<string, SettingValue>>): number;
  /** Settings to take where so many do not fit; null: there are none. */
  smaller?(settings: Readonly<Record<string, SettingValue>>): Record<string, SettingValue> | null;
}

export interface Method {
  /** Stored in project files: never rename. */
  id: string;
  title: string;
  summary: string;
  settings: SettingField[];
  /** The first is what a form starts with. None: the defaults of the settings. */
  presets?: readonly Preset[];
  /**
   * Frames at least, checked before a run is queued: annotated ones to train and to validate. `unlabelled`: images without
   * annotation; a method that does not say it does not get any.
   */
  needs: { train: number; validate: number; unlabelled?: number };
  /** It learns from a pairing of two modalities in place of annotated images. */
  learnsPairs?: boolean;
  /** It learns labels of whole images in place of annotations: one of classes or grades, or one or several of numbers. */
  learnsLabels?: "grades" | "numbers";
  /** What can be asked of the models of such a training. Default of a definition: masks. */
  makes(settings: Readonly<Record<string, SettingValue>>): readonly ModelOutput[];
  /** What its models are chosen by. Default: the mean Dice of the validation images, "validationDice". */
  judgedBy(settings: Readonly<Record<string, SettingValue>>): JudgedBy;
  /** Whether such settings search an architecture, so that `TrainingSession.stopSearch` can be called. Default: none does. */
  searches?(settings: Readonly<Record<string, SettingValue>>): boolean;
  /** For the person who starts a run with such data and settings. Throws `Problem` where it could only fail. */
  remarks?(facts: TrainingFacts, settings: Readonly<Record<string, SettingValue>>): Statement[];
  /** Checked settings with defaults filled in. Throws `Problem` "bad-request". */
  parse(given: Readonly<Record<string, SettingValue>>): Record<string, SettingValue> & { steps: number };
  /** Steps of the whole training with such complete settings, as its session will say. Default: the setting `steps`. */
  totalSteps(settings: Readonly<Record<string, SettingValue>>): number;
  /** How it is sized where it is to end by an hour. Default: by the setting `steps`. */
  pacing: Pacing;
  start(request: StartRequest): Promise<TrainingSession>;
  /** Throws `Problem` where its models make no masks. */
  openPredictor(onnx: Uint8Array, device: ComputeDevice): Promise<Predictor>;
  /** For methods that train a teacher beside the student: both, from what `weights` of a training gave. */
  openReviewer?(weights: Uint8Array, device: ComputeDevice): Promise<Reviewer | VolumeReviewer>;
  /** For methods that train a generator: it, from what `weights` of a training gave. */
  openGenerator?(weights: Uint8Array, device: ComputeDevice, backbones?: BackboneShelf): Promise<ImageGenerator>;
  /** For methods that translate: what does, from what `weights` of a training gave. */
  openTranslator?(weights: Uint8Array, device: ComputeDevice): Promise<Translator>;
  /** For methods that learn labels of whole images: what says them, from what `weights` of a training gave. */
  openGrader?(weights: Uint8Array, device: ComputeDevice): Promise<Grader>;
  /** For methods that register: what does. Throws `Problem` where the training did without. */
  openRegistrar?(weights: Uint8Array, device: ComputeDevice): Promise<Registrar>;
  /** What may be chosen anew for every image that the generator paints. Default: nothing. */
  paintSettings: readonly SettingField[];
  /** Those that mean something with a model that was `trained` with such settings. Default: all. */
  paintSettingsOf?(trained: Readonly<Record<string, SettingValue>>): readonly SettingField[];
  /** As `parse`, of `paintSettings`. `trained`: settings of the training that made the model. */
  parsePaint(
    given: Readonly<Record<string, SettingValue>>,
    trained?: Readonly<Record<string, SettingValue>>,
  ): Record<string, SettingValue>;
}

/** Fewer updates leave any network about where it began. */
const FEWEST_STEPS = 50;

/** What a definition may leave to its default. */
type Defaulted = "makes" | "judgedBy" | "totalSteps" | "pacing" | "paintSettings" | "parsePaint";

interface MethodDefinition<Shape extends SettingsShape>
  extends Omit<Method, "settings" | "parse" | "start" | Defaulted>, Partial<Pick<Method, Defaulted>> {
  settings: Shape;
  /** Defaults that hang on other settings: they go before those of the settings. */
  defaultsFor?(given: Readonly<Record<string, SettingValue>>): Record<string, SettingValue>;
  start(request: Omit<StartRequest, "settings"> & { settings: SettingsOf<Shape> }): Promise<TrainingSession>;
}

export function defineMethod<Shape extends SettingsShape & { steps: SettingsShape[string] }>(
  definition: MethodDefinition<Shape>,
): Method {
  const { id, settings: shape, defaultsFor, ...rest } = definition;
  const parse = (given: Readonly<Record<string, SettingValue>>): SettingsOf<Shape> =>
    parseSettings(id, shape, { ...defaultsFor?.(given), ...given });
  return {
    makes: () => ["masks"],
    judgedBy: () => ({ figure: "validationDice", better: "higher" }),
    totalSteps: ({ steps }) => steps as number,
    pacing: { stages: () => ["steps"], fewest: () => FEWEST_STEPS },
    paintSettings: [],
    parsePaint: (given) => parseSettings(id, {}, given),
    ...rest,
    id,
    settings: Object.entries(shape).map(([key, setting]) => setting.field(key)),
    parse: (given) => parse(given) as Record<string, SettingValue> & { steps: number },
    start: (request) => definition.start({ ...request, settings: parse(request.settings) }),
  };
}
