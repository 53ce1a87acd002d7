/**
 * @file Which images each training of an experiment sees, and which it is judged on: by patient, the same for all arms, fixed
 * by the seed alone.
 */
import type { FrameModality, SourceFrame } from "../dataset/index.ts";
import { Problem } from "../problem/index.ts";
import { Random } from "../random/index.ts";

/** A frame of the study. */
export interface StudyFrame {
  frameId: number;
  /** The patient. */
  caseId: number;
  /** Has a label map that may teach or judge. */
  isAnnotated: boolean;
  /** Of slices of a series. */
  volume?: { id: number; slices: number } | undefined;
  /** Of a study with two modalities. Those of the source do not judge, and are not counted as labelled: `isAnnotated` is false. */
  modality?: FrameModality | undefined;
  /** Of a study of a label: place of the class that is said of the image. */
  grade?: number | undefined;
  /** Of a study of a label: it has a mask that shows something, for an arm to paint from. */
  hasMask?: boolean | undefined;
  /** A source with a label map: arms with `sources` learn from it. */
  isLabelledSource?: boolean | undefined;
}

/** A frame of the study from one of a run. */
export function studyFrame(
  { frameId, caseId, volume, modality }: Pick<StudyFrame, "frameId" | "caseId" | "volume" | "modality">,
  hasLabelMap: boolean,
): StudyFrame {
  const isSource = modality?.side === "source";
  return {
    frameId,
    caseId,
    volume,
    isAnnotated: hasLabelMap && !isSource,
    ...(modality !== undefined && { modality, isLabelledSource: hasLabelMap && isSource }),
  };
}

/** As `studyFrame`, where a label of whole images is learned. */
export function gradedFrame(
  { frameId, caseId, values }: Pick<SourceFrame, "frameId" | "caseId" | "values">,
  hasMask: boolean,
): StudyFrame {
  const grade = values?.[0] ?? undefined;
  return { frameId, caseId, isAnnotated: grade !== undefined, grade, hasMask };
}

/** What is labelled or not, and counted. */
export type StudyUnit = "images" | "series";

export interface SplitRequest {
  seeds: readonly number[];
  /** Numbers of images whose labels a training may see; each makes its own point of the learning curve. */
  labelled: readonly number[];
  /**
   * K of 2 or more: in each seed K trainings, each judged on another K-th of the patients. 1: one training in each seed, judged
   * on `testCases`, drawn anew for each seed.
   */
  folds: number;
  /** Patients to judge on where there are no folds. Default: a quarter of them. */
  testCases?: number | undefined;
  /**
   * "patients" (default): all annotated images of a patient, then the next one's. "images": one image of every patient in turn, as of a
   * person who annotates a few images of many.
   */
  labelBy?: "patients" | "images" | undefined;
}

/** What all arms of one seed, fold and number of labels have in common. */
export interface ExperimentSplit {
  seed: number;
  /** From 0. */
  fold: number;
  labelled: number;
  /** Frames whose labels are seen. */
  train: number[];
  /** Cases that are judged on; no frame of them is seen in training. */
  test: number[];
}

/** Judged on, where there are no folds. */
export const TEST_SHARE = 1 / 4;

/**
 * Patients that are labelled are taken in an order drawn by seed and fold, all annotated images of each, until there are enough; of the
 * last only some, evenly spaced (`labelBy`). So a small set is part of each larger one. Seeds, then folds, then numbers of labels: an experiment
 * that is cut off has whole comparisons. Throws `Problem` "not-enough-data" or "bad-request".
 */
export function planSplits(
  frames: readonly StudyFrame[],
  request: SplitRequest,
  unit: StudyUnit = "images",
): ExperimentSplit[] {
  checkNumbers(request);
  const { seeds, labelled, folds, labelBy = "patients" } = request;
  const annotated = new Map<number, number[]>();
  for (const { frameId, caseId, isAnnotated } of frames) {
    if (isAnnotated) annotated.set(caseId, [...(annotated.get(caseId) ?? []), frameId]);
  }
  const cases = [...annotated.keys()].sort((a, b) => a - b);
  if (cases.length < Math.max(2, folds)) throw tooFewCases(cases.length, Math.max(2, folds), unit);
  return seeds.flatMap((seed) => {
    const order = new Random(seed, "experiment split").shuffle(cases);
    return Array.from({ length: folds }, (_, fold) => {
      const test = testCasesOf(order, fold, request);
      const pool = new Random(seed, "experiment labels", fold).shuffle(order.filter((one) => !test.includes(one)));
      const byCase = pool.map((caseId) => annotated.get(caseId)!.toSorted((a, b) => a - b));
      const inAll = byCase.reduce((total, { length }) => total + length, 0);
      return labelled.map((count) => {
        if (count > inAll) throw tooFewLabelled(count, inAll, test.length, unit);
        const train = labelBy === "images" ? inTurns(byCase, seed, fold).slice(0, count) : takeFrames(byCase, count);
        return { seed, fold, labelled: count, train, test };
      });
    }).flat();
  });
}

function testCasesOf(order: readonly number[], fold: number, { folds, testCases }: SplitRequest): number[] {
  // At least one is left to learn from.
  const some = Math.min(order.length - 1, testCases ?? Math.max(1, Math.round(order.length * TEST_SHARE)));
  if (folds === 1) return order.slice(0, some);
  return order.filter((_, place) => place % folds === fold);
}

function takeFrames(byCase: readonly (readonly number[])[], count: number): number[] {
  const taken: number[] = [];
  for (const own of byCase) {
    const missing = count - taken.length;
    if (missing <= 0) break;
    const some = Math.min(missing, own.length);
    for (let index = 0; index < some; index++) taken.push(own[Math.floor(((index + 0.5) * own.length) / some)]!);
  }
  return taken;
}

/** One frame of each case, then a second one of each that has more; which ones is drawn by the seed. */
function inTurns(byCase: readonly (readonly number[])[], seed: number, fold: number): number[] {
  const drawn = byCase.map((own, place) => new Random(seed, "experiment frames", fold, place).shuffle(own));
  const rounds = Math.max(...drawn.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => drawn.flatMap((own) => own.slice(round, round + 1))).flat();
}

export function checkNumbers({ seeds, labelled, folds, testCases = 1 }: SplitRequest): void {
  const areDifferent = (numbers: readonly number[]): boolean => new Set(numbers).size === numbers.length;
  const isFine =
    seeds.length > 0 &&
    labelled.length > 0 &&
    [...seeds, ...labelled, folds, testCases].every((value) => Number.isSafeInteger(value) && value >= 0) &&
    labelled.every((count) => count > 0) &&
    folds > 0 &&
    testCases > 0 &&
    areDifferent(seeds) &&
    areDifferent(labelled);
  if (isFine) return;
  throw new Problem({
    code: "bad-request",
    title: "Seeds, numbers of labelled images and folds are whole numbers, none given twice.",
    detail: `Seeds: ${seeds.join(", ")}; labelled: ${labelled.join(", ")}; folds: ${folds}.`,
    hint: "Give at least one seed of 0 or more, one number of labelled images of 1 or more, and 1 fold or more.",
  });
}

function tooFewCases(found: number, needed: number, unit: StudyUnit): Problem {
  return new Problem({
    code: "not-enough-data",
    title: `There are too few annotated cases: ${needed} ${needed === 1 ? "is" : "are"} needed, there ${found === 1 ? "is" : "are"} ${found}.`,
    detail: `Trainings are judged on patients that they have not seen. The test split is left alone.${unit === "series" ? " A series counts when all of its slices are annotated." : ""}`,
    hint: "Annotate images of more patients, or choose fewer folds. If images of different patients share a case, import them with another rule for patients.",
  });
}

export function tooFewLabelled(asked: number, found: number, judged: number, unit: StudyUnit): Problem {
  return new Problem({
    code: "not-enough-data",
    title: `There are too few annotated ${unit}: ${asked} labelled ones are asked for, ${found} ${found === 1 ? "is" : "are"} there to learn from.`,
    detail: `The ${unit} of ${judged === 1 ? "one case" : `${judged} cases`} are kept for judging.${unit === "series" ? " A series counts when all of its slices are annotated." : ""}`,
    hint: `Ask for at most ${found}, or annotate more ${unit}.`,
  });
}
