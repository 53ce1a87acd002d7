/** @file What experiments of outlines and of labels share: what is asked for, the settings of networks within arms, the row of the run. */
import type { RunRow } from "../api/contract.ts";
import { type Arm, type ExperimentPlan, PAINTER, painterOf, trainingSteps, TRANSLATOR } from "../experiments/index.ts";
import { findMethod, presetsOf } from "../methods/index.ts";
import type { DataSnapshot, NewRun, Project } from "../project/index.ts";
import { thisMachine, trainingFacts, trainingFrames, translationFacts } from "./training-request.ts";
import { translationFrames } from "./translation-request.ts";

export interface ExperimentRequest {
  /** Ids, the one to compare with first. */
  arms: readonly string[];
  /** Numbers of images, with dimensions 3 of series, whose labels are seen. */
  labelled: readonly number[];
  seeds: readonly number[];
  folds: number;
  /** For every arm whose method has such a setting; `painter.KEY`, `translator.KEY`: for painters and translators that have it. */
  settings: RunRow["settings"];
  /** Of ways of telling classes of whole images apart: which label; default: the one that most images have. */
  label?: number | undefined;
  /** Of arms with images of a second modality: which pairing; default: the newest. */
  pairing?: number | undefined;
  /** "auto" or none: the queue's own. */
  device?: string | undefined;
}

/** Painters and translators are sized as trainings by themselves: the first of each, as their settings are told together. */
export function fittedWithin(project: Project, arms: readonly Arm[], pairing?: number): RunRow["settings"] {
  const firsts = [
    { prefix: PAINTER, method: arms.map(painterOf).find((painter) => painter !== undefined)?.method },
    { prefix: TRANSLATOR, method: arms.find(({ sources }) => sources?.translator)?.sources?.translator?.method },
  ];
  const entries = firsts.flatMap(({ prefix, method: id }) => {
    const method = id === undefined ? undefined : findMethod(id);
    const preset = method && presetsOf(method)[0];
    if (preset === undefined) return [];
    const facts =
      prefix === TRANSLATOR
        ? translationFacts(project, translationFrames(project, pairing))
        : trainingFacts(project, trainingFrames(project, method!));
    return Object.entries(preset.settingsFor(facts, thisMachine())).map(([key, value]): [string, typeof value] => [
      `${prefix}${key}`,
      value,
    ]);
  });
  return Object.fromEntries(entries);
}

/** Its seed is the first that was asked for. */
export function experimentRun(
  plan: ExperimentPlan,
  { settings, device, snapshot }: { settings: RunRow["settings"]; device: string; snapshot: DataSnapshot },
): NewRun {
  return {
    kind: "experiment",
    method: plan.arms.map(({ id }) => id).join(", "),
    settings,
    seed: plan.splits[0]!.seed,
    device,
    steps: plan.splits.length * plan.arms.reduce((total, arm) => total + trainingSteps(arm), 0),
    snapshot,
  };
}
