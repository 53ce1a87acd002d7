/** @file What may be asked of the queue, checked against the project: from a request to a run's row and data snapshot. */
import type { LabelClass, MaskOrigin, ModelRow, RunRow, Split } from "../api/contract.ts";
import { findMethod } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";

export interface TrainingRequest {
  method: string;
  settings?: RunRow["settings"];
  seed?: number;
  /** "auto" or none: the queue's own. */
  device?: string | undefined;
  /** Model to go on from; settings that are not given are those of its run, but for the number of steps. */
  fromModel?: number | undefined;
  /** Learn from accepted and edited proposals of unlabelled cases too. */
  includeAccepted?: boolean | undefined;
  /** Overrides the setting of this name. */
  steps?: number | undefined;
  /** Time the operators of a few steps. */
  profile?: boolean | undefined;
}

export interface PredictionRequest {
  modelId: number;
  /** Default "unlabelled". */
  split?: Split | undefined;
  /** Instead of a split. */
  frameIds?: readonly number[] | undefined;
}

export interface EvaluationRequest {
  modelId: number;
  split: Split;
}

type SnapshotFrame = DataSnapshot["frames"][number];

/** Throws `Problem` for wrong settings, an unknown model, too little data. */
export function planTraining(project: Project, request: TrainingRequest, device: string): NewRun {
  const method = findMethod(request.method);
  const fromModel = request.fromModel ?? null;
  const settings = method.parse({
    ...(fromModel === null ? {} : settingsOfModel(project, fromModel, method.id)),
    ...request.settings,
    ...(request.steps === undefined ? {} : { steps: request.steps }),
  });
  const classes = project.classes.list();
  const frames = annotatedFrames(project, (frame) => {
    const isAccepted = frame.annotation === "accepted" || frame.annotation === "edited";
    const isIncluded = request.includeAccepted === true && frame.split === "unlabelled" && isAccepted;
    return frame.split === "train" || frame.split === "val" || isIncluded;
  });
  const counts = {
    train: frames.filter(({ split }) => split !== "val").length,
    validate: frames.filter(({ split }) => split === "val").length,
  };
  checkNeeds(project, classes, counts, method.needs);
  const snapshot = { frames, classes, fromModel };
  return {
    kind: "train",
    method: method.id,
    settings,
    seed: request.seed ?? 1,
    device,
    steps: settings.steps,
    snapshot,
  };
}

/**
 * A split's frames, but those annotated in this project: a proposal never competes with what a person drew here. A mask that
 * was imported into the unlabelled split counts as unseen. Frames asked for by id are taken as they are.
 */
export function planPrediction(project: Project, request: PredictionRequest, device: string): NewRun {
  const { modelId, split = "unlabelled", frameIds } = request;
  const model = project.models.get(modelId);
  const asked = project.images
    .frames()
    .filter((frame) => (frameIds === undefined ? frame.split === split : frameIds.includes(frame.frameId)));
  const isWanted = ({ annotation, split: own }: (typeof asked)[number]): boolean =>
    !isAnnotatedHere(annotation) && (annotation === null || own === "unlabelled" || frameIds !== undefined);
  const frames = asked
    .filter(isWanted)
    .map(({ frameId, imageId, caseId, split }) => ({ frameId, imageId, caseId, split, revisionId: null }));
  if (frames.length === 0) {
    const where = frameIds === undefined ? `The ${split} split has` : "The choice holds";
    throw new Problem({
      code: "not-enough-data",
      title: "There is nothing to predict.",
      detail: `${where} ${asked.length} images, ${asked.length} of them annotated.`,
      hint: "Proposals are made for images that nobody annotated here: import more, or leave some cases unlabelled.",
    });
  }
  return modelRun("predict", model, frames, device);
}

/** A proposal never competes with what a person drew or decided in this project. */
export function isAnnotatedHere(annotation: MaskOrigin | null): boolean {
  return annotation !== null && annotation !== "imported";
}

/** On the annotations as they are now. */
export function planEvaluation(project: Project, { modelId, split }: EvaluationRequest, device: string): NewRun {
  const model = project.models.get(modelId);
  const frames = annotatedFrames(project, (frame) => frame.split === split);
  if (frames.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "There is nothing to evaluate on.",
      detail: `The ${split} split has no annotated image.`,
      hint: "Annotate or import masks for some of its images, or choose another split.",
    });
  }
  return modelRun("evaluate", model, frames, device);
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
  counts: { train: number; validate: number },
  needs: { train: number; validate: number },
): void {
  if (classes.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "The project has no label class.",
      hint: "Add a class, then annotate some images.",
    });
  }
  if (counts.train >= needs.train && counts.validate >= needs.validate) return;
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
