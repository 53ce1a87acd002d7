/** @file How good a way of training gets with more labelled images. */
import { type BootstrapMean, bootstrapMean, type BootstrapOptions, type Observation } from "./bootstrap.ts";

export interface CurvePoint extends BootstrapMean {
  labelled: number;
}

/** One point for each number of labelled images, the smallest first. Throws as `bootstrapMean`. */
export function learningCurve(
  observations: readonly (Observation & { labelled: number })[],
  options: BootstrapOptions = {},
): CurvePoint[] {
  const counts = [...new Set(observations.map(({ labelled }) => labelled))].sort((a, b) => a - b);
  return counts.map((labelled) => ({
    labelled,
    ...bootstrapMean(
      observations.filter((observation) => observation.labelled === labelled),
      options,
    ),
  }));
}
