/**
 * @file Measures of quality: plain arrays in, numbers out; null where a measure is not defined.
 */
export { type BootstrapMean, bootstrapMean, type BootstrapOptions, type Observation } from "./bootstrap.ts";
export { squaredDistances } from "./distance-transform.ts";
export { type ClassScores, evaluateLabelMaps, type EvaluateOptions, meanOfDefined } from "./evaluate.ts";
export { type CurvePoint, learningCurve } from "./learning-curve.ts";
export { countOverlap, dice, iou, type Overlap } from "./overlap.ts";
export {
  countSigns,
  type Gate,
  type GateOutcome,
  pairedDifferences,
  type PairedEffect,
  pairedEffect,
  passGate,
  type SignCount,
} from "./paired.ts";
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
export { type ValidationPoint, type ValidationTrend, validationTrend } from "./validation-trend.ts";
