/** @file What a training is started with. */
import type { CaseSource, ChannelCount } from "../dataset/index.ts";
import type { ProfileRequest, StoreOptions, TuningCache } from "../engine/runtime/index.ts";
import type { LabelTarget } from "./grading/label-target.ts";
import type { GivenTrunk } from "./grading/trunk-record.ts";
import type { SettingValue } from "./settings.ts";
import type { BackboneRecord } from "./siamese-diffusion/backbone/record.ts";

export type ComputeDevice = "cpu" | "webgpu" | "cuda" | "dml" | "coreml" | "auto";

/** Value in label maps (1–255), name, and the color it is drawn in. */
export interface TrainedClass {
  value: number;
  name: string;
  /** `#rrggbb`. */
  color?: string;
}

/** Names that a person gave two modalities. */
export interface Modalities {
  source: string;
  target: string;
  /** "paired": the same place; "loose": about; "unpaired": of any patients. */
  kind: "paired" | "loose" | "unpaired";
}

/** Networks of the person's own that lie on this machine and are in no project: weights of gigabytes. */
export interface BackboneShelf {
  /** What is known of the backbone with this id, and where it lies; null: it was not added here. */
  find(id: string): { record: BackboneRecord; folder: string } | null;
}

/** What a generator is opened with, beside its weights. */
export interface GeneratorResources {
  backbones?: BackboneShelf | undefined;
  /** Bytes that it may take; default: what the machine has. */
  memoryLimit?: number | undefined;
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
