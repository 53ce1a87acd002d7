/** @file Cleaning pseudo-labels: which connected parts of each class are believed. */
import { keepComponents, type MaskShape } from "../../voxels/index.ts";

/**
 * "largest": one part per class, for organs. "several": the `most` largest ones. "large": all of at least `smallest` of the image, for lesions.
 * "all": none is taken away.
 */
export type ComponentFilter = "largest" | "several" | "large" | "all";

export interface CleaningSettings {
  readonly components: ComponentFilter;
  /** For "several". */
  readonly componentCount: number;
  /** For "large", percent of the image. */
  readonly componentArea: number;
  readonly connectivity: "corners" | "edges" | "sides";
}

/**
 * Cleans class numbers `[n, ..shape]`, each image by itself, in place. Removed pixels become background. Returns how many
 * foreground pixels were removed, and how many there were.
 */
export function cleanPseudoLabels(
  labels: Uint8Array,
  shape: MaskShape,
  settings: CleaningSettings,
): { removed: number; foreground: number } {
  let foreground = 0;
  for (const label of labels) if (label !== 0) foreground++;
  const { components, componentCount, componentArea, connectivity } = settings;
  if (components === "all") return { removed: 0, foreground };
  const area = shape.reduce((product, size) => product * size, 1);
  const rule = {
    most: { largest: 1, several: componentCount, large: Infinity }[components],
    smallest: components === "large" ? Math.max(1, Math.ceil((componentArea / 100) * area)) : 1,
    connectivity: { corners: shape.length, edges: 2, sides: 1 }[connectivity],
  };
  let removed = 0;
  for (let start = 0; start < labels.length; start += area) {
    removed += keepComponents(labels.subarray(start, start + area), shape, rule);
  }
  return { removed, foreground };
}
