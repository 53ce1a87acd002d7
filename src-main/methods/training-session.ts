/** @file A training under way: its steps, how it is judged, and what is taken out of it. */
import type { Statement } from "../problem/index.ts";
import type { Frame, LabelMap, Size } from "../voxels/index.ts";
import type { TakeAnswers } from "./grading/label-target.ts";

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

/**
 * Takes what a training made of a validation image of one channel and what is really there, `[height, width]` in [-1, 1], -1 where nothing is: how near
 * they are becomes the figures validationNMAE, validationPSNR and validationSSIM. Returns the first, null where nothing is anywhere.
 */
export type Compare = (made: Float32Array, real: Float32Array, size: Size) => number | null;

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
