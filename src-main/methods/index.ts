/** @file The methods that can be trained. To add one: its folder, and its line in `methods`. */
import { Problem } from "../problem/index.ts";
import { bcp } from "./bcp/index.ts";
import { classify } from "./classify/index.ts";
import { cyclegan } from "./cyclegan/index.ts";
import type { Method } from "./define-method.ts";
import type { Machine, Preset, TrainingFacts } from "./training-facts.ts";
import { diffmic } from "./diffmic/index.ts";
import { genseg } from "./genseg/index.ts";
import { meanTeacher } from "./mean-teacher/index.ts";
import { pix2pix } from "./pix2pix/index.ts";
import { reggan } from "./reggan/index.ts";
import { regress } from "./regress/index.ts";
import { segment } from "./segment/index.ts";
import { siameseDiffusion } from "./siamese-diffusion/index.ts";
import type { SettingValue } from "./settings.ts";

export { type IntensityRange, seriesRange } from "./translation/intensities.ts";
export type { MaskRecord } from "../dataset/index.ts";
export {
  type BackboneRecord,
  backboneNotHere,
  bytesOf as backboneBytesOf,
  remarksOf as backboneRemarks,
  checkSize as checkBackboneSize,
  requireBackbone,
  requireTrainable as requireTrainableBackbone,
  ROLE_NAMES as BACKBONE_ROLES,
  USE_NAMES as BACKBONE_USES,
  usesOf as backboneUses,
} from "./siamese-diffusion/backbone/record.ts";
export { paintFromBackbone, probeBackboneFolder } from "./siamese-diffusion/backbone/in-worker.ts";
export { openShelf, readShelf, type ShelvedBackbone } from "./siamese-diffusion/backbone/shelf.ts";
export { deviceProblem } from "./device-problem.ts";
export type { JudgedBy, Method, ModelOutput, Pacing } from "./define-method.ts";
export type { BackboneShelf, ComputeDevice, Modalities, StartRequest, TrainedClass } from "./start-request.ts";
export type {
  ImageGenerator,
  Inference,
  PaintOptions,
  PaintProgress,
  Predictor,
  ReviewedNetwork,
  Reviewer,
  SquareNetwork,
  EstimatedFlow,
  PairRanges,
  Registrar,
  ComparedPair,
  TargetPlacement,
  TranslatedSeries,
  Translator,
  VolumeLook,
  VolumeReviewer,
} from "./trained-models.ts";
export type { Machine, PairFacts, Preset, TrainingFacts, VolumeFacts } from "./training-facts.ts";
export type { Compare, Judge, OwnJudgment, Show, TrainingSession } from "./training-session.ts";
export type {
  GradedImage,
  Grader,
  ImageRectangle,
  LabelAnswer,
  LabelFacts,
  LabelTarget,
  SampleSpread,
  TakeAnswers,
  TargetValue,
} from "./grading/label-target.ts";
export { checkTrunkSize, type GivenTrunk, TRUNK_ID, trunkFor, type TrunkRecord } from "./grading/trunk-record.ts";
export { gradesOnly } from "./grading/grades-only.ts";
export { lookAtTrunkFile } from "./grading/in-worker.ts";
export { regionOf } from "./grading/presets.ts";
export { requireKnownClasses } from "./known-classes.ts";
export { paintsOnly } from "./mask-to-image/paints-only.ts";
export { comparisonPicture } from "./translation/panels.ts";
export { nothingInPairs } from "./translation/nothing-in-pairs.ts";
export { translatesOnly } from "./translation/translates-only.ts";
export type { SettingField, SettingValue } from "./settings.ts";

export const methods: readonly Method[] = [
  segment,
  bcp,
  meanTeacher,
  genseg,
  pix2pix,
  siameseDiffusion,
  reggan,
  cyclegan,
  classify,
  diffmic,
  regress,
];

/** Throws `Problem` "bad-request" when there is no such method. */
export function findMethod(id: string): Method {
  const method = methods.find((one) => one.id === id);
  if (method !== undefined) return method;
  throw new Problem({
    code: "bad-request",
    title: `There is no method ${id}.`,
    detail: `Methods: ${methods.map((one) => one.id).join(", ")}.`,
    hint: "Choose one of them, or update the app if the project was made by a newer one.",
  });
}

/** A preset of a method, with what it comes to on such data and machine. */
export interface FoundPreset extends Preset {
  settingsFor(facts: TrainingFacts, machine: Machine): Record<string, SettingValue>;
}

/** All presets of a method. */
export function presetsOf({ presets = [] }: Method): FoundPreset[] {
  return presets.map((preset) => ({
    ...preset,
    settingsFor: (facts, machine) => ({ ...preset.fitted?.(facts, machine), ...preset.settings }),
  }));
}

/** Throws `Problem` "bad-request" when the method has no such preset. */
export function findPreset(method: Method, id: string): FoundPreset {
  const presets = presetsOf(method);
  const preset = presets.find((one) => one.id === id);
  if (preset !== undefined) return preset;
  throw new Problem({
    code: "bad-request",
    title: `${method.id} has no preset "${id}".`,
    detail: presets.length === 0 ? "It has none at all." : `Presets: ${presets.map((one) => one.id).join(", ")}.`,
    hint: "Choose one of them, or none for the defaults.",
  });
}
