/** @file What to know of the masks before a generator learns from them. */
import { Problem, type Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";

/** Fewer masks than this show no generator what goes with what. */
const FEWEST = 4;

/** Throws `Problem` where there are too few masks to paint from. */
export function maskRemarks({ labelled, shown }: TrainingFacts, fewest = FEWEST): Statement[] {
  const empty = labelled - shown;
  if (shown >= fewest) {
    if (empty === 0) return [];
    return [
      {
        text: "Annotated training images with an empty mask: {empty} of {labelled}. They teach the generator what an image without any class looks like; no new masks come of them.",
        values: { empty, labelled },
      },
    ];
  }
  throw new Problem({
    code: "not-enough-data",
    title: `A generator needs ${fewest} annotated images to learn from; there ${shown === 1 ? "is" : "are"} ${shown}.`,
    detail:
      empty === 0
        ? "From fewer it learns these very images by heart."
        : `${labelled} images of the training split are annotated, but ${empty} of their masks ${empty === 1 ? "is" : "are"} empty.`,
    hint: "Annotate more, move cases to the training split, or train with the method segment.",
  });
}
