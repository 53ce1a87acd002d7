/** @file The views of a project, in the order of the work; those that not every project needs come last, so that the keys of the others stay. */
export const viewNames = ["annotate", "data", "train", "synthesise", "review", "export", "value", "translate"] as const;
export type ViewName = (typeof viewNames)[number];

/** Parts of the data screen. */
export type DataPart = "images" | "split" | "classes" | "statistics";
