/** @file An experiment before it runs: its arms, its splits, and the trainings that they make. */
import { findMethod, type SettingValue } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import { type Arm, PAINTER, settingsOfArm, TRANSLATOR } from "./arms.ts";
import { type ExperimentSplit, planSplits, type SplitRequest, type StudyFrame, type StudyUnit } from "./plan.ts";
import { seriesAsFrames, withAllSlices } from "./series.ts";

type Settings = Readonly<Record<string, SettingValue>>;

/** An arm with all its settings. */
export interface PlannedArm extends Omit<Arm, "settings"> {
  settings: Readonly<Record<string, SettingValue>> & { steps: number };
}

/** All that decides what an experiment computes, but for the images. Kept in the project. */
export interface ExperimentPlan {
  arms: PlannedArm[];
  splits: ExperimentSplit[];
}

/** One training and its judgment. */
export interface Cell {
  arm: PlannedArm;
  split: ExperimentSplit;
}

export interface ExperimentRequest extends SplitRequest {
  arms: readonly Arm[];
  /** For every arm whose method has such a setting; `painter.KEY`, `translator.KEY`: for every painter or translator that has it. */
  settings: Readonly<Record<string, SettingValue>>;
}

/**
 * Throws `Problem` "bad-request" or "not-enough-data". Arms of one experiment make the same number of steps: a longer training would be
 * compared with a shorter one.
 */
export function planExperiment(frames: readonly StudyFrame[], request: ExperimentRequest): ExperimentPlan {
  checkKeys(request);
  const { settings } = request;
  const own = settingsBelow("", settings);
  const planned = request.arms.map((arm): PlannedArm => {
    const { painter, sources } = arm;
    const translator = sources?.translator;
    return {
      ...arm,
      settings: withTimes(arm, settingsOfArm(arm, own)),
      ...(painter && { painter: { ...painter, settings: settingsOfArm(painter, settingsBelow(PAINTER, settings)) } }),
      ...(translator && {
        sources: {
          translator: { ...translator, settings: settingsOfArm(translator, settingsBelow(TRANSLATOR, settings)) },
        },
      }),
    };
  });
  const steps = new Set(planned.map(({ settings }) => settings.steps));
  if (planned.length < 2 || steps.size > 1) {
    throw new Problem({
      code: "bad-request",
      title:
        planned.length < 2 ? "A comparison needs two arms." : "The arms of a comparison make the same number of steps.",
      detail: planned.map(({ id, settings }) => `${id}: ${settings.steps} steps`).join(", "),
      hint: planned.length < 2 ? "Choose at least two." : "Give the number of steps for all of them.",
    });
  }
  if (unitOf({ arms: planned }) === "images") {
    const splits = planSplits(frames, request);
    checkValidated(planned, splits, frames);
    return { arms: planned, splits };
  }
  const ofImages = request.arms.find(({ isOfImages = false }) => isOfImages);
  if (ofImages !== undefined) {
    throw new Problem({
      code: "bad-request",
      title: `The arm "${ofImages.id}" is there for single images alone.`,
      detail: "The setting dimensions is 3: series are learned as volumes.",
      hint: "Leave this arm out, or compare with dimensions 2.",
    });
  }
  const splits = planSplits(seriesAsFrames(frames), request, "series").map((split) => withAllSlices(split, frames));
  return { arms: planned, splits };
}

/** Settings whose names begin with `prefix`, without it; with "" those of the arms themselves. */
function settingsBelow(prefix: string, settings: Settings): Settings {
  const isOwn = (key: string): boolean => !key.startsWith(PAINTER) && !key.startsWith(TRANSLATOR);
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]) => {
      const isWanted = prefix === "" ? isOwn(key) : key.startsWith(prefix);
      return isWanted ? [[key.slice(prefix.length), value]] : [];
    }),
  );
}

function withTimes({ method: id, timesBatch = 1 }: Arm, settings: PlannedArm["settings"]): PlannedArm["settings"] {
  if (timesBatch === 1) return settings;
  return findMethod(id).parse({ ...settings, batchSize: timesBatch * Number(settings["batchSize"]) });
}

/** What the numbers of labels of a plan count. */
export function unitOf({ arms }: Pick<ExperimentPlan, "arms">): StudyUnit {
  return arms.some(({ settings }) => settings["dimensions"] === "3") ? "series" : "images";
}

/** Of a single patient nobody could be held back for the arms that also ask images what helps. */
function checkValidated(
  arms: readonly PlannedArm[],
  splits: readonly ExperimentSplit[],
  frames: readonly StudyFrame[],
): void {
  const asking = arms.find(({ validationShare = 0 }) => validationShare > 0);
  if (asking === undefined) return;
  const caseOf = new Map(frames.map(({ frameId, caseId }) => [frameId, caseId]));
  const lone = splits.find(({ train }) => new Set(train.map((frameId) => caseOf.get(frameId))).size < 2);
  if (lone === undefined) return;
  throw new Problem({
    code: "not-enough-data",
    title: `The arm "${asking.id}" needs labelled images of two patients, and ${lone.labelled} labelled images are those of one.`,
    detail: "It holds images of a patient back, to ask them what helps.",
    hint: "Ask for more labelled images, or leave this arm out.",
  });
}

/** A typing error must not pass for a setting that no arm happens to have. */
function checkKeys({ arms, settings }: ExperimentRequest): void {
  const keysOf = (method: string): string[] => findMethod(method).settings.map(({ key }) => key);
  const known = new Set(
    arms.flatMap(({ method, painter, sources }) => [
      ...keysOf(method),
      ...(painter === undefined ? [] : keysOf(painter.method).map((key) => `${PAINTER}${key}`)),
      ...(sources?.translator === undefined
        ? []
        : keysOf(sources.translator.method).map((key) => `${TRANSLATOR}${key}`)),
    ]),
  );
  const unknown = Object.keys(settings).find((key) => !known.has(key));
  if (unknown === undefined) return;
  throw new Problem({
    code: "bad-request",
    title: `No arm has a setting ${unknown}.`,
    detail: `Settings: ${[...known].join(", ")}.`,
    hint: "Use one of these names, or leave it out for the default.",
  });
}

/** In the order in which they run: all arms of a split in turn. */
export function cellsOf({ arms, splits }: ExperimentPlan): Cell[] {
  return splits.flatMap((split) => arms.map((arm) => ({ arm, split })));
}

/** What names a training within its experiment. */
export interface TrainingName {
  arm: string;
  labelled: number;
  seed: number;
  fold: number;
}

export function trainingOf({ arm, split: { labelled, seed, fold } }: Cell): TrainingName {
  return { arm: arm.id, labelled, seed, fold };
}

export function trainingKey({ arm, labelled, seed, fold }: TrainingName): string {
  return `${arm}/${labelled}/${seed}/${fold}`;
}
