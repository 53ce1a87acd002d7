/**
 * @file What a method is: a recipe that can be started on cases. Its declaration is light, so that the main process may
 * list methods; the code that computes is loaded by `start` and `openPredictor`, in a process of their own.
 */
import type { CaseSource, ChannelCount, Prediction } from "../dataset/index.ts";
import type { ProfileRequest, TuningCache } from "../engine/runtime/index.ts";
import type { Frame, LabelMap, Rectangle } from "../voxels/index.ts";
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
  /** For the parameter store: times the operators of a few steps. */
  profile?: ProfileRequest | undefined;
  /** Where measured lowerings are kept, for a training whose settings ask for them. */
  tuning?: TuningCache | undefined;
}

/** A training under way. One call at a time. */
export interface TrainingSession {
  readonly steps: number;
  /** Updates done so far. */
  readonly step: number;
  readonly validateEvery: number;
  /** One update. Losses by name; "loss" is the one that is minimized. */
  runStep(): Promise<Record<string, number>>;
  /** Predicts every validation frame at its own size and hands each label map to `judge`. */
  validate(judge: (frameId: number, prediction: LabelMap) => void): Promise<void>;
  /** Everything that the next step depends on, as safetensors. */
  checkpoint(): Promise<Uint8Array>;
  /** The network alone, as safetensors. */
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

export interface Predictor {
  readonly classes: readonly TrainedClass[];
  infer(frame: Frame): Promise<Inference>;
  predict(frame: Frame): Promise<Prediction>;
  release(): Promise<void>;
}

export interface Method {
  /** Stored in project files: never rename. */
  id: string;
  title: string;
  summary: string;
  settings: SettingField[];
  /** Annotated frames at least, checked before a run is queued. */
  needs: { train: number; validate: number };
  /** Checked settings with defaults filled in. Throws `Problem` "bad-request". */
  parse(given: Readonly<Record<string, SettingValue>>): Record<string, SettingValue> & { steps: number };
  start(request: StartRequest): Promise<TrainingSession>;
  openPredictor(onnx: Uint8Array, device: ComputeDevice): Promise<Predictor>;
}

interface MethodDefinition<Shape extends SettingsShape> extends Omit<Method, "settings" | "parse" | "start"> {
  settings: Shape;
  start(request: Omit<StartRequest, "settings"> & { settings: SettingsOf<Shape> }): Promise<TrainingSession>;
}

export function defineMethod<Shape extends SettingsShape & { steps: SettingsShape[string] }>(
  definition: MethodDefinition<Shape>,
): Method {
  const { id, settings: shape } = definition;
  return {
    ...definition,
    settings: Object.entries(shape).map(([key, setting]) => setting.field(key)),
    parse: (given) => parseSettings(id, shape, given) as Record<string, SettingValue> & { steps: number },
    start: (request) => definition.start({ ...request, settings: parseSettings(id, shape, request.settings) }),
  };
}
