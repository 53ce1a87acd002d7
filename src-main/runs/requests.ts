/** @file What may be asked of the queue, checked against the project: from a request to a run's row and data snapshot. */
import { availableParallelism, totalmem } from "node:os";
import type { LabelClass, MaskOrigin, ModelRow, RunRow, Split } from "../api/contract.ts";
import type { ViewCount } from "../dataset/index.ts";
import { isOfVolumes, labelledVolumes, volumeFacts, wholeVolumes } from "./volume-requests.ts";
import {
  type BackboneRecord,
  type BackboneShelf,
  checkBackboneSize,
  checkTrunkSize,
  findMethod,
  findPreset,
  gradesOnly,
  type Machine,
  type Method,
  paintsOnly,
  requireBackbone,
  requireTrainableBackbone,
  type TrainingFacts,
  translatesOnly,
  trunkFor,
  type TrunkRecord,
} from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import {
  type GradingRequest,
  isGrader,
  labelFacts,
  labelFrames,
  planGradeEvaluation,
  planGrading,
} from "./grading-request.ts";
import { planTranslationEvaluation } from "./translation-evaluation-request.ts";
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
  /** Of a method that translates: which modalities it learns from; default: those that were paired last. */
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

export interface PredictionRequest {
  modelId: number;
  /** Default "unlabelled". */
  split?: Split | undefined;
  /** Instead of a split. */
  frameIds?: readonly number[] | undefined;
  /** Turned and mirrored views of each image whose mean is proposed; as many looks of the network. Default: `defaultViews`. */
  views?: ViewCount | undefined;
  /** Of a model of labels of whole images: how often each is asked. */
  samples?: GradingRequest["samples"];
}

export interface EvaluationRequest {
  modelId: number;
  split: Split;
  /** As of a prediction. */
  samples?: GradingRequest["samples"];
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
interface TrainingData extends Pick<DataSnapshot, "frames" | "classes" | "modalities" | "targets"> {
  facts: () => TrainingFacts;
}

function annotatedData(project: Project, method: Method, request: TrainingRequest): TrainingData {
  const frames = trainingFrames(project, method, request);
  const { classes } = frames;
  checkNeeds(project, classes, frames, method);
  return { frames: inOrder(project, frames), classes, facts: () => trainingFacts(project, frames) };
}

function pairedData(project: Project, { pairing: pairingId }: TrainingRequest): TrainingData {
  const paired = translationFrames(project, pairingId);
  const { source, target, kind } = paired.pairing;
  return {
    frames: paired.frames,
    classes: project.classes.list(),
    modalities: { source, target, kind },
    facts: () => translationFacts(project, paired),
  };
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
  const unlabelled = frames.filter(({ split }) => split !== "val");
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

/**
 * A split's frames, but those annotated in this project: a proposal never competes with what a person drew here. A mask that
 * was imported into the unlabelled split counts as unseen. Frames asked for by id are taken as they are.
 */
export function planPrediction(project: Project, request: PredictionRequest, device: string): NewRun {
  const { modelId, split = "unlabelled", frameIds } = request;
  const model = project.models.get(modelId);
  if (isGrader(model)) return planGrading(project, request, device);
  requireMasks(model);
  const all = project.images.frames();
  const asked = all.filter((frame) =>
    frameIds === undefined ? frame.split === split : frameIds.includes(frame.frameId),
  );
  const isWanted = ({ annotation, split: own }: (typeof asked)[number]): boolean =>
    !isAnnotatedHere(annotation) && (annotation === null || own === "unlabelled" || frameIds !== undefined);
  const wanted = asked.filter(isWanted);
  if (wanted.length > 0 && isOfVolumes(project, model)) {
    // A series is labelled as a whole: what was asked of one of its slices is answered for all that nobody annotated.
    const isToldOf = (frame: (typeof all)[number]) => frame.annotation === null || wanted.includes(frame);
    const frames = wholeVolumes(project, wanted, (frame) => (isToldOf(frame) ? { revisionId: null } : null));
    const views = request.views ?? defaultViews(project, model, VOLUME_VIEWS);
    const looked = new Set(frames.map(({ frameId }) => frameId));
    const places = project.slices.volumes();
    const known = knownFrames(project, model, views, {
      chosen: (some) => labelledVolumes(project, some, MOST_KNOWN).filter(({ frameId }) => !looked.has(frameId)),
      unitOf: ({ frameId }) => places.get(frameId)!.id,
    });
    const run = modelRun("predict", model, [...frames, ...known.refer, ...known.judge], device);
    return { ...run, settings: { views }, steps: frames.length + known.judge.length };
  }
  const frames = wanted.map(({ frameId, imageId, caseId, split }) => ({
    frameId,
    imageId,
    caseId,
    split,
    revisionId: null,
  }));
  if (frames.length === 0) {
    const where = frameIds === undefined ? `The ${split} split has` : "The choice holds";
    throw new Problem({
      code: "not-enough-data",
      title: "There is nothing to predict.",
      detail: `${where} ${asked.length} images, ${asked.length} of them annotated.`,
      hint: "Proposals are made for images that nobody annotated here: import more, or leave some cases unlabelled.",
    });
  }
  const views = request.views ?? defaultViews(project, model);
  const known = knownFrames(project, model, views);
  const run = modelRun("predict", model, [...frames, ...known.refer, ...known.judge], device);
  return { ...run, settings: { views }, steps: frames.length + known.judge.length };
}

/** Frames with known truth that are looked at beside those asked for. More tell little more. */
const MOST_KNOWN = 300;

/**
 * What review records are judged by: annotated frames of the training split tell what is usual, those of the validation split, which the model
 * did not learn from, how good it is. Never the test split, and nothing that was accepted unseen. Spread over the patients.
 */
function knownFrames(
  project: Project,
  { modelId }: ModelRow,
  views: number,
  { chosen, unitOf }: KnownOptions = {
    chosen: (frames) => spreadOverCases(frames).slice(0, MOST_KNOWN),
    unitOf: ({ frameId }) => frameId,
  },
): Record<"refer" | "judge", SnapshotFrame[]> {
  const unseen = new Set(project.annotations.unseenFrames());
  const annotated = annotatedFrames(project, ({ frameId, split }) => {
    return (split === "train" || split === "val") && !unseen.has(frameId);
  });
  const of = (split: Split) => chosen(annotated.filter((frame) => frame.split === split));
  const judged = new Set(
    project.reviews
      .judgedFrames(modelId)
      .filter((known) => known.views === views)
      .map(({ frameId, revisionId }) => `${frameId} ${revisionId}`),
  );
  const candidates = of("val");
  const fresh = candidates.filter(({ frameId, revisionId }) => !judged.has(`${frameId} ${revisionId}`));
  const units = new Set(fresh.map(unitOf));
  return { refer: of("train"), judge: candidates.filter((frame) => units.has(unitOf(frame))) };
}

interface KnownOptions {
  chosen(frames: SnapshotFrame[]): SnapshotFrame[];
  /** What is looked at as a whole. */
  unitOf(frame: SnapshotFrame): number;
}

/** The first frame of every case, then the second, and so on. */
function spreadOverCases(frames: readonly SnapshotFrame[]): SnapshotFrame[] {
  const byCase = new Map<number, SnapshotFrame[]>();
  for (const frame of frames) byCase.set(frame.caseId, [...(byCase.get(frame.caseId) ?? []), frame]);
  const lists = [...byCase.values()];
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, place) => lists.flatMap((list) => list[place] ?? [])).flat();
}

/** Of series as volumes: a look at one takes as long as hundreds of images do. */
const VOLUME_VIEWS = 4;

/** `usual`; one for a model that never saw an image turned. */
function defaultViews(project: Project, { runId }: ModelRow, usual: ViewCount = 8): ViewCount {
  const { augmentation } = project.runs.recipe(runId).settings;
  return augmentation === false || augmentation === "none" ? 1 : usual;
}

/** Throws `Problem` "bad-request" for a model that outlines nothing. */
export function requireMasks({ name, makes }: Pick<ModelRow, "name" | "makes">): void {
  if (isGrader({ makes })) throw gradesOnly(`The model ${name}`);
  if (makes.includes("translations")) throw translatesOnly(`The model ${name}`);
  if (!makes.includes("masks")) throw paintsOnly(`The model ${name}`);
}

/** A proposal never competes with what a person drew or decided in this project. */
export function isAnnotatedHere(annotation: MaskOrigin | null): boolean {
  return annotation !== null && annotation !== "imported";
}

/** On the annotations as they are now. */
export function planEvaluation(project: Project, request: EvaluationRequest, device: string): NewRun {
  const { modelId, split } = request;
  const model = project.models.get(modelId);
  if (isGrader(model)) return planGradeEvaluation(project, request, device);
  if (model.makes.includes("translations")) return planTranslationEvaluation(project, request, device);
  requireMasks(model);
  const unseen = new Set(project.annotations.unseenFrames());
  const frames = annotatedFrames(project, (frame) => frame.split === split && !unseen.has(frame.frameId));
  if (frames.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "There is nothing to evaluate on.",
      detail: `The ${split} split has no annotated image.`,
      hint: "Annotate or import masks for some of its images, or choose another split.",
    });
  }
  if (!isOfVolumes(project, model)) return modelRun("evaluate", model, frames, device);
  const known = new Map(frames.map((frame) => [frame.frameId, frame]));
  const whole = wholeVolumes(project, frames, ({ frameId }) => known.get(frameId) ?? null);
  return modelRun("evaluate", model, whole, device);
}

function modelRun(kind: "predict" | "evaluate", model: ModelRow, frames: SnapshotFrame[], device: string): NewRun {
  const { modelId, method, classes } = model;
  const snapshot = { frames, classes, fromModel: modelId };
  return { kind, method, settings: {}, seed: 0, device, steps: frames.length, snapshot, modelId };
}

function annotatedFrames(
  project: Project,
  isChosen: (frame: ReturnType<Project["images"]["frames"]>[number]) => boolean,
): SnapshotFrame[] {
  return project.images
    .frames()
    .filter((frame) => frame.annotation !== null && isChosen(frame))
    .map(({ frameId, imageId, caseId, split }) => {
      return { frameId, imageId, caseId, split, revisionId: project.annotations.head(frameId) };
    });
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
