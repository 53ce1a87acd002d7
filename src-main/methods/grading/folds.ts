/** @file Which images are guessed by networks that did not see them: by patient, each class spread over the folds. */
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
