/** @file The steps of the tour: the loop of the work, each at the control that does it. */
import type { DataPart, ViewName } from "../../workspace.svelte.ts";

/** Kept as progress: never rename. */
export const stepNames = ["import", "annotate", "split", "train", "synthesise", "propose", "review", "export"] as const;
export type StepName = (typeof stepNames)[number];

interface Step {
  /** Where the control is; the view does not change where it is in sight everywhere. */
  view: ViewName | null;
  dataPart?: DataPart;
  /** The control, and what stands for it until it is there: names in `data-tour` attributes. */
  anchors: readonly string[];
}

export const steps: Record<StepName, Step> = {
  import: { view: null, anchors: ["import"] },
  annotate: { view: "annotate", anchors: ["tools", "view-annotate"] },
  split: { view: "data", dataPart: "split", anchors: ["split", "view-data"] },
  train: { view: "train", anchors: ["train", "view-train"] },
  synthesise: { view: "synthesise", anchors: ["synthesise", "generator", "view-synthesise"] },
  propose: { view: "train", anchors: ["propose", "models", "view-train"] },
  review: { view: "review", anchors: ["decisions", "view-review"] },
  export: { view: "export", anchors: ["export", "view-export"] },
};
