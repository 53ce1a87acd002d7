/**
 * @file Which images each training of an experiment on a label sees, and which it is judged on. As plan.ts, but that each class is spread alike over what
 * teaches and what judges: by chance alone a rare one would be missing in either.
 */
import type { LabelTarget } from "../methods/index.ts";
import { Problem } from "../problem/index.ts";
import { Random } from "../random/index.ts";
import {
  checkNumbers,
  type ExperimentSplit,
  type SplitRequest,
  type StudyFrame,
  TEST_SHARE,
  tooFewLabelled,
} from "./plan.ts";

type Label = Pick<LabelTarget, "name" | "options">;

/** A patient counts for the rarest class of the images. */
interface GradedCase {
  caseId: number;
  stratum: number;
  frames: StudyFrame[];
}

/**
 * Patients of each class in an order drawn by seed and fold: one of each class, then in proportion, an image of each in turn, until there are enough. So a
 * small set is part of each larger one. Throws `Problem` "not-enough-data" or "bad-request".
 */
export function planGradeSplits(frames: readonly StudyFrame[], request: SplitRequest, label: Label): ExperimentSplit[] {
  checkNumbers(request);
  const graded = frames.filter(({ grade }) => grade !== undefined);
  checkClasses(graded, label);
  const cases = casesOf(graded);
  const strata = [...Map.groupBy(cases, ({ stratum }) => stratum)]
    .toSorted(([a], [b]) => a - b)
    .map(([, own]) => own.toSorted((a, b) => a.caseId - b.caseId));
  return request.seeds.flatMap((seed) => {
    const shuffled = strata.map((own, at) => new Random(seed, "experiment split", at).shuffle(own));
    return Array.from({ length: request.folds }, (_, fold) => {
      const test = new Set(testCases(shuffled, fold, request));
      const pools = shuffled.map((own, at) =>
        new Random(seed, "experiment labels", fold, at).shuffle(own.filter((one) => !test.has(one))),
      );
      const order = inTurns(inProportion(pools), seed, fold);
      return request.labelled.map((count): ExperimentSplit => {
        if (count > order.length) throw tooFewLabelled(count, order.length, test.size, "images");
        const train = order.slice(0, count);
        checkTaught(
          train,
          [...test].flatMap((one) => one.frames),
          { label, count },
        );
        return {
          seed,
          fold,
          labelled: count,
          train: train.map(({ frameId }) => frameId),
          test: [...test].map(({ caseId }) => caseId).toSorted((a, b) => a - b),
        };
      });
    }).flat();
  });
}

function casesOf(frames: readonly StudyFrame[]): GradedCase[] {
  const byCase = [...Map.groupBy(frames, ({ caseId }) => caseId)];
  const spread = new Map<number, number>();
  for (const [, own] of byCase) {
    for (const grade of new Set(own.map((one) => one.grade!))) spread.set(grade, (spread.get(grade) ?? 0) + 1);
  }
  return byCase.map(([caseId, own]) => {
    const [stratum] = own.map((one) => one.grade!).toSorted((a, b) => spread.get(a)! - spread.get(b)! || a - b);
    return { caseId, stratum: stratum!, frames: own.toSorted((a, b) => a.frameId - b.frameId) };
  });
}

/** Of each stratum a share, of which at least one is left to learn from. */
function testCases(
  strata: readonly GradedCase[][],
  fold: number,
  { folds, testCases: asked }: SplitRequest,
): GradedCase[] {
  const all = strata.reduce((sum, { length }) => sum + length, 0);
  if (folds === 1) {
    const share = asked === undefined ? TEST_SHARE : asked / all;
    return strata.flatMap((own) => own.slice(0, Math.min(own.length - 1, Math.max(1, Math.round(share * own.length)))));
  }
  let place = 0;
  return strata.flatMap((own) => own.filter(() => place++ % folds === fold));
}

/** One of each, then so that each stratum is used up alike. */
function inProportion(pools: readonly GradedCase[][]): GradedCase[] {
  const ranked = pools.flatMap((own) => own.map((one, rank) => ({ one, part: rank === 0 ? 0 : rank / own.length })));
  return ranked.toSorted((a, b) => a.part - b.part).map(({ one }) => one);
}

/** One image of each patient, of the class that the patient counts for; then a second one of each that has more. */
function inTurns(cases: readonly GradedCase[], seed: number, fold: number): StudyFrame[] {
  const drawn = cases.map(({ caseId, frames, stratum }) =>
    new Random(seed, "experiment frames", fold, caseId)
      .shuffle(frames)
      .toSorted((a, b) => Number(b.grade === stratum) - Number(a.grade === stratum)),
  );
  const rounds = Math.max(...drawn.map(({ length }) => length));
  return Array.from({ length: rounds }, (_, round) => drawn.flatMap((own) => own.slice(round, round + 1))).flat();
}

/** Two classes, each of two patients: one to learn from and one to judge. */
function checkClasses(frames: readonly StudyFrame[], { name, options }: Label): void {
  const known = [...Map.groupBy(frames, ({ grade }) => grade!)].toSorted(([a], [b]) => a - b);
  const hint =
    "Label more images of the train and validation split. If images of different patients share a case, import them with another rule for patients.";
  if (known.length < 2) {
    throw new Problem({
      code: "not-enough-data",
      title:
        known.length === 0
          ? `No image of the train and validation split has a ${name} that a person looked at.`
          : `All ${frames.length} labelled images have the same ${name}: ${options[known[0]![0]]!}.`,
      detail: "Ways of telling classes apart are compared on two classes or more.",
      hint,
    });
  }
  for (const [grade, own] of known) {
    const patients = new Set(own.map(({ caseId }) => caseId)).size;
    if (patients > 1) continue;
    throw new Problem({
      code: "not-enough-data",
      title:
        own.length === 1
          ? `Only one image has the ${name} ${options[grade]!}.`
          : `All ${own.length} images with the ${name} ${options[grade]!} are of one patient.`,
      detail: "One patient of each class teaches and another one judges. The test split is left alone.",
      hint,
    });
  }
}

/** Each class that is judged was there to learn. */
function checkTaught(
  train: readonly StudyFrame[],
  test: readonly StudyFrame[],
  { label: { name, options }, count }: { label: Label; count: number },
): void {
  const taught = new Set(train.map(({ grade }) => grade));
  const missing = test.find(({ grade }) => !taught.has(grade));
  if (missing === undefined && taught.size > 1) return;
  const lost = missing === undefined ? "a second class" : `the ${name} ${options[missing.grade!]!}`;
  throw new Problem({
    code: "not-enough-data",
    title: `With ${count} labelled ${count === 1 ? "image" : "images"} there is none of ${lost} to learn from.`,
    detail: "A class that was never seen can never be the answer.",
    hint: "Ask for more labelled images, or label more patients of this class.",
  });
}
