/** @file What the interface sends: bodies of requests, named once. */
import type {
  DeidentifyChoice,
  LabelDefinition,
  ExportFormat,
  MaskKind,
  PatientRule,
  SettingValue,
  SlicePlane,
  Split,
  ZeroPolicy,
} from "../../src-main/api/contract.ts";

export interface ImportOptions {
  patient: PatientRule;
  split?: Split;
  modality?: string;
  deidentify: boolean | DeidentifyChoice;
  plane: SlicePlane;
  addClasses: boolean;
  /** Only say what would be done. */
  dryRun: boolean;
}

/** What is chosen for import, in one of two ways: bytes of the window, or paths on this computer. */
export interface ImportFiles<File> {
  images: File[];
  masks: File[];
  /** Tables of image-level labels. */
  labels: File[];
}

export interface ExportChoice {
  format: ExportFormat;
  modelId?: number;
  split?: Split;
  /** Only these; default all. */
  frameIds?: readonly number[];
  masks?: MaskKind[];
}

/** A file and its path relative to what was dropped or chosen: masks are matched by it. */
export interface UploadedFile {
  file: File;
  path: string;
}

/** Numbers of cases. */
export interface SplitCounts {
  train: number;
  val: number;
  test: number;
}

export interface RunRequest {
  method: string;
  settings: Record<string, SettingValue>;
  seed?: number;
  device?: string;
  fromModel?: number;
  includeAccepted?: boolean;
  /** Of methods that learn labels of whole images; default the one that most images have. */
  labels?: number[];
  /** Of methods that translate; default the newest. */
  pairing?: number;
  /** Paused at once, to be exported. */
  hold?: boolean;
}

/** Arms by id, the first to compare with; the seeds themselves. */
export interface ExperimentRequest {
  arms: string[];
  labelled: number[];
  seeds: number[];
  folds: number;
  settings: Record<string, SettingValue>;
  /** Of ways of telling classes of whole images apart. */
  label?: number;
  /** Of ways that learn from a second modality; default the newest. */
  pairing?: number;
}

/** What a label is to be; what is left out stays, or is the default. */
export type LabelRules = Pick<LabelDefinition, "name"> & Partial<Omit<LabelDefinition, "labelId" | "name">>;

/** How relative errors of numbers are formed. `isForced`: also where they have no meaning. */
export interface RelativeChoice {
  zeros?: ZeroPolicy;
  isForced?: boolean;
  /** Of this number alone. */
  labelId?: number;
}
