/** @file An experiment before it runs: its arms, its splits, and the trainings that they make. */
import { findMethod, type LabelTarget, type SettingValue } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import { type Arm, learnedBy, PAINTER, painterOf, settingsOfArm, TRANSLATOR } from "./arms.ts";
import { planGradeSplits } from "./plan-grades.ts";
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
  /** What of whole images is learned, where that is compared. */
  label?: LabelTarget;
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
  /** There has to be one for arms that learn labels. */
  label?: LabelTarget | undefined;
}

/**
 * Throws `Problem` "bad-request" or "not-enough-data". Arms of one experiment make the same number of steps: a longer training would be
 * compared with a shorter one.
 */
export function planExperiment(frames: readonly StudyFrame[], request: ExperimentRequest): ExperimentPlan {
  const learned = learnedTogether(request.arms);
  checkKeys(request);
  const { settings } = request;
  const own = settingsBelow("", settings);
  const planned = request.arms.map((arm): PlannedArm => {
    const { painter, classPainter, sources } = arm;
    const translator = sources?.translator;
    const planPainter = <One extends NonNullable<typeof painter>>(one: One): One => {
      return { ...one, settings: settingsOfArm(one, settingsBelow(PAINTER, settings)) };
    };
    return {
      ...arm,
      settings: withStages(arm, withTimes(arm, settingsOfArm(arm, own)), own),
      ...(painter && { painter: planPainter(painter) }),
      ...(classPainter && { classPainter: planPainter(classPainter) }),
      ...(translator && {
        sources: {
          translator: { ...translator, settings: settingsOfArm(translator, settingsBelow(TRANSLATOR, settings)) },
        },
      }),
    };
  });
  const steps = new Set(planned.map(comparedSteps));
  if (planned.length < 2 || steps.size > 1) {
    throw new Problem({
      code: "bad-request",
      title:
        planned.length < 2 ? "A comparison needs two arms." : "The arms of a comparison make the same number of steps.",
      detail: planned.map((arm) => `${arm.id}: ${comparedSteps(arm)} steps`).join(", "),
      hint: planned.length < 2 ? "Choose at least two." : "Give the number of steps for all of them.",
    });
  }
  if (learned === "grades") {
    const { label } = request;
    if (label === undefined) throw new Error("experiment: there is no label to learn.");
    const splits = planGradeSplits(frames, request, label);
    checkPaintable(planned, splits, { frames, label });
    return { arms: planned, splits, label };
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

/** One that learns in two stages: its own numbers of steps, where they are not asked for. */
function withStages(
  { method, stages }: Arm,
  settings: PlannedArm["settings"],
  asked: Settings,
): PlannedArm["settings"] {
  if (stages === undefined) return settings;
  const { steps } = settings;
  return findMethod(method).parse({
    ...settings,
    [stages.first]: asked[stages.first] ?? steps,
    steps: stages.times * steps,
  });
}

/** Steps that are the same in all arms. */
export const comparedSteps = ({ settings, stages }: PlannedArm): number =>
  stages === undefined ? settings.steps : Number(settings[stages.first]);

/** Throws `Problem` "bad-request" where some outline and others do not. */
export function learnedTogether(arms: readonly Pick<Arm, "id" | "method">[]): "masks" | "grades" {
  const [grading, outlining] = (["grades", "masks"] as const).map((learned) =>
    arms.filter((arm) => learnedBy(arm) === learned),
  );
  if (grading!.length === 0) return "masks";
  if (outlining!.length === 0) return "grades";
  const ids = (of: typeof outlining): string => of!.map(({ id }) => id).join(", ");
  throw new Problem({
    code: "bad-request",
    title: "Ways of outlining and ways of telling classes apart are not compared with each other.",
    detail: `Outlining: ${ids(outlining)}. Telling classes of whole images apart: ${ids(grading)}.`,
    hint: "Choose arms of one kind.",
  });
}

/** Each class of every split has a mask to paint from: of a class that real images alone show, the painting would tell that it is another one. */
function checkPaintable(
  arms: readonly PlannedArm[],
  splits: readonly ExperimentSplit[],
  { frames, label: { name, options } }: { frames: readonly StudyFrame[]; label: LabelTarget },
): void {
  const painting = arms.find(({ classPainter }) => classPainter !== undefined);
  if (painting === undefined) return;
  const known = new Map(frames.map((frame) => [frame.frameId, frame]));
  for (const { train, labelled } of splits) {
    for (const [grade, own] of Map.groupBy(train, (frameId) => known.get(frameId)!.grade!)) {
      if (own.some((frameId) => known.get(frameId)!.hasMask)) continue;
      throw new Problem({
        code: "not-enough-data",
        title: `With ${labelled} labelled images none of the ${name} ${options[grade]!} has a mask, so nothing can be painted for it.`,
        detail: `The arm "${painting.id}" paints images of each class from masks of that class. A class that real images alone show would be told by that.`,
        hint: "Annotate images of this class, ask for more labelled images, or leave this arm out.",
      });
    }
  }
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
    arms.flatMap((arm) => {
      const [painter, translator] = [painterOf(arm), arm.sources?.translator];
      return [
        ...keysOf(arm.method),
        ...(painter === undefined ? [] : keysOf(painter.method).map((key) => `${PAINTER}${key}`)),
        ...(translator === undefined ? [] : keysOf(translator.method).map((key) => `${TRANSLATOR}${key}`)),
      ];
    }),
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
