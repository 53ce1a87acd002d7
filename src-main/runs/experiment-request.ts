/** @file From a request for an experiment to its run's row, data snapshot and plan, checked against the project. */
import type { RunRow } from "../api/contract.ts";
import {
  type Arm,
  type ExperimentPlan,
  findArms,
  learnedTogether,
  planExperiment,
  seesUnlabelled,
  seriesAsFrames,
  type StudyFrame,
  studyFrame,
  unitOf,
} from "../experiments/index.ts";
import { findMethod, type Modalities, presetsOf } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { type ExperimentRequest, experimentRun, fittedWithin } from "./experiment-run.ts";
import { planLabelExperiment } from "./label-experiment-request.ts";
import { thisMachine, trainingFacts, trainingFrames } from "./training-request.ts";
import { modalityFrames } from "./translation-request.ts";

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
  if (learnedTogether(arms) === "grades") return planLabelExperiment(project, { ...request, arms }, device);
  if (request.label !== undefined) throw outlinesOnly(arms);
  const classes = project.classes.list();
  const modalities = arms.some(({ sources }) => sources !== undefined)
    ? modalityFrames(project, request.pairing)
    : null;
  const frames = experimentFrames(project).flatMap((frame): SnapshotFrame[] => {
    if (modalities === null) return [frame];
    const modality = modalities.of.get(frame.frameId);
    return modality === undefined ? [] : [{ ...frame, modality }];
  });
  const places = project.slices.volumes();
  const study = frames.map(({ revisionId, ...frame }) =>
    studyFrame({ ...frame, volume: places.get(frame.frameId) }, revisionId !== null),
  );
  if (classes.length === 0) {
    throw new Problem({
      code: "not-enough-data",
      title: "The project has no label class.",
      hint: "Add a class, then annotate some images.",
    });
  }
  const fitted = {
    ...fittedSettings(project, arms, request.settings),
    ...fittedWithin(project, arms, request.pairing),
  };
  const settings = { ...fitted, ...request.settings };
  const plan = planExperiment(study, { ...request, settings, arms, label: undefined });
  if (modalities !== null) checkSources(plan, study, modalities.pairing);
  checkUnlabelled(plan, study);
  if (unitOf(plan) === "series") checkVolumes(project, plan);
  const snapshot = { frames, classes, fromModel: null, ...(modalities && { modalities: modalities.pairing }) };
  return { plan, run: experimentRun(plan, { settings, device, snapshot }) };
}

function outlinesOnly(arms: readonly Arm[]): Problem {
  return new Problem({
    code: "bad-request",
    title: "A label of whole images is not what these ways of training learn.",
    detail: `They outline: ${arms.map(({ id }) => id).join(", ")}.`,
    hint: "Compare classify and diffmic on a label, or leave the label out.",
  });
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

/** Something of the other modality is labelled, and pairs are left to learn a translation from, in every split. */
function checkSources(plan: ExperimentPlan, frames: readonly StudyFrame[], { source, target }: Modalities): void {
  const needing = plan.arms.find(({ sources }) => sources !== undefined)!;
  for (const { test } of plan.splits) {
    const left = frames.filter(({ caseId }) => !test.includes(caseId));
    const labelled = left.filter(({ isLabelledSource }) => isLabelledSource).length;
    const pairs = left.filter(({ modality }) => modality?.counterpart !== undefined).length;
    if (labelled > 0 && (pairs > 0 || plan.arms.every(({ sources }) => sources?.translator === undefined))) continue;
    throw new Problem({
      code: "not-enough-data",
      title:
        labelled === 0
          ? `No image of ${source} is annotated that could join those of ${target} for ${needing.title}.`
          : `No pair of ${source} and ${target} is left to learn a translation from.`,
      detail: `Beside the patients kept for judging: ${labelled} annotated images of ${source}, ${pairs} pairs.`,
      hint: `Annotate images of ${source} in the train split, or pair more patients.`,
    });
  }
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
