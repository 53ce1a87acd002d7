/** @file What to know of the data before a diffusion learns from them. */
import { Problem, type Statement } from "../../problem/index.ts";
import type { TrainingFacts } from "../training-facts.ts";
import type { SettingValue } from "../settings.ts";
import { maskRemarks } from "../mask-to-image/remarks.ts";
import { dataRemarks } from "../student-teacher/remarks.ts";
import { OWN, SIZE_MULTIPLE } from "./backbone/record.ts";
import { factorOf, halvingsOf } from "./shape.ts";
import type { SiameseSettings } from "./settings.ts";

/** Fewer masks than this are learned by heart. */
const FEWEST = 8;

/** Throws `Problem` where no annotated image shows any class, there are too few masks, or the image size does not suit the network. */
export function siameseRemarks(facts: TrainingFacts, settings: Readonly<Record<string, SettingValue>>): Statement[] {
  const { adapter, backbone, denoiser, size, stages } = settings as unknown as SiameseSettings;
  const isOwn = backbone === OWN;
  const multiple = isOwn ? factorOf({ adapter }) * 2 ** halvingsOf(denoiser) : SIZE_MULTIPLE;
  if (size % multiple !== 0) {
    throw new Problem({
      code: "bad-request",
      title: `siamese-diffusion: images of ${size} pixels do not suit this network.`,
      detail: `With these latent images the side must be a multiple of ${multiple}.`,
      hint: `Choose ${Math.ceil(size / multiple) * multiple}, or another kind of latent image.`,
    });
  }
  const { unlabelled, color, startChannels } = facts;
  const remarks = [...dataRemarks(facts, "paint"), ...maskRemarks(facts, FEWEST)];
  if (!isOwn && color === 0) {
    remarks.push({
      text: "All images are gray. The backbone learned from images in color: it sees these as colors without hue, and what it paints may have hues.",
      values: {},
    });
  }
  if (isOwn && color === 0 && startChannels === 3) {
    remarks.push({
      text: "All images are gray, and the model to go on from paints in color: it sees these as colors without hue, and what it paints may have hues.",
      values: {},
    });
  }
  if (!isOwn && unlabelled > 0) {
    remarks.push({
      text: "Images without masks: {count}. They are not learned from on a backbone, which knows images already.",
      values: { count: unlabelled },
    });
  } else if (stages === "joint" && unlabelled > 0) {
    remarks.push({
      text: "Images without masks: {count}. They are not learned from with joint stages; take two.",
      values: { count: unlabelled },
    });
  }
  remarks.push({
    text: "The figure of the validation images is how much of added noise is not told from them. It says little about masks: look at the pictures, and at the alignment of what is made.",
    values: {},
  });
  return remarks;
}
