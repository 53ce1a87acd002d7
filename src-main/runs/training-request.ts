/** @file A training: from a request to its run's row and data snapshot, checked against the project, and what it would see. */
import { availableParallelism, totalmem } from "node:os";
import type { LabelClass, RunRow } from "../api/contract.ts";
import { volumeFacts } from "./volume-requests.ts";
import {
  type BackboneRecord,
  type BackboneShelf,
  checkBackboneSize,
  checkTrunkSize,
  findMethod,
  findPreset,
  type Machine,
  type Method,
  requireBackbone,
  requireTrainableBackbone,
  type TrainingFacts,
  trunkFor,
  type TrunkRecord,
} from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import { labelFacts, labelFrames } from "./grading-request.ts";
import { modelChannels } from "./run-data.ts";
import { pairFacts, type TranslationFrames, translationFrames } from "./translation-request.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { classPixels } from "../voxels/index.ts";

export interface TrainingRequest {
  method: string;
  /** Name of settings of the method; `settings` come on top. */
  preset?: string | undefined;
  settings?: RunRow["settings"];
  seed?: number;
  /** "auto" or none: the queue's own. */
  device?: string | undefined;
  /** Of a method that translates: which modalities it learns from; default: those of `fromModel`, else those that were paired last. */
  pairing?: number | undefined;
  /** Of a method that learns labels of whole images: which; default: the one that most images have. */
  labels?: readonly number[] | undefined;
  /** Model to go on from; settings that are not given are those of its run, but for the number of steps. */
  fromModel?: number | undefined;
  /** Learn from accepted and edited proposals of unlabelled cases too. */
  includeAccepted?: boolean | undefined;
  /** Overrides the setting of this name. */
  steps?: number | undefined;
  /** Time the operators of a few steps. */
  profile?: boolean | undefined;
  /** Not to be done now: paused from the beginning. */
  hold?: boolean | undefined;
}

type SnapshotFrame = DataSnapshot["frames"][number];

export interface TrainingFrames {
  classes: LabelClass[];
  /** To learn from, with their annotation. */
  labelled: SnapshotFrame[];
  validated: SnapshotFrame[];
  /** To learn from, without. */
  unlabelled: SnapshotFrame[];
}

/** Throws `Problem` for wrong settings, an unknown model, too little data. */
export function planTraining(
  project: Project,
  request: TrainingRequest,
  device: string,
  backbones?: BackboneShelf,
): NewRun {
  const method = findMethod(request.method);
  const fromModel = request.fromModel ?? null;
  const {
    frames,
    facts: factsOf,
    ...snapshotOf
  } = method.learnsLabels !== undefined
    ? labelledData(project, method, request)
    : method.learnsPairs === true
      ? pairedData(project, request)
      : annotatedData(project, method, request);
  const isLookedAt = method.remarks !== undefined || request.preset !== undefined;
  const facts = isLookedAt ? factsOf() : null;
  if (facts !== null && fromModel !== null) facts.startChannels = modelChannels(project, project.models.get(fromModel));
  const preset =
    request.preset === undefined ? {} : findPreset(method, request.preset).settingsFor(facts!, thisMachine());
  const settings = method.parse({
    ...preset,
    ...(fromModel === null ? {} : settingsOfModel(project, fromModel, method.id)),
    ...request.settings,
    ...(request.steps === undefined ? {} : { steps: request.steps }),
  });
  const backbone = backboneFor(method, settings, backbones);
  const trunk = trunkRecordFor(project, method, settings);
  const remarks = method.remarks?.(trunk === null ? facts! : { ...facts!, trunk }, settings) ?? [];
  const snapshot = { frames, ...snapshotOf, fromModel, ...(backbone && { backbone }), ...(trunk && { trunk }) };
  return {
    kind: "train",
    method: method.id,
    settings,
    seed: request.seed ?? 1,
    device,
    steps: method.totalSteps(settings),
    snapshot,
    remarks,
    judgedBy: method.judgedBy(settings),
  };
}

/** What a training learns from, and its facts for who asks. */
interface TrainingData extends Pick<DataSnapshot, "frames" | "classes" | "modalities" | "pairingId" | "targets"> {
  facts: () => TrainingFacts;
}

function annotatedData(project: Project, method: Method, request: TrainingRequest): TrainingData {
  const frames = trainingFrames(project, method, request);
  const { classes } = frames;
  checkNeeds(project, classes, frames, method);
  return { frames: inOrder(project, frames), classes, facts: () => trainingFacts(project, frames) };
}

function pairedData(project: Project, { pairing, fromModel }: TrainingRequest): TrainingData {
  const paired = translationFrames(project, pairing ?? pairingOfModel(project, fromModel));
  const { pairingId, source, target, kind } = paired.pairing;
  return {
    frames: paired.frames,
    classes: project.classes.list(),
    modalities: { source, target, kind },
    pairingId,
    facts: () => translationFacts(project, paired),
  };
}

/** What a model learned from, to go on from it; none where the project says it no more. */
function pairingOfModel(project: Project, modelId: number | undefined): number | undefined {
  if (modelId === undefined) return undefined;
  return project.runHistory.data(project.models.get(modelId).runId).pairing?.pairingId ?? undefined;
}

function labelledData(project: Project, method: Method, { labels }: TrainingRequest): TrainingData {
  const { frames, targets } = labelFrames(project, method, labels);
  return { frames, classes: [], targets, facts: () => labelledFacts(project, method, labels) };
}

/** As `trainingFacts`, of labels of whole images. */
export function labelledFacts(project: Project, method: Method, labels?: readonly number[]): TrainingFacts {
  const labelled = labelFrames(project, method, labels);
  const [train, validated] = (["train", "val"] as const).map((split) =>
    labelled.frames.filter((frame) => frame.split === split),
  ) as [SnapshotFrame[], SnapshotFrame[]];
  const facts = trainingFacts(project, { classes: [], labelled: train, validated, unlabelled: [] });
  return { ...facts, labels: labelFacts(project, labelled) };
}

/** As `trainingFacts`, of a pairing: no image of it is annotated for this. */
export function translationFacts(project: Project, paired: TranslationFrames): TrainingFacts {
  const { frames } = paired;
  const unlabelled = frames.filter(({ split, isContext }) => split !== "val" && isContext !== true);
  const none = { classes: project.classes.list(), labelled: [], validated: [] };
  return { ...trainingFacts(project, { ...none, unlabelled }), pairs: pairFacts(paired) };
}

/** The record of the backbone that settings name; null without one. Throws `Problem` where it is not here, or not made for such a training. */
function backboneFor(
  { settings: fields }: Method,
  settings: RunRow["settings"],
  shelf: BackboneShelf | undefined,
): BackboneRecord | null {
  const field = fields.find((each) => each.kind === "choice" && each.from === "backbones");
  const id = field && String(settings[field.key]);
  if (id === undefined || id === field!.default) return null;
  const { record } = requireBackbone(shelf, id);
  requireTrainableBackbone(record);
  checkBackboneSize(record, Number(settings["size"]));
  return record;
}

/** The record of the trunk that settings name; null without one. Throws `Problem` where the project has none of this id, or it takes other images. */
function trunkRecordFor(
  project: Project,
  { settings: fields }: Method,
  settings: RunRow["settings"],
): TrunkRecord | null {
  const field = fields.find((each) => each.kind === "choice" && each.from === "trunks");
  if (field === undefined) return null;
  const network = String(settings[field.key]);
  const record = trunkFor(network, project.trunks.find(network) as TrunkRecord | undefined);
  if (record !== null) checkTrunkSize(record, Number(settings["size"]));
  return record;
}

/**
 * What a training would see now. Unlabelled are, for a method that wants them, the frames of the split of that name and those of
 * the training split that nobody annotated: without label, whether or not there is one. Frames of no split are not touched:
 * they may be test frames tomorrow.
 */
export function trainingFrames(
  project: Project,
  method: Pick<Method, "needs" | "openGenerator">,
  { includeAccepted = false }: Pick<TrainingRequest, "includeAccepted"> = {},
): TrainingFrames {
  const frames: TrainingFrames = { classes: project.classes.list(), labelled: [], validated: [], unlabelled: [] };
  const unseen = new Set(project.annotations.unseenFrames());
  const learnsUnlabelled = method.needs.unlabelled !== undefined;
  for (const { frameId, imageId, caseId, split, annotation, isSynthetic } of project.images.frames()) {
    const seen = { frameId, imageId, caseId, split };
    // Synthetic images teach with their mask or not at all, and never a generator.
    if (isSynthetic && (method.openGenerator !== undefined || annotation === null || unseen.has(frameId))) continue;
    const isAccepted = annotation === "accepted" || annotation === "edited";
    const isUnseen = unseen.has(frameId);
    const isLabelled =
      annotation !== null && (split === "train" || (includeAccepted && split === "unlabelled" && isAccepted));
    // What nobody looked at judges nothing; a method that makes pseudo-labels makes its own, others learn from it with less weight.
    if (isLabelled && !(isUnseen && learnsUnlabelled))
      frames.labelled.push({ ...seen, revisionId: project.annotations.head(frameId) });
    else if (split === "val" && annotation !== null && !isUnseen)
      frames.validated.push({ ...seen, revisionId: project.annotations.head(frameId) });
    else if (learnsUnlabelled && (split === "unlabelled" || split === "train")) {
      frames.unlabelled.push({ ...seen, revisionId: null });
    }
  }
  return frames;
}

/** All of them as the project lists them: slices of a volume stand in their order, whatever is known of each. */
function inOrder(project: Project, { labelled, validated, unlabelled }: TrainingFrames): SnapshotFrame[] {
  const byId = new Map([...labelled, ...validated, ...unlabelled].map((frame) => [frame.frameId, frame]));
  return project.images.frames().flatMap(({ frameId }) => byId.get(frameId) ?? []);
}

/** Counts what a training would see. Reads every mask to learn from: milliseconds for hundreds. */
export function trainingFacts(project: Project, frames: TrainingFrames): TrainingFacts {
  const { classes, labelled, validated, unlabelled } = frames;
  const known = new Set(classes.map(({ value }) => value));
  const framesOf = new Map<number, number>();
  let shown = 0;
  for (const { revisionId } of labelled) {
    if (revisionId === null) continue;
    const pixels = [...classPixels(project.annotations.revision(revisionId))];
    const values = pixels.flatMap(([value, count]) => (count > 0 && known.has(value) ? value : []));
    for (const value of values) framesOf.set(value, (framesOf.get(value) ?? 0) + 1);
    if (values.length > 0) shown++;
  }
  const learned = new Set([...labelled, ...unlabelled].map(({ frameId }) => frameId));
  const seen = project.images.frames().filter(({ frameId }) => learned.has(frameId));
  const sides = seen.map(({ width, height }) => Math.max(width, height)).toSorted((a, b) => a - b);
  const colored = project.images.colorFrames();
  const color = seen.filter(({ frameId }) => colored.has(frameId)).length;
  return {
    labelled: labelled.length,
    shown,
    validated: validated.length,
    unlabelled: unlabelled.length,
    classes: classes.map(({ value, name }) => ({ value, name, frames: framesOf.get(value) ?? 0 })),
    gray: seen.length - color,
    color,
    side: sides[sides.length >> 1] ?? 0,
    get volumes() {
      return volumeFacts(project, frames);
    },
  };
}

/** The computer that the app runs on. */
export function thisMachine(): Machine {
  return { cores: availableParallelism(), memoryBytes: totalmem() };
}

function settingsOfModel(project: Project, modelId: number, method: string): RunRow["settings"] {
  const model = project.models.get(modelId);
  if (model.method !== method) {
    throw new Problem({
      code: "bad-request",
      title: `Training with ${method} cannot start from this model.`,
      detail: `It was made with ${model.method}.`,
      hint: "Choose another model, or train from the beginning.",
    });
  }
  const { steps: _, ...settings } = project.runs.recipe(model.runId).settings;
  return settings;
}

function checkNeeds(
  project: Project,
  classes: readonly LabelClass[],
  frames: Pick<TrainingFrames, "labelled" | "validated" | "unlabelled">,
  { id, needs }: Method,
): void {
  const counts = { train: frames.labelled.length, validate: frames.validated.length };
  if (classes.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "The project has no label class.",
      hint: "Add a class, then annotate some images.",
    });
  }
  if (counts.train >= needs.train && counts.validate >= needs.validate) {
    if (frames.unlabelled.length >= (needs.unlabelled ?? 0)) return;
    throw new Problem({
      code: "not-enough-data",
      title: `There are no unlabelled images: ${id} learns from them too.`,
      detail:
        `Needed: ${needs.unlabelled} in the unlabelled split, or in the training split without annotation; ` +
        `there are ${frames.unlabelled.length}.`,
      hint: "Import more images and assign their cases to the unlabelled split, or train with the method segment.",
    });
  }
  const annotated = project.images.frames().filter(({ annotation }) => annotation !== null).length;
  throw new Problem({
    code: "not-enough-data",
    title: "There are too few annotated images to train.",
    detail:
      `Needed: ${needs.train} annotated in the train split and ${needs.validate} in the validation split; ` +
      `there are ${counts.train} and ${counts.validate} (${annotated} annotated in the whole project).`,
    hint:
      annotated > counts.train + counts.validate || annotated >= 2
        ? "Assign annotated cases to train and validation: in the image list, or with `aliquot split`."
        : "Annotate at least two images of different patients, then assign one case to train and one to validation.",
  });
}
