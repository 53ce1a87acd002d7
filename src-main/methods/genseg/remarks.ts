/** @file What to know of the data before a generator learns from them. */
import { Problem, type Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";
import { maskRemarks } from "../mask-to-image/remarks.ts";
import type { SettingValue } from "../settings.ts";
import { dataRemarks } from "../student-teacher/remarks.ts";

/** Fewer validation images than this say little about which mixture is better. */
export const FEW_VALIDATED = 4;
/** What DeepLab needs: four places of its features along a side, and two channels in each group of its norms. */
const DEEPLAB_LEAST = { size: 32, width: 4 } as const;

/** Throws `Problem` where no annotated image shows any class, or there are too few masks to paint from. */
export function gensegRemarks(facts: TrainingFacts, settings: Readonly<Record<string, SettingValue>>): Statement[] {
  const remarks = dataRemarks(facts);
  const { validated } = facts;
  if (settings["segmenter"] === "deeplab") checkDeeplab(settings);
  if (settings["second"] !== "synthetic") return remarks;
  remarks.push(...maskRemarks(facts));
  if (settings["architecture"] === "searched" && validated < FEW_VALIDATED) {
    remarks.push({
      text: "Validation images that the search listens to: {count}, too few to trust. Take the preset without the search, or annotate more for validation.",
      values: { count: validated },
    });
  }
  if (settings["architecture"] === "fixed" && validated < FEW_VALIDATED) {
    remarks.push({
      text: "Validation images: {count}, too few to lead a search. The architecture stays fixed; from {least} on it can be searched.",
      values: { count: validated, least: FEW_VALIDATED },
    });
  }
  if (settings["architecture"] === "searched") {
    remarks.push({
      text: "The search trains on the validation images, so their Dice is no longer a fair judgment: look at test images for that.",
      values: {},
    });
  }
  return remarks;
}

function checkDeeplab(settings: Readonly<Record<string, SettingValue>>): void {
  for (const [key, least] of Object.entries(DEEPLAB_LEAST)) {
    const value = Number(settings[key]);
    if (value >= least) continue;
    throw new Problem({
      code: "bad-request",
      title: `genseg: ${key} = ${value} is too small for DeepLab.`,
      detail: `Expected ${least} or more: what its features show would be too little to tell distances or channels apart.`,
      hint: `Set ${key} to ${least} or more, or take the U-Net.`,
    });
  }
}
