/** @file What to know of the data before a generator learns from them. */
import type { Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";
import { maskRemarks } from "../mask-to-image/remarks.ts";
import { dataRemarks } from "../student-teacher/remarks.ts";

/** Throws `Problem` where no annotated image shows any class, or there are too few masks to paint from. */
export function pix2pixRemarks(facts: TrainingFacts): Statement[] {
  return [
    ...dataRemarks(facts, "paint"),
    ...maskRemarks(facts),
    {
      text: "The figure of the validation images is how far paintings differ from the real images. It is lowest while paintings are blurred, and no mask can tell all of an image: look at the pictures too.",
      values: {},
    },
  ];
}
