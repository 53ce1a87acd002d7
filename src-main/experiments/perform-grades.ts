/**
 * @file Performs one cell of an experiment on a label of whole images: trains on the labels that the split shows, then asks the weights of the last step about
 * the images of the test cases. Nothing is chosen by any score, so there is no validation.
 */
import { type ComputeDevice, findMethod } from "../methods/index.ts";
import type { Cell } from "./experiment.ts";
import { paintPairs } from "./painted-pairs.ts";
import { withClassPairs } from "./painted-classes.ts";
import type { CaseScore, PerformOptions, Study } from "./perform.ts";
import type { ExperimentSplit, StudyFrame } from "./plan.ts";
import { progressAfter, stepThrough } from "./trained-within.ts";
import { casesOf, gradedCases } from "./training-cases.ts";

/** Scores of every test case and class that it has, or null when stopped. Throws what the methods throw. */
export async function performGrades(study: Study, cell: Cell, options: PerformOptions): Promise<CaseScore[] | null> {
  const { arm, split } = cell;
  const { device, resources, progress } = options;
  const { classPainter: painter } = arm;
  if (painter === undefined) return trainAndAsk(study, cell, options);
  const masked = maskedSplit(study, split);
  const grades = new Map(study.frames.map(({ frameId, grade }) => [frameId, grade!]));
  const painted = await paintPairs(study, masked, {
    painter,
    cases: casesOf(study, masked, { withUnlabelled: false }),
    gradeOf: (frameId) => grades.get(frameId)!,
    device,
    resources,
    progress,
    saved: progress.resume ?? {},
  });
  if (painted === null) return null;
  await options.onPainted?.(painted);
  const joined = withClassPairs(study, split, painted.pairs);
  const after = progressAfter(arm, painted.weights, progress);
  return trainAndAsk(joined.study, { arm, split: joined.split }, { ...options, progress: after });
}

async function trainAndAsk(
  study: Study,
  { arm, split }: Cell,
  { device, resources, progress }: PerformOptions,
): Promise<CaseScore[] | null> {
  const { channels, label, trunk } = study;
  const session = await findMethod(arm.method).start({
    cases: gradedCases(study, split),
    settings: arm.settings,
    seed: split.seed,
    device,
    classes: [],
    channels,
    targets: [label!],
    trunk,
    resume: progress.resume?.checkpoint,
    resources,
  });
  let weights: Uint8Array;
  try {
    const take = async () => ({ checkpoint: await session.checkpoint() });
    if (!(await stepThrough(session, progress, take))) return null;
    weights = await session.weights();
  } finally {
    await session.release();
  }
  return ask(study, { arm, split }, { weights, device, isStopped: () => progress.isStopped() });
}

/** The frames to learn from that a painter of the arm can learn from: those with masks. */
export function maskedSplit({ frames }: Pick<Study, "frames">, split: ExperimentSplit): ExperimentSplit {
  const masked = new Set(frames.filter(({ hasMask }) => hasMask === true).map(({ frameId }) => frameId));
  return { ...split, train: split.train.filter((frameId) => masked.has(frameId)) };
}

interface Asked {
  weights: Uint8Array;
  device: ComputeDevice;
  isStopped(): boolean;
}

async function ask(
  study: Study,
  { arm, split }: Cell,
  { weights, device, isStopped }: Asked,
): Promise<CaseScore[] | null> {
  const test = new Set(split.test);
  const judged = study.frames.filter(({ caseId, grade }) => test.has(caseId) && grade !== undefined);
  const right = new Map<StudyFrame, boolean>();
  const grader = await findMethod(arm.method).openGrader!(weights, device);
  try {
    for (let first = 0; first < judged.length; first += grader.batch) {
      await new Promise((resolve) => setImmediate(resolve)); // computing blocks the thread
      if (isStopped()) return null;
      const group = judged.slice(first, first + grader.batch);
      const images = [];
      for (const { frameId } of group) images.push({ key: frameId, frame: await study.frame(frameId) });
      const graded = await grader.grade(images, { samples: arm.samples ?? 1, seed: split.seed });
      for (const [at, one] of group.entries()) right.set(one, graded[at]!.answers[0]!.value === one.grade);
    }
  } finally {
    await grader.release();
  }
  const groups = Map.groupBy(judged, ({ caseId, grade }) => `${caseId} ${grade}`);
  return [...groups.values()].map((own): CaseScore => {
    const { caseId, grade } = own[0]!;
    return { caseId, classValue: grade!, score: own.filter((one) => right.get(one)).length / own.length };
  });
}
