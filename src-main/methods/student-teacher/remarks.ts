/** @file What to know of the data before a student and a teacher learn from them. */
import { Problem } from "../../problem/index.ts";
import type { TrainingFacts } from "../define-method.ts";

/** Throws `Problem` where no labelled image shows any class. */
export function dataRemarks({ labelled, classes, gray, color }: TrainingFacts): string[] {
  const missing = classes.filter(({ frames }) => frames === 0).map(({ name }) => name);
  if (missing.length === classes.length) {
    throw new Problem({
      code: "not-enough-data",
      title: "No annotated training image shows any class.",
      detail: `${labelled} images of the training split are annotated, and all of their masks are empty.`,
      hint: "Outline at least one structure in one of them.",
    });
  }
  const remarks: string[] = [];
  if (missing.length > 0) {
    remarks.push(
      `No annotated training image shows ${missing.join(", ")}: the model cannot learn ${missing.length === 1 ? "it" : "them"} ` +
        "and will call such places background or something else.",
    );
  }
  if (gray > 0 && color > 0) {
    remarks.push(
      `The images are of mixed kinds, ${gray} gray and ${color} in color: gray ones count as colors without hue. ` +
        "Train on one kind if they show different things.",
    );
  }
  return remarks;
}
