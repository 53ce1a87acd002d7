/** @file What to know of the data before a generator learns from them. */
import { Problem } from "../../problem/index.ts";
import type { TrainingFacts } from "../define-method.ts";
import type { SettingValue } from "../settings.ts";
import { dataRemarks } from "../student-teacher/remarks.ts";

/** Fewer masks than this show no generator what goes with what. */
const FEWEST = 4;
/** Fewer validation images than this say little about which mixture is better. */
const FEW_VALIDATED = 4;

/** Throws `Problem` where no annotated image shows any class, or there are too few masks to paint from. */
export function gensegRemarks(facts: TrainingFacts, settings: Readonly<Record<string, SettingValue>>): string[] {
  const remarks = dataRemarks(facts);
  const { labelled, validated } = facts;
  if (settings["second"] !== "synthetic") return remarks;
  if (labelled < FEWEST) {
    throw new Problem({
      code: "not-enough-data",
      title: `A generator needs ${FEWEST} annotated images to learn from; there ${labelled === 1 ? "is" : "are"} ${labelled}.`,
      detail: "From fewer it learns these very images by heart.",
      hint: "Annotate more, move cases to the training split, or train with the method segment.",
    });
  }
  if (settings["architecture"] === "searched" && validated < FEW_VALIDATED) {
    remarks.push(
      `The search listens to ${validated} validation ${validated === 1 ? "image" : "images"} alone, too few to trust: ` +
        "take the preset without the search, or annotate more for validation.",
    );
  }
  if (settings["architecture"] === "searched") {
    remarks.push(
      "The search trains on the validation images, so their Dice is no longer a fair judgment: look at test images for that.",
    );
  }
  return remarks;
}
