/** @file What a training on labels of whole images needs of the project, and where to mend what is missing. */
import type { FrameRow, LabelDefinition } from "../../../src-main/api/contract.ts";
import type { LabelValues } from "../annotate/label-values.ts";
import type { Need } from "./needs.ts";

type CountedFrame = Pick<FrameRow, "frameId" | "imageId" | "split" | "isSynthetic">;

/** Images with at least one of some labels; each counts once, however many slices it has. */
export interface LabelledData {
  train: number;
  validate: number;
  /** In other splits, or in none. */
  elsewhere: number;
  /** Different values of the first label in the training split. */
  values: number;
}

export function countLabelled(frames: readonly CountedFrame[], labels: readonly LabelValues[]): LabelledData {
  const images = { train: new Set<number>(), val: new Set<number>(), elsewhere: new Set<number>() };
  const values = new Set<unknown>();
  for (const { frameId, imageId, split, isSynthetic } of frames) {
    if (isSynthetic || !labels.some((of) => of.has(frameId))) continue;
    images[split === "train" || split === "val" ? split : "elsewhere"].add(imageId);
    const value = labels[0]?.get(frameId);
    if (split === "train" && value !== undefined) values.add(value);
  }
  return {
    train: images.train.size,
    validate: images.val.size,
    elsewhere: images.elsewhere.size,
    values: values.size,
  };
}

/** Two different values are the least that can be told apart; without validation the last state is the model. */
export function labelNeeds({ train, validate, elsewhere, values }: LabelledData): Need[] {
  const item = (kind: Need["kind"], needed: number, there: number, mend: Need["mend"]): Need => {
    return { kind, needed, there, isMet: there >= needed, mend };
  };
  const mend = elsewhere > 0 ? "split" : "label";
  return [item("labelled", 2, train, mend), item("values", 2, values, mend), item("judged", 0, validate, mend)];
}

/** Those chosen, of what the method can learn; none chosen: the one that most images have. Classes are learned one label at a time. */
export function chosenLabels(
  possible: readonly LabelDefinition[],
  chosen: readonly number[],
  countOf: (labelId: number) => number,
): LabelDefinition[] {
  const kept = possible.filter(({ labelId }) => chosen.includes(labelId));
  if (kept.length > 0) return kept[0]!.kind === "number" ? kept : kept.slice(0, 1);
  return possible.toSorted((a, b) => countOf(b.labelId) - countOf(a.labelId)).slice(0, 1);
}
