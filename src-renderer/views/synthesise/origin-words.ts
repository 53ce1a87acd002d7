/** @file How a mask was made from its parent, in words. */
import type { MaskRecord } from "../../../src-main/api/contract.ts";
import type { Texts } from "../../texts/index.ts";
import { originSteps } from "./origin-steps.ts";

/** "rotated 8° clockwise, mirrored left to right". `aspect`: height of the frame by its width. */
export function originWords(origin: MaskRecord, { synthesise: { origin: t } }: Texts, aspect = 1): string {
  const words = originSteps(origin, aspect).map((step) => {
    switch (step.kind) {
      case "mirrored":
        return t.mirrored[step.across];
      case "scaled":
        return t.scaled(step.along, step.factor);
      case "slanted":
        return t.slanted(step.degrees);
      case "rotated":
        return t.rotated(step.degrees);
      case "moved":
        return t.moved(step.x, step.y);
      case "bent":
        return t.bent;
    }
  });
  const all = origin.blend === null ? words : [t.blended(origin.blend), ...words];
  return all.length === 0 ? t.unmoved : all.join(", ");
}
