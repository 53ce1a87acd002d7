/** @file Which images are guessed by networks that did not see them: by patient, each class spread over the folds. */
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import type { LabelledImage } from "./images.ts";

/** Fold of each image. */
export function foldsOf(images: readonly LabelledImage[], folds: number, seed: number): number[] {
  const classOf = new Map<number, number>();
  for (const { caseId, values } of images) if (!classOf.has(caseId)) classOf.set(caseId, values[0]!);
  const cases = new Random(seed, "folds").shuffle([...classOf.keys()]);
  const inOrder = cases.toSorted((a, b) => classOf.get(a)! - classOf.get(b)!);
  const foldOf = new Map(inOrder.map((caseId, place) => [caseId, place % folds]));
  return images.map(({ caseId }) => foldOf.get(caseId)!);
}

/** Throws `Problem` where there are fewer patients than folds: one of them would hold nobody, and a network of it would see nobody new. */
export function checkFolds(patients: number, folds: number): void {
  if (patients >= folds) return;
  const fewer = patients < 2 ? { priors: "in-fold" } : { folds: patients };
  const [[key, value]] = Object.entries(fewer) as [[string, string | number]];
  throw new Problem({
    code: "not-enough-data",
    title: `${folds} folds need ${folds} labelled patients in the training split; there ${patients === 1 ? "is 1" : `are ${patients}`}.`,
    detail: "All images of a patient stay in one fold.",
    hint: `Set ${key} to ${value}, or label images of other patients.`,
    settings: { [key]: value },
  });
}
