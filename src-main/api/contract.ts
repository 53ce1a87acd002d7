/**
 * @file The JSON that crosses the border between the app and its interface. Types only: the renderer imports them with
 * `import type`. Binary bodies (pixels, label maps) use the layouts of src-main/voxels.
 */
import type { ChoiceField, FlagField, ImportPrivacy, SourceFormat } from "../imaging/index.ts";
import type { SettingField, SettingValue } from "../methods/index.ts";
import type { ReviewFlag, ValidationTrend } from "../metrics/index.ts";
export type { SlicePlane } from "../imaging/index.ts";
export type { SettingField, SettingValue } from "../methods/index.ts";
export type { ClassReview, ReviewFlag, ReviewRecord, ValidationTrend } from "../metrics/index.ts";
import type { ProblemFields } from "../problem/index.ts";

export type { ProblemFields };
export type { Api } from "./index.ts";

export type Split = "train" | "val" | "test" | "unlabelled";

/** Where the pixels of an annotation come from. */
export type MaskOrigin = "drawn" | "imported" | "accepted" | "edited";

export interface LabelClass {
  /** Value in the label map, 1–255; 0 is background. */
  value: number;
  name: string;
  /** `#rrggbb`. */
  color: string;
}

/** A class of the open project, and how it is treated on screen. Kept in the project: both go where the file goes. */
export interface ClassRow extends LabelClass {
  /** No tool changes its pixels. */
  isLocked: boolean;
  /** Not drawn; its pixels stay. */
  isHidden: boolean;
}

/** What is said of whole images or patients, each by one value. */
export interface LabelDefinition {
  labelId: number;
  name: string;
  /** One of some classes; one of ordered classes, the lowest first; a number. */
  kind: "class" | "grade" | "number";
  /** "patient": one value for all images of a case. */
  scope: "image" | "patient";
  /** Of classes and grades, in their order; empty for numbers. */
  options: string[];
  /** Of numbers. */
  unit: string | null;
  minimum: number | null;
  maximum: number | null;
}

/** A class or grade by its name, or a number; null: nothing is said. */
export type LabelValue = string | number;

export interface LabelHistory {
  canUndo: boolean;
  canRedo: boolean;
}

/** A step through the history of labels. */
export interface LabelStep extends LabelHistory {
  labelId: number;
  /** A frame that the step changed: the first one. */
  frameId: number;
  /** How many images or patients it changed. */
  changed: number;
}

/** Of what was done to many images at once. "label": to images or patients. */
export type BulkKind = "split" | "accept" | "reject" | "remove" | "label";

export interface BulkHistory {
  /** What undo would take back, and how many cases, proposals, images or subjects it changed. */
  undo: { kind: BulkKind; changed: number } | null;
  redo: { kind: BulkKind; changed: number } | null;
}

/** A step through the history of bulk actions. */
export interface BulkStep extends BulkHistory {
  kind: BulkKind;
  changed: number;
  /** Left as they are, for they were changed since by other means. */
  kept: number;
}

/** What goes with images that are removed. */
export interface RemovalPreview {
  images: number;
  frames: number;
  annotated: number;
  pendingProposals: number;
  /** Values of labels of images. */
  labels: number;
  /** Of which nothing is left. */
  cases: number;
}

/** What a person has chosen for the window, on this computer. */
export interface Preferences {
  theme: "system" | "light" | "dark";
  language: "system" | "en" | "zh";
  /** "new": neither taken nor left; a step: the tour is on; see src-renderer/views/tour. */
  tour: "new" | "import" | "annotate" | "split" | "train" | "propose" | "review" | "export" | "ended";
  /** Whether the system tells the end of a run while the window is not looked at; "ask": not asked yet. */
  notifications: "ask" | "on" | "off";
  /** Chords by command, where the person changed them; see src-renderer/commands. */
  keys: Record<string, string[]>;
  /** Entries of the command palette, latest first. */
  recentCommands: string[];
  /** A model proposes by itself on images that nobody annotated, and on the next ones ahead. */
  proposeAhead: boolean;
  /** Trainings that may work at a time on this computer, as far as its memory reaches. */
  trainingsAtOnce: number;
}

/** What the window shows before and after a project is open. */
export interface SessionState {
  version: string;
  /** Another one after each start of the app. */
  instance: string;
  project: ProjectSummary | null;
  /** Latest first. */
  recent: { name: string; path: string }[];
  /** Folder in which new projects are offered. */
  home: string;
  demoAvailable: boolean;
  /** Troubles of this start, e.g. a settings folder that cannot be written. */
  problems: ProblemFields[];
}

export interface ProjectSummary {
  /** A copy has that of its original. */
  projectId: string;
  name: string;
  path: string;
  /** Why nothing can be changed, e.g. open in another window; null if it can. */
  readOnly: string | null;
  classes: ClassRow[];
  counts: {
    cases: number;
    frames: number;
    annotated: number;
    proposals: number;
    bySplit: Record<Split | "unassigned", { cases: number; frames: number; annotated: number }>;
    /** Frames by what is known of writing in their pixels. */
    burnedIn: Record<BurnedInState, number>;
  };
}

/** How much of a class is in the present annotations. */
export interface ClassUsage {
  value: number;
  /** Frames that show it. */
  frames: number;
  pixels: number;
}

/**
 * Images of two splits that should not be: "same-file": their stored bytes are equal; "same-picture": their thumbnails are;
 * "same-patient": two cases of one name, recognized in two ways.
 */
export interface Leak {
  kind: "same-file" | "same-picture" | "same-patient";
  splits: Split[];
  /** Names of the cases. */
  cases: string[];
  /** The first of the frames. */
  frameIds: number[];
}

export interface LeakReport {
  leaks: Leak[];
  /** All; the list holds the first. */
  total: number;
}

export interface DatasetStatistics {
  /** Most frequent first. */
  sizes: { width: number; height: number; frames: number }[];
  modalities: { modality: string | null; frames: number }[];
  /** Of the most frequent modalities. */
  intensities: Intensities[];
  /** Null while nothing is annotated. */
  objects: ObjectAreas | null;
}

/**
 * Of some pixels of some frames of a modality, after rescale (Hounsfield units for CT); of colors their luma. In bins of equal width from
 * `low` to `high`.
 */
export interface Intensities {
  modality: string | null;
  /** Frames that were read, of how many. */
  read: number;
  of: number;
  low: number;
  high: number;
  series: IntensitySeries[];
}

export interface IntensitySeries {
  /** All pixels, those of the images of a split, or those annotated as a class. */
  of: { by: "all" } | { by: "split"; split: Split | null } | { by: "class"; value: number };
  /** Frames that it was read from. */
  frames: number;
  /** Share of its pixels in each bin. */
  shares: number[];
}

/** Areas of the objects of the present annotations: connected pixels of one class. In bins of equal ratio from `low` to `high`. */
export interface ObjectAreas {
  /** "px" where no annotated frame has a pixel size. */
  unit: "mm2" | "px";
  low: number;
  high: number;
  /** Objects left out, for the size of their pixels is not known while that of others is. */
  leftOut: number;
  classes: { value: number; objects: number; median: number; counts: number[] }[];
}

/** How far the figures are: frames read and annotations counted. */
export interface StatisticsProgress {
  done: number;
  total: number;
  secondsLeft: number | null;
}

/** One row of the image list: a frame is what is annotated. */
export interface FrameRow {
  frameId: number;
  imageId: number;
  /** File name without folder; with "· n" for frames of a multi-frame image. */
  name: string;
  caseId: number;
  caseName: string;
  split: Split | null;
  width: number;
  height: number;
  modality: string | null;
  /** Index within the image, from 0. */
  frameIndex: number;
  frameCount: number;
  /** Origin of the present annotation; null if there is none. */
  annotation: MaskOrigin | null;
  /** When the present annotation was made, ISO 8601. */
  annotatedAt: string | null;
  /** Whether its pixels may hold writing. */
  burnedIn: BurnedInState;
  /** Made by a model, not by a device. */
  isSynthetic: boolean;
  proposal: ProposalRow | null;
}

/** How much of a frame is annotated, all classes together. */
export interface AnnotatedArea {
  frameId: number;
  pixels: number;
  /** Null where the size of its pixels is not known. */
  mm2: number | null;
}

/** A column of few different values: `values[codes[n]]` is that of row n. */
export interface Coded<Value> {
  values: Value[];
  codes: number[];
}

/** The image list by columns: entry n of each tells of the same frame. Names and meaning as in FrameRow. */
export interface FrameColumns {
  frameId: number[];
  imageId: number[];
  /** Without the number of the frame. */
  fileName: string[];
  cases: { caseId: number; name: string; split: Split | null }[];
  /** Index in `cases`. */
  caseIndex: number[];
  width: number[];
  height: number[];
  modality: Coded<string | null>;
  frameIndex: number[];
  frameCount: number[];
  annotation: Coded<MaskOrigin | null>;
  annotatedAt: (string | null)[];
  burnedIn: Coded<BurnedInState>;
  /** Ids of the frames that a model made. */
  synthetic: number[];
  /** Of the frames that have one; in no order. */
  proposals: ProposalRow[];
}

/**
 * What is known of writing in the pixels of a frame. "likely" stays until a person has looked; "clean": looked at, no writing;
 * "redacted": and nothing likely is left. "not-searched": imported before this was kept, too large, or of a kind that shows no names.
 */
export type BurnedInState = "not-searched" | "none-found" | "likely" | "clean" | "redacted";

/** A frame; all frames of its image; all frames of its series (of its case, if not DICOM) that have the same size. */
export type FrameScope = "frame" | "image" | "series";

export interface BurnedInDetail {
  frameId: number;
  state: BurnedInState;
  /** Why writing is likely: sentences. */
  reasons: string[];
  /** What looks like writing, in pixels from the top left. */
  regions: Redaction["rectangles"];
  redactedRectangles: number;
  redactedAt: string | null;
  reviewedAt: string | null;
  /** How many frames a scope takes. */
  frames: Record<Exclude<FrameScope, "frame">, number>;
}

export type ProposalState = "pending" | "accepted" | "edited" | "rejected";

export interface ProposalRow {
  proposalId: number;
  frameId: number;
  modelId: number;
  state: ProposalState;
  /** Dice that the model expects of its own proposal, 0–1. Lower is reviewed first. */
  expectedDice: number;
}

/** A line drawn on a proposal: the pixels under it are of the class, or are not. */
export interface Scribble {
  value: number;
  isForeground: boolean;
  /** Half its width, pixels. */
  radius: number;
  /** Image coordinates, at least one. */
  points: readonly { x: number; y: number }[];
}

export interface ProposalDetail extends ProposalRow {
  /** ISO 8601. */
  createdAt: string;
  /** By which it was corrected, the first first. */
  scribbles: Scribble[];
}

/** What of a proposal becomes annotation. "component": the connected pixels of one class around a point of the image. */
export type ProposalPart =
  { kind: "all" } | { kind: "class"; value: number } | { kind: "component"; x: number; y: number };

/** A frame after a step on its proposal. */
export interface ProposalStep {
  /** Null when none waits. */
  proposal: ProposalDetail | null;
  annotation: AnnotationState;
}

/** A proposal in the review queue. */
export interface ReviewItem extends ProposalRow {
  /** From 1, the worst. */
  rank: number;
  /** Lower is reviewed first; no Dice while `estimatedDice` is null. */
  score: number;
  /** Dice as learned from cases with known truth; null: too few of them, the score is uncalibrated. */
  estimatedDice: number | null;
  flags: ReviewFlag[];
  /** Classes that it shows; null: made without a record. */
  classes: number[] | null;
  /** Share of the band where teacher and student name another class; null where there is no teacher. */
  disagreement: number | null;
  /** Drawn at random from what would have been accepted unseen. */
  isAudit: boolean;
}

/** Cases with known truth that the condition was judged by, one patient each. */
export interface AcceptanceEvidence {
  modelId: number;
  /** With known truth. */
  cases: number;
  /** Of them those that the threshold accepts, and those of which an image has a Dice below `goodDice`. */
  accepted: number;
  failures: number;
  /** Lower one-sided 95 % bound (Clopper-Pearson) of the share of good cases among the accepted; null without any. */
  bound: number | null;
  goodDice: number;
  neededBound: number;
  /** Accepted cases without a failure from which the bound can be met. */
  neededCases: number;
}

/**
 * Whether proposals may be accepted unseen, and from which estimated Dice. "no-proposals": none waits; "no-records": they were made without
 * review records; "uncalibrated": too few cases with known truth; "too-few": too few that any threshold accepts; "too-many-failures";
 * "drift": the audit found more failures than the evidence allows.
 */
export type AcceptanceCondition =
  | { isMet: true; threshold: number; evidence: AcceptanceEvidence }
  | {
      isMet: false;
      reason: "no-proposals" | "no-records" | "uncalibrated" | "too-few" | "too-many-failures" | "drift";
      evidence: AcceptanceEvidence | null;
    };

export interface ReviewProgress {
  /** Proposals that a person looked at and decided on, of how many. */
  decided: number;
  total: number;
  /** Accepted unseen. */
  unseen: number;
  /** Random share of those that would have been accepted unseen. */
  audit: { share: number; drawn: number; decided: number; failures: number; isAlarm: boolean };
  /** 1 - Dice to expect of masks that nobody looked at, over all `total`, with half of its 95 % interval; null while uncalibrated. */
  residualError: { error: number; halfWidth: number } | null;
}

export interface ReviewQueue {
  /** Worst first. */
  items: ReviewItem[];
  condition: AcceptanceCondition;
  progress: ReviewProgress;
}

export interface AcceptanceOutcome {
  accepted: number;
  /** Left for a person to look at, by chance. */
  audited: number;
}

/** Where the present annotation of a frame comes from. */
export interface MaskProvenance {
  origin: MaskOrigin;
  createdAt: string;
  /** False: accepted with others, unseen. */
  isReviewed: boolean;
  /** Null where no model was involved. */
  proposal: {
    proposalId: number;
    modelId: number;
    modelName: string;
    runId: number | null;
    createdAt: string;
    /** Scribbles by which it was corrected. */
    scribbles: number;
    /** Dice between what the model proposed and the annotation. */
    dice: number;
  } | null;
  /** The acceptance of many that it was part of. */
  acceptance: { quality: number; isWithEvidence: boolean; createdAt: string } | null;
}

/** An image worth annotating next, the most telling first. */
export interface AnnotationSuggestion {
  frameId: number;
  proposalId: number;
  score: number;
  /** Distance in features to the nearest image chosen or annotated before. */
  distance: number;
}

/** State of a frame's annotation after a change. Revisions are append-only, so undo survives a restart. */
export interface AnnotationState {
  /** 0 while nothing was ever drawn. */
  revisionId: number;
  origin: MaskOrigin | null;
  canUndo: boolean;
  canRedo: boolean;
  /**
   * Told by undo and redo of an action on several frames: those whose annotation moved, and how many stay because they were changed
   * since.
   */
  group?: { frameIds: number[]; kept: number };
}

/** A slice of the stack that a frame stands in. */
export interface SliceRow {
  frameId: number;
  /** Along the normal of the planes, mm; null where it is not known. */
  position: number | null;
  /** Of its annotation; 0 if there is none. */
  revisionId: number;
  /** No pixel has a class. */
  isEmpty: boolean;
}

export interface RefusedFile {
  /** Name relative to what was imported. */
  file: string;
  problem: ProblemFields;
}

/** A color of colored masks, "#rrggbb", and the class that it means, or "background". */
export interface MaskColor {
  className: string;
  color: string;
}

/** How one file of masks or labels was matched. */
export interface MaskMatch {
  file: string;
  kind: "png" | "nifti" | "nrrd" | "tiff" | "dicom-seg" | "coco" | "nnunet" | "labels";
  /** Names of the images that it belongs to. */
  images: string[];
  /** What was left over or decided. */
  notes: string[];
}

/** What an import did, or will have done by its end. */
export interface ImportOutcome {
  /** Nothing was stored: what would have been done. */
  dryRun: boolean;
  state: "running" | "done" | "cancelled" | "failed";
  done: number;
  total: number;
  /** Null until it can be estimated. */
  secondsLeft: number | null;
  imported: number;
  frames: number;
  /** Of the imported images: how many patients, and how many DICOM series. */
  patients: number;
  series: number;
  /** Imported files by kind. */
  formats: Partial<Record<SourceFormat, number>>;
  masks: number;
  /** Files whose bytes were already in the project. */
  duplicates: number;
  /** While the import runs at most the first 100, so that what is told ten times a second stays small; then all. */
  refused: RefusedFile[];
  refusedCount: number;
  /** Masks without an image of that name. */
  unmatchedMasks: string[];
  /** Image-level classes and numbers that were set. */
  labels: number;
  /** Classes that label files name and the project lacked: those made, and those for want of which files were refused. */
  newClasses: { made: string[]; missing: string[] };
  /** How masks and labels were matched; empty until the import has ended, and in reports that are kept. */
  matches: MaskMatch[];
  /** What was removed; null when the files are kept as they are. */
  deidentification: { attributes: AttributeCount[]; renamedFiles: number } | null;
  /** Images that may show names in their pixels: how many, and the first of them. Look at them, and redact. */
  burnedIn: { count: number; images: BurnedInImage[] };
  problem: ProblemFields | null;
}

export interface ImportState extends ImportOutcome {
  importId: number;
  /** Files found so far while folders are looked through; null once all are known. */
  found: number | null;
  /** Of the report that the project keeps; null while running, and of dry runs. */
  reportId: number | null;
}

/** The report of an earlier import. Files bear the names that the project knows them by. */
export interface KeptImport {
  reportId: number;
  /** ISO 8601. */
  endedAt: string;
  outcome: ImportOutcome;
}

/** One row of the list of earlier imports, latest first. */
export interface KeptImportRow extends Pick<ImportOutcome, "state" | "imported" | "frames" | "masks"> {
  reportId: number;
  endedAt: string;
  refused: number;
  burnedIn: number;
}

export interface BurnedInImage {
  file: string;
  frameId: number;
  reasons: string[];
  /** Of the middle frame, in pixels. */
  regions: Redaction["rectangles"];
}

/** Pixels to be set to one value for good. */
export interface Redaction {
  /** In pixels of the frame, from the top left. */
  rectangles: { x: number; y: number; width: number; height: number }[];
  /**
   * What the pixels become: "black" (the default) is the darkest value of the image, "local" the middle one of those around the
   * rectangle, a number the sample as stored.
   */
  fill?: "black" | "local" | number | undefined;
  /** Default: the frame alone. */
  scope?: FrameScope | undefined;
  /** A person has looked at all frames of the scope: no other writing is there. Default false: a warning may stay. */
  reviewed?: boolean | undefined;
}

export interface RedactionReport {
  /** The frame that was asked for, as it is now. */
  frame: FrameRow;
  /** Frames whose pixels were set. */
  redacted: number;
  /** Files of the scope that could not be redacted. */
  refused: RefusedFile[];
  /** What was redacted before stays so. */
  cancelled: boolean;
}

/** Progress of a redaction of several files; its end is the answer to the request. */
export interface RedactionProgress {
  redactionId: number;
  /** Files. */
  done: number;
  total: number;
  secondsLeft: number | null;
}

/** How often one kind of attribute or metadata was met in imported files. Names of kinds, never values. */
export interface AttributeCount {
  name: string;
  action: "removed" | "replaced" | "kept";
  count: number;
}

/** What de-identification leaves in, by the options of DICOM PS3.15 E.3; all off by default. */
export type DeidentifyChoice = { [Name in keyof ImportPrivacy]?: ImportPrivacy[Name] | undefined };

/** One option of de-identification as a form shows it. */
export type PrivacyField = { name: keyof ImportPrivacy } & (FlagField | ChoiceField);

/** How images of one patient are recognized by file name. */
export type PatientRule =
  | { kind: "auto" }
  | { kind: "file" }
  /** A regular expression; its first group is the patient. */
  | { kind: "pattern"; pattern: string };

export interface MethodRow {
  id: string;
  title: string;
  summary: string;
  settings: SettingField[];
  /** Named settings, sized for the open project and this computer where they depend on them; the first is the default. */
  presets: PresetRow[];
  /** Frames at least: annotated ones of train and validation; without annotation. */
  needs: { train: number; validate: number; unlabelled: number };
}

export interface PresetRow {
  id: string;
  title: string;
  summary: string;
  /** Those that differ from the defaults of the fields. */
  settings: Record<string, SettingValue>;
}

export type RunKind = "train" | "predict" | "evaluate" | "experiment";
export type RunState = "queued" | "running" | "paused" | "done" | "failed" | "cancelled" | "interrupted";

export interface RunRow {
  runId: number;
  kind: RunKind;
  method: string;
  state: RunState;
  settings: Record<string, SettingValue>;
  seed: number;
  device: string;
  /** Why there: words for the person. Null where the device was asked for by name. */
  deviceReason: string | null;
  step: number;
  steps: number;
  secondsPerStep: number | null;
  secondsLeft: number | null;
  /** Computing, all sittings together; pauses and waiting in the queue are left out. */
  secondsSpent: number;
  /** 1 is next; null unless queued. */
  queuePosition: number | null;
  /** Bytes that the run's process holds now; null unless it runs and has said so. */
  memoryBytes: number | null;
  /** The most that it held so far. */
  peakMemoryBytes: number | null;
  /** Bytes worked out before the first step; null while unknown, and on devices with memory of their own. */
  plannedMemoryBytes: number | null;
  createdAt: string;
  endedAt: string | null;
  /** The model that the run made (train) or used. */
  modelId: number | null;
  problem: ProblemFields | null;
  /** What the person who started it should know of data and settings: sentences. */
  remarks: string[];
}

/** How long a training would take on this computer, by an earlier one. */
export interface RunEstimate {
  steps: number;
  /** Null: none with this method, image size, batch size and so on has been measured here. */
  measured: { seconds: number; device: string; measuredAt: string } | null;
}

/** What a training learned from, and how far it got: to be compared with others. */
export interface RunHistoryRow {
  runId: number;
  data: {
    /** Frames to learn from with their annotation, to check with, and to learn from without. */
    labelled: number;
    validated: number;
    unlabelled: number;
    classes: string[];
    /** Model that it started from. */
    fromModel: number | null;
    /** The same for the same frames, annotations and classes of this project. */
    digest: string;
  };
  /** Null before the first validation. */
  best: { step: number; validationDice: number } | null;
}

export interface MetricPoint {
  step: number;
  name: string;
  value: number;
}

export interface RunDetail extends RunRow {
  metrics: MetricPoint[];
  /** null for runs that do not train, and before the first validation. */
  trend: ValidationTrend | null;
}

/** A run bundle that was written. `bytes` of the file; `frames`: images in it. */
export interface BundleReport {
  runId: number;
  path: string;
  bytes: number;
  frames: number;
}

/** What a training's network said of a validation frame at a validation. The masks themselves: routes of /runs/:id/samples. */
export interface RunSample {
  step: number;
  frameId: number;
  /** Mean over the classes; null where neither mask shows any. */
  dice: number | null;
}

/** Where the time of one of a run's programs went: milliseconds per run of the program, shares of it. Slowest rows first. */
export interface ProgramProfile {
  program: string;
  /** Runs that were timed. */
  runs: number;
  runMs: number;
  kernelMs: number;
  outsideMs: number;
  operators: { type: string; provider: string; callsPerRun: number; ms: number; share: number }[];
  layers: {
    path: string;
    callsPerRun: number;
    forwardMs: number;
    backwardMs: number;
    updateMs: number;
    ms: number;
    share: number;
  }[];
}

export interface ModelRow {
  modelId: number;
  runId: number;
  name: string;
  method: string;
  createdAt: string;
  /** Step of the checkpoint with the best validation Dice. */
  step: number;
  validationDice: number | null;
  classes: LabelClass[];
}

export interface EvaluationRow {
  modelId: number;
  split: Split;
  frameId: number;
  frameName: string;
  caseName: string;
  classValue: number;
  /** Null where the figure is undefined (class absent from both, or from one for a distance). */
  dice: number | null;
  iou: number | null;
  hd95: number | null;
  hd95Unit: "mm" | "px";
}

export interface EvaluationSummary {
  modelId: number;
  split: Split;
  frames: number;
  cases: number;
  mean: {
    classValue: number;
    className: string;
    dice: number | null;
    iou: number | null;
    hd95: number | null;
    hd95Unit: "mm" | "px";
  }[];
  rows: EvaluationRow[];
  /** Slices together: series and files of several frames whose slices are all annotated. Empty where there is none. */
  volumes: { mean: VolumeEvaluationMean[]; rows: VolumeEvaluationRow[] };
}

/** One class of one volume whose slices are all annotated, by the strict rule for empty masks (`empty`). Distances in `unit`. */
export interface VolumeEvaluationRow {
  caseName: string;
  /** The lowest frame of the volume. */
  frameId: number;
  slices: number;
  classValue: number;
  dice: number;
  jaccard: number;
  hd95: number;
  /** Mean distance from the surface of the prediction to that of the annotation: directed. */
  asd: number;
  /** Mean of both directions. */
  assd: number;
  unit: "mm" | "px";
  /** Which of the two masks had no voxel of the class: then the figures are the rule's, not measured. */
  empty: "none" | "prediction" | "reference" | "both";
}

/** Means of one class over volumes. */
export interface VolumeEvaluationMean {
  classValue: number;
  className: string;
  volumes: number;
  dice: number;
  jaccard: number;
  /** Distances: null where volumes differ in unit. */
  hd95: number | null;
  asd: number | null;
  assd: number | null;
  unit: "mm" | "px";
  /** Volumes where one mask or both had no voxel of the class. */
  empty: { prediction: number; reference: number; both: number };
}

/** A way of training on which experiments can be made. */
export interface ArmRow {
  id: string;
  title: string;
  method: string;
}

/** One line of the table of an experiment. Dice in [0, 1], null while there is none. */
export interface ArmResult {
  arm: string;
  title: string;
  /** Images whose labels the training saw. */
  labelled: number;
  mean: number | null;
  /** Bounds of the interval of the mean. */
  low: number | null;
  high: number | null;
  seeds: { seed: number; dice: number | null }[];
}

/** The same patients and seeds, judged with both arms. Differences of Dice, arm minus reference. */
export interface ExperimentComparison {
  arm: string;
  title: string;
  reference: string;
  referenceTitle: string;
  labelled: number;
  gain: number;
  /** Interval of the paired bootstrap over patients and seeds. */
  low: number;
  high: number;
  confidence: number;
  /** "none": the interval holds 0. */
  verdict: "gain" | "loss" | "none";
  positiveSeeds: number;
  seeds: { seed: number; gain: number }[];
  /** Different ones that were judged. */
  patients: number;
}

export interface ExperimentReport {
  confidence: number;
  /** By number of labels, then arm. */
  results: ArmResult[];
  /** Each further arm against the first. */
  comparisons: ExperimentComparison[];
  curves: { arm: string; title: string; points: { labelled: number; mean: number; low: number; high: number }[] }[];
}

/** An experiment: its run says how far it is. */
export interface ExperimentRow {
  runId: number;
  createdAt: string;
  arms: ArmRow[];
  seeds: number[];
  labelled: number[];
  folds: number;
  /** Updates of each training. */
  steps: number;
  /** Trainings that are done, of how many. */
  done: number;
  total: number;
}

export interface ExperimentDetail extends ExperimentRow {
  report: ExperimentReport;
}

export type ExportFormat = "png" | "coco" | "nifti" | "dicom-seg" | "nnunet" | "yolo" | "csv" | "onnx";

/** "human": drawn, edited or imported; "accepted": proposals taken as they were; "proposed": proposals not reviewed. */
export type MaskKind = "human" | "accepted" | "proposed";

/** What an export would write. */
export interface ExportPreview {
  files: string[];
  /** With a mask. */
  frames: number;
  cases: number;
  warnings: ExportWarning[];
  /** The dataset card, Markdown; null for models and figures, which have none. */
  card: string | null;
}

/** Something to look at before a set is given away. */
export interface ExportWarning {
  title: string;
  hint: string;
  /** An image to begin with. */
  frameId: number | null;
}

export interface ExportReport {
  format: ExportFormat;
  dir: string;
  files: string[];
}

/** Progress of an export that takes a while; its end is the answer to the request. */
export interface ExportProgress {
  exportId: number;
  format: ExportFormat;
  /** Files. */
  done: number;
  total: number;
  secondsLeft: number | null;
}

export interface FolderListing {
  path: string;
  parent: string | null;
  folders: string[];
  /** `*.aliquot` files. */
  projects: string[];
  /** All others, where they were asked for. */
  files: string[];
}

/** Server-sent events of `GET /api/events`; `event:` is the type, `data:` the JSON below. */
export interface EventMap {
  /** Something listed changed: reload it. */
  changed: {
    what: ("project" | "frames" | "runs" | "models" | "proposals" | "evaluations" | "labels" | "experiments")[];
    /** The only frames of which rows changed; left out when others may have, or the list itself. */
    frameIds?: number[];
  };
  import: ImportState;
  export: ExportProgress;
  redaction: RedactionProgress;
  statistics: StatisticsProgress;
  run: RunRow;
  metrics: { runId: number; points: MetricPoint[] };
  /** A run bundle being written; entries of the file. */
  bundle: { runId: number; done: number; total: number; secondsLeft: number | null };
  /** A training was judged on the validation images; `samples` are new, in place of those of the same step. */
  validation: { runId: number; step: number; samples: RunSample[]; trend: ValidationTrend | null };
  /** A copy of the project being written; bytes. */
  copy: { done: number; total: number; secondsLeft: number | null };
  /** Trouble in the background that no request answers for, e.g. a snapshot that failed. */
  trouble: ProblemFields;
}

/*
 * Routes, all under /api. A failed request answers application/problem+json with ProblemFields. A request with the header
 * Aliquot-Project: PROJECT-ID is refused ("project-closed") unless that project, or a copy of it, is open.
 *
 * GET    /session                                    SessionState
 * GET    /preferences                                Preferences
 * PATCH  /preferences {some of its fields}           Preferences
 * GET    /folders?path=&files=all                    FolderListing      files: empty unless asked for
 * POST   /project/create  {path, classes: string[]}  ProjectSummary
 * POST   /project/open    {path}                     ProjectSummary  of the open one: checks that it can be written, reopens it if not
 * POST   /project/copy    {path}                     ProjectSummary  of the copy, which is open from then on
 * POST   /project/copy/cancel                        204
 * POST   /project/demo    {path?}                    ProjectSummary     copies and imports the bundled demo images
 * POST   /project/close                              204
 * GET    /project                                    ProjectSummary
 * GET    /classes                                    LabelClass[]
 * POST   /classes {name, color?}                     LabelClass
 * PATCH  /classes/:value {name?, color?}             LabelClass
 * GET    /labels                                     LabelDefinition[]
 * POST   /labels {name, kind, scope?, options?, unit?, minimum?, maximum?}               LabelDefinition
 * PATCH  /labels/:id {name?, kind? (class or grade), options?, unit?, minimum?, maximum?}   LabelDefinition
 * GET    /labels/:id/values                          {frameId, value: LabelValue}[]    of all frames that have one
 * PUT    /labels/:id/frames/:frameId {value: LabelValue | null}      LabelHistory      of the image, or the patient, of the frame
 * GET    /labels/history                             LabelHistory
 * POST   /labels/undo | /labels/redo                 LabelStep (409 conflict when there is nothing)
 * DELETE /classes/:value                             204; refused (conflict) while an annotation, proposal or model knows the class
 * DELETE /classes/:value/pixels                      number[]           off all images, undone as one; ids of the frames that showed it
 * GET    /classes/usage                              ClassUsage[]       in the present annotations
 * GET    /classes/:value/frames                      number[]           ids of the frames that show it
 * GET    /leaks                                      LeakReport
 * GET    /statistics                                 DatasetStatistics; events tell how far it is
 * POST   /statistics/cancel                          204
 * GET    /frames                                     FrameRow[]
 * GET    /frames/columns                             FrameColumns       the same, for many images
 * GET    /frames/rows?ids=1,2,…                      FrameRow[]         of at most 1000 frames; without those that are not there
 * GET    /frames/:id/thumbnail                       image bytes
 * GET    /frames/:id/pixels                          Frame layout of voxels/frame.ts
 * GET    /frames/:id/mask                            RLE of voxels/rle.ts; header Aliquot-Annotation: AnnotationState
 * PUT    /frames/:id/mask?base=REVISION              body RLE -> AnnotationState (409 conflict if base is stale)
 * PUT    /frames/masks  {frames: [{frameId, base, labelMap: base64 RLE}]}   AnnotationState[]: all or none, undone as one
 * GET    /frames/:id/slices                          SliceRow[], in order
 * POST   /frames/:id/undo?base= | /redo?base=        AnnotationState: sent again, it is not done twice
 * GET    /frames/:id/proposal                        ProposalRow (404 when there is none)
 * GET    /frames/:id/proposals                       ProposalRow[]      newest first, without replaced ones
 * GET    /frames/:id/burned-in                       BurnedInDetail
 * PUT    /frames/:id/burned-in {reviewed, scope?}    FrameRow         a person looked at it: no writing
 * POST   /frames/:id/redactions Redaction            RedactionReport  the stored pixels are overwritten: no undo
 * POST   /redactions/:id/cancel                      204; the request that started it answers what was done
 * GET    /imports/privacy                            PrivacyField[]     what de-identification can be told to leave in
 * POST   /imports (multipart: images[], masks[], options JSON {patient: PatientRule, split?, deidentify?: boolean | DeidentifyChoice,
 *         plane?, addClasses?, maskColors?, channel?, fold?, dryRun?}; labels: a CSV)      ImportState
 * POST   /imports/folder {paths: string[], masks?: string | string[], labels?: string | string[], patient?, split?, deidentify?, plane?, addClasses?, maskColors?, channel?, fold?, dryRun?}   ImportState
 * POST   /imports/:id/again {patient?, split?, deidentify?, plane?, addClasses?, maskColors?, channel?, fold?, dryRun?}    ImportState    the files of a dry run, not sent again
 * GET    /imports/reports | /imports/reports/:id     KeptImportRow[] | KeptImport
 * GET    /imports/reports/:id/file?format=txt|csv    the kept report to save
 * GET    /imports/:id/file?format=txt|csv            the same of an import of this session, with the names of its files
 * GET    /imports/:id                                ImportState
 * POST   /imports/:id/cancel                         ImportState
 * POST   /split {train, val, test, seed}             ProjectSummary     numbers of cases; the rest is unlabelled
 * PATCH  /cases/:id {split}                          204                undone by /bulk/undo, as all changes of splits
 * PATCH  /cases {splits: {split | null, caseIds: number[]}[]}   204     all or none
 * GET    /areas                                      AnnotatedArea[]    of the frames with an annotation
 * GET    /bulk/history                               BulkHistory
 * POST   /bulk/undo | /bulk/redo                     BulkStep (409 conflict when there is nothing)
 * POST   /bulk/decisions {frameIds, decision: accept | reject}   {changed}   of the proposals that wait for them
 * POST   /bulk/labels {frameIds, labelId, value | null}          {changed}   images or patients
 * POST   /bulk/removals {frameIds} | /bulk/removals/preview      {changed} images | RemovalPreview
 * GET    /methods                                    MethodRow[]
 * GET    /runs | /runs/:id                           RunRow[] | RunDetail
 * GET    /runs/:id/profile                           ProgramProfile[]   of runs of this session that were asked for it
 * POST   /runs {method, preset?, settings, seed?, device?, fromModel?, includeAccepted?, steps?, profile?, hold?}    RunRow  hold: paused at once
 * GET    /run-history                                RunHistoryRow[]    of trainings
 * POST   /run-estimates {method, settings, device?}   RunEstimate
 * POST   /runs/:id/cancel | /pause | /resume         RunRow             a pause writes a checkpoint and frees memory; it outlasts the app
 * POST   /runs/:id/finish                            RunRow             ends the training now, as done, with its best checkpoint as the model
 * POST   /runs/:id/move {position}                   RunRow[]           of the queue, in its order; 1 is next
 * POST   /runs/:id/bundle {path}                     BundleReport       of a paused training, for `aliquot run` on another machine; events tell how far it is
 * POST   /runs/:id/bundle/cancel                     204; the request that writes it answers with the problem "cancelled"
 * POST   /runs/results {path}                        RunRow             takes over what a bundle's run has made elsewhere
 * GET    /runs/:id/samples                           RunSample[]        by step
 * GET    /runs/:id/samples/:step/:frameId            RLE                what the network said
 * GET    /runs/:id/truth/:frameId                    RLE                the annotation that it was judged by
 * GET    /models                                     ModelRow[]
 * PATCH  /models/:id {name}                          ModelRow
 * POST   /proposals {modelId, split? | frameIds?, views?: 1 | 4 | 8}   RunRow (kind predict); its last steps judge images with known truth
 * GET    /proposals?state=pending                    ProposalRow[], worst first
 * POST   /proposals/frames/:frameId {modelId?}       ProposalStep       a model (the newest, if none is named) looks at the frame now
 * GET    /proposals/frames/:frameId                  ProposalDetail | null     what waits for the frame
 * GET    /proposals/frames/:frameId/probabilities?modelId=   one byte per class and pixel; header Aliquot-Classes: number[], 0 = background
 * POST   /proposals/ahead {frameIds, modelId?}       204: prepared in this order, in place of what was to be prepared; none: nothing
 * POST   /proposals/cancel                           204; the request that waits for a proposal answers with the problem "cancelled"
 * GET    /proposals/:id                              ProposalDetail
 * POST   /proposals/:id/scribbles Scribble           ProposalStep       corrected by it and all before; undone by /frames/:id/undo
 * POST   /proposals/:id/take {part: ProposalPart, base}   ProposalStep  becomes annotation; all of it decides about the proposal
 * GET    /proposals/:id/mask                         RLE
 * GET    /proposals/:id/confidence                   one byte per pixel, 0–255
 * POST   /proposals/:id/accept | /reject | /reopen   ProposalRow
 * PUT    /proposals/:id/mask                         body RLE: the edited proposal becomes the annotation -> ProposalRow
 * POST   /proposals/:id/drop {part: ProposalPart}    ProposalStep       that part is not taken: it leaves the proposal
 * POST   /proposals/accept-above {quality, withoutEvidence?}   AcceptanceOutcome   undone as one; 409 conflict unless the condition of
 *                                                    GET /review holds (withoutEvidence: recorded with every mask)
 * GET    /review                                     ReviewQueue
 * POST   /review/undo                                ProposalRow        the last decision on any proposal is taken back (409 when there is none)
 * GET    /review/suggestions?count=                  AnnotationSuggestion[]
 * GET    /review/:id                                 ReviewRecord       of a proposal; 404 when it was made without
 * GET    /review/:id/uncertainty | /difference       score map of voxels/score-map.ts: entropy; teacher against student (404 without teacher)
 * GET    /frames/:id/provenance                      MaskProvenance | null
 * POST   /evaluations {modelId, split}               RunRow (kind evaluate)
 * GET    /evaluations?modelId=&split=                EvaluationSummary
 * GET    /experiments | /experiments/:runId          ExperimentRow[] newest first | ExperimentDetail
 * GET    /experiments/arms                           ArmRow[]           what can be compared
 * POST   /experiments {arms, labelled, seeds, folds, settings?, device?}    RunRow (kind experiment)
 * POST   /exports/preview {format, modelId?, split?, masks?: MaskKind[]}            ExportPreview
 * POST   /exports {format, dir, modelId?, split?, masks?, overwrite?}    ExportReport, when all is written
 * POST   /exports/:id/cancel                         204; the request that started it answers with the problem "cancelled"
 * GET    /events                                     text/event-stream of EventMap
 */
