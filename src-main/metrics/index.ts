/**
 * @file Measures of quality: plain arrays in, numbers out; null where a measure is not defined.
 */
export { squaredDistances } from "./distance-transform.ts";
export { type ClassScores, evaluateLabelMaps, type EvaluateOptions, meanOfDefined } from "./evaluate.ts";
export { countOverlap, dice, iou, type Overlap } from "./overlap.ts";
export { mae, mape, medianRelativeError, mse, pearson, r2, rmse } from "./regression.ts";
export {
  assd,
  averageSurfaceDistance,
  hausdorff,
  hausdorff95,
  type SurfaceDistanceOptions,
  type SurfaceDistances,
  surfaceDistances,
} from "./surface-distance.ts";
