/** @file From a request for an experiment to its run's row, data snapshot and plan, checked against the project. */
import type { RunRow } from "../api/contract.ts";
import { type Arm, type ExperimentPlan, findArms, planExperiment, seesUnlabelled } from "../experiments/index.ts";
import { findMethod, presetsOf } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { thisMachine, trainingFacts, trainingFrames } from "./requests.ts";

export interface ExperimentRequest {
  /** Ids, the one to compare with first. */
  arms: readonly string[];
  /** Numbers of images whose labels are seen. */
  labelled: readonly number[];
  seeds: readonly number[];
  folds: number;
  /** For every arm whose method has such a setting. */
  settings: RunRow["settings"];
  /** "auto" or none: the queue's own. */
  device?: string | undefined;
}

type SnapshotFrame = DataSnapshot["frames"][number];

/**
 * The annotated frames of train and validation teach and judge; those of the unlabelled split, and those that nobody annotated,
 * are there without labels. The test split is left alone. Throws `Problem` for wrong settings or too little data.
 */
export function planExperimentRun(
  project: Project,
  request: ExperimentRequest,
  device: string,
): { run: NewRun; plan: ExperimentPlan } {
  const arms = findArms(request.arms);
  const classes = project.classes.list();
  const frames = experimentFrames(project);
  const study = frames.map(({ frameId, caseId, revisionId }) => ({
    frameId,
    caseId,
    isAnnotated: revisionId !== null,
  }));
  if (classes.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "The project has no label class.",
      hint: "Add a class, then annotate some images.",
    });
  }
  const settings = { ...fittedSettings(project, arms), ...request.settings };
  if (settings["dimensions"] === "3") throw onlyOfImages();
  const plan = planExperiment(study, { ...request, settings, arms });
  checkUnlabelled(plan, study);
  const steps = plan.splits.length * plan.arms.reduce((total, { settings }) => total + settings.steps, 0);
  return {
    plan,
    run: {
      kind: "experiment",
      method: plan.arms.map(({ id }) => id).join(", "),
      settings,
      seed: request.seeds[0]!,
      device,
      steps,
      snapshot: { frames, classes, fromModel: null },
    },
  };
}

function onlyOfImages(): Problem {
  return new Problem({
    code: "bad-request",
    title: "Experiments compare trainings on single images.",
    detail: "The setting dimensions is 3: that is for trainings on volumes.",
    hint: "Leave it out, or train on volumes by themselves and evaluate their models.",
  });
}

/** Sized by images and computer, as a training by itself would be; the same for all arms. */
function fittedSettings(project: Project, arms: readonly Arm[]): RunRow["settings"] {
  const method = arms.map((arm) => findMethod(arm.method)).find((one) => presetsOf(one).length > 0);
  if (method === undefined) return {};
  return presetsOf(method)[0]!.settingsFor(trainingFacts(project, trainingFrames(project, method)), thisMachine());
}

function experimentFrames(project: Project): SnapshotFrame[] {
  // What nobody looked at is no truth to measure by.
  const unseen = new Set(project.annotations.unseenFrames());
  return project.images.frames().flatMap(({ frameId, imageId, caseId, split, annotation }): SnapshotFrame[] => {
    const seen = { frameId, imageId, caseId, split };
    if (split === "unlabelled") return [{ ...seen, revisionId: null }];
    if (split !== "train" && split !== "val") return [];
    return [
      { ...seen, revisionId: annotation === null || unseen.has(frameId) ? null : project.annotations.head(frameId) },
    ];
  });
}

/** Every training of an arm that learns from unlabelled images has some. */
function checkUnlabelled({ arms, splits }: ExperimentPlan, frames: readonly { caseId: number }[]): void {
  const needing = arms.find(seesUnlabelled);
  if (needing === undefined) return;
  const needed = findMethod(needing.method).needs.unlabelled ?? 1;
  for (const { train, test, labelled } of splits) {
    const seen = frames.filter(({ caseId }) => !test.includes(caseId)).length;
    if (seen - train.length >= needed) continue;
    throw new Problem({
      code: "not-enough-data",
      title: `With ${labelled} labelled images no unlabelled ones are left for ${needing.title}.`,
      detail: `Needed: ${needed}; there are ${seen - train.length} beside the labelled ones and those kept for judging.`,
      hint: "Ask for fewer labelled images, or import more images into the unlabelled split.",
    });
  }
}
