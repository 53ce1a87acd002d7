/** @file What a method needs of the project, item by item, and where to mend what is missing. */
import type { FrameRow, MethodRow } from "../../../src-main/api/contract.ts";

/** Images as a training would count them. */
export interface TrainingData {
  classes: number;
  /** With an annotation to learn from. */
  labelled: number;
  validated: number;
  /** Without one. */
  unlabelled: number;
  /** Annotated images of all splits, and of none. */
  annotated: number;
  /** Of unlabelled cases, with a proposal that a person has accepted. */
  accepted: number;
}

export interface Need {
  kind: "classes" | "train" | "validate" | "unlabelled" | "labelled" | "values" | "judged";
  needed: number;
  there: number;
  isMet: boolean;
  /** The screen that mends it. */
  mend: "annotate" | "split" | "import" | "classes" | "label";
}

type CountedFrame = Pick<FrameRow, "split" | "annotation">;

/** `includeAccepted`: accepted proposals of unlabelled images are learned from too. */
export function countTrainingData(
  frames: readonly CountedFrame[],
  { classes, includeAccepted }: { classes: number; includeAccepted: boolean },
): TrainingData {
  const data: TrainingData = { classes, labelled: 0, validated: 0, unlabelled: 0, annotated: 0, accepted: 0 };
  for (const { split, annotation } of frames) {
    if (annotation !== null) data.annotated++;
    const isAccepted = split === "unlabelled" && (annotation === "accepted" || annotation === "edited");
    if (isAccepted) data.accepted++;
    if ((split === "train" && annotation !== null) || (isAccepted && includeAccepted)) data.labelled++;
    else if (split === "val" && annotation !== null) data.validated++;
    else if (split === "unlabelled" || split === "train") data.unlabelled++;
  }
  return data;
}

export function needsOf(
  { needs, modalities, labels }: Pick<MethodRow, "needs" | "modalities" | "labels">,
  data: TrainingData,
): Need[] {
  if (modalities !== undefined || labels !== undefined) return []; // neither classes nor annotations have a part in it
  // Annotated images that only stand in the wrong split want a split, not more annotation.
  const spare = data.annotated - data.labelled - data.validated;
  const item = (kind: Need["kind"], needed: number, there: number, mend: Need["mend"]): Need => {
    return { kind, needed, there, isMet: there >= needed, mend };
  };
  const list = [
    item("classes", 1, data.classes, "classes"),
    item("train", needs.train, data.labelled, spare >= needs.train - data.labelled ? "split" : "annotate"),
    item("validate", needs.validate, data.validated, spare >= needs.validate - data.validated ? "split" : "annotate"),
  ];
  if (needs.unlabelled > 0) list.push(item("unlabelled", needs.unlabelled, data.unlabelled, "import"));
  return list;
}
