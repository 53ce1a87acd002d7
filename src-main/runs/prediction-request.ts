/** @file Proposals and evaluations by a model: from a request to its run's row and data snapshot, checked against the project. */
import type { MaskOrigin, ModelRow, Split } from "../api/contract.ts";
import type { ViewCount } from "../dataset/index.ts";
import { isOfVolumes, labelledVolumes, wholeVolumes } from "./volume-requests.ts";
import { gradesOnly, paintsOnly, translatesOnly } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import { type GradingRequest, isGrader, planGradeEvaluation, planGrading } from "./grading-request.ts";
import { planTranslationEvaluation } from "./translation-evaluation-request.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";

type SnapshotFrame = DataSnapshot["frames"][number];

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
