/** @file From a request for an experiment to its run's row, data snapshot and plan, checked against the project. */
import type { RunRow } from "../api/contract.ts";
import {
  type Arm,
  type ExperimentPlan,
  findArms,
  PAINTER,
  planExperiment,
  seesUnlabelled,
  seriesAsFrames,
  type StudyFrame,
  trainingSteps,
  unitOf,
} from "../experiments/index.ts";
import { findMethod, presetsOf } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { thisMachine, trainingFacts, trainingFrames } from "./requests.ts";

export interface ExperimentRequest {
  /** Ids, the one to compare with first. */
  arms: readonly string[];
  /** Numbers of images, with dimensions 3 of series, whose labels are seen. */
  labelled: readonly number[];
  seeds: readonly number[];
  folds: number;
  /** For every arm whose method has such a setting; `painter.KEY`: for painters that have it. */
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
  const places = project.slices.volumes();
  const study = frames.map(({ frameId, caseId, revisionId }) => ({
    frameId,
    caseId,
    isAnnotated: revisionId !== null,
    volume: places.get(frameId),
  }));
  if (classes.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "The project has no label class.",
      hint: "Add a class, then annotate some images.",
    });
  }
  const fitted = { ...fittedSettings(project, arms, request.settings), ...fittedPainters(project, arms) };
  const settings = { ...fitted, ...request.settings };
  const plan = planExperiment(study, { ...request, settings, arms });
  checkUnlabelled(plan, study);
  if (unitOf(plan) === "series") checkVolumes(project, plan);
  const steps = plan.splits.length * plan.arms.reduce((total, arm) => total + trainingSteps(arm), 0);
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

/** Sized by images and computer, as a training by itself would be; the same for all arms. `asked`: to have the preset of as many dimensions. */
function fittedSettings(project: Project, arms: readonly Arm[], asked: RunRow["settings"]): RunRow["settings"] {
  const method = arms.map((arm) => findMethod(arm.method)).find((one) => presetsOf(one).length > 0);
  if (method === undefined) return {};
  const { dimensions = "2" } = asked;
  const presets = presetsOf(method);
  const preset = presets.find(({ settings }) => (settings["dimensions"] ?? "2") === dimensions) ?? presets[0]!;
  return preset.settingsFor(trainingFacts(project, trainingFrames(project, method)), thisMachine());
}

/** Painters are sized as trainings by themselves, too: the first of them, as their settings are told together. */
function fittedPainters(project: Project, arms: readonly Arm[]): RunRow["settings"] {
  const painter = arms.find((arm) => arm.painter !== undefined)?.painter;
  const method = painter && findMethod(painter.method);
  const preset = method && presetsOf(method)[0];
  if (preset === undefined) return {};
  const facts = trainingFacts(project, trainingFrames(project, method!));
  const settings = preset.settingsFor(facts, thisMachine());
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`${PAINTER}${key}`, value]));
}

function experimentFrames(project: Project): SnapshotFrame[] {
  // What nobody looked at is no truth to measure by.
  const unseen = new Set(project.annotations.unseenFrames());
  return project.images.frames().flatMap((frame): SnapshotFrame[] => {
    const { frameId, imageId, caseId, split, annotation, isSynthetic } = frame;
    // The generator saw the patients that a split holds out: its arms train one of their own.
    if (isSynthetic) return [];
    const seen = { frameId, imageId, caseId, split };
    if (split === "unlabelled") return [{ ...seen, revisionId: null }];
    if (split !== "train" && split !== "val") return [];
    return [
      { ...seen, revisionId: annotation === null || unseen.has(frameId) ? null : project.annotations.head(frameId) },
    ];
  });
}

/** What trainings on volumes refuse by themselves, before the first of them starts. Enough series are there: the plan has counted them. */
function checkVolumes(project: Project, { arms }: ExperimentPlan): void {
  for (const { method: id, settings } of arms) {
    const method = findMethod(id);
    const facts = trainingFacts(project, trainingFrames(project, method));
    const volumes = { ...facts.volumes, labelled: 1, validated: 1, unlabelled: 1 };
    method.remarks?.({ ...facts, volumes }, settings);
  }
}

/** Every training of an arm that learns from unlabelled images has some. */
function checkUnlabelled(plan: ExperimentPlan, frames: readonly StudyFrame[]): void {
  const { arms, splits } = plan;
  const needing = arms.find(seesUnlabelled);
  if (needing === undefined) return;
  const needed = findMethod(needing.method).needs.unlabelled ?? 1;
  const unit = unitOf(plan);
  const units = unit === "series" ? seriesAsFrames(frames) : frames;
  for (const { train, test, labelled } of splits) {
    const learned = new Set(train);
    const unlabelled = units.filter(({ caseId, frameId }) => !test.includes(caseId) && !learned.has(frameId)).length;
    if (unlabelled >= needed) continue;
    throw new Problem({
      code: "not-enough-data",
      title: `With ${labelled} labelled ${unit} no unlabelled ones are left for ${needing.title}.`,
      detail: `Needed: ${needed}; there are ${unlabelled} beside the labelled ones and those kept for judging.`,
      hint: `Ask for fewer labelled ${unit}, or import more ${unit} into the unlabelled split.`,
    });
  }
}
