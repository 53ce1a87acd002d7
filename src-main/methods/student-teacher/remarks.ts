/** @file What to know of the data before a student and a teacher learn from them. */
import { Problem, type Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";

/** Throws `Problem` where no labelled image shows any class. `to`: what the model is there for. */
export function dataRemarks(
  { labelled, classes, gray, color }: TrainingFacts,
  to: "outline" | "paint" = "outline",
): Statement[] {
  const missing = classes.filter(({ frames }) => frames === 0).map(({ name }) => name);
  if (missing.length === classes.length) {
    throw new Problem({
      code: "not-enough-data",
      title: "No annotated training image shows any class.",
      detail: `${labelled} images of the training split are annotated, and all of their masks are empty.`,
      hint: "Outline at least one structure in one of them.",
    });
  }
  const remarks: Statement[] = [];
  if (missing.length > 0) {
    const values = { classes: missing.join(", ") };
    const remark: Record<typeof to, Statement> = {
      outline: {
        text: "No annotated training image shows {classes}: the model cannot learn that and will call such places background or something else.",
        values,
      },
      paint: { text: "No annotated training image shows {classes}: the model cannot learn to paint that.", values },
    };
    remarks.push(remark[to]);
  }
  if (gray > 0 && color > 0) {
    remarks.push({
      text: "The images are of mixed kinds, {gray} gray and {color} in colour: gray ones count as colours without hue. Train on one kind if they show different things.",
      values: { gray, color },
    });
  }
  return remarks;
}
