/**
 * @file Measures of quality: plain arrays in, numbers out; null where a measure is not defined.
 */
export {
  type BootstrapMean,
  bootstrapMean,
  bootstrapPatients,
  type BootstrapOptions,
  type Observation,
} from "./bootstrap.ts";
export { brier, expectedCalibrationError, reliability, type ReliabilityBin } from "./classes/calibration.ts";
export {
  accuracy,
  balancedAccuracy,
  type ClassRates,
  classScores,
  confusionMatrix,
  f1Macro,
  kappa,
  kappaQuadratic,
  type KappaWeights,
} from "./classes/confusion.ts";
export { auc, aucMacroOneVsOne, aucMacroOneVsRest, aucOneVsRest } from "./classes/roc.ts";
export { squaredDistances } from "./distance-transform.ts";
export { type FeatureSet } from "./distributions/feature-set.ts";
export { estimateFrechetDistance, FRECHET_NEEDS, frechetDistance } from "./distributions/frechet-distance.ts";
export { type DistanceEstimate } from "./distributions/jackknife.ts";
export {
  estimateKernelDistance,
  KERNEL_NEEDS,
  kernelDistance,
  kernelDistanceBlocks,
} from "./distributions/kernel-distance.ts";
export { type ClassScores, evaluateLabelMaps, type EvaluateOptions, meanOfDefined } from "./evaluate.ts";
export { describeImage, type ImageDescription, pooledFeatures } from "./features/describe.ts";
export { directionless } from "./features/directionless.ts";
export { COEFFICIENTS, scatter, type Scattering } from "./features/scattering.ts";
export { type Planes, standardized, toSquare } from "./features/square.ts";
export { edgeShift, type EdgeShift } from "./images/edge-shift.ts";
export { type ImageErrorOptions, nmae, psnr, rangeNmae } from "./images/image-error.ts";
export { ssim, type SsimOptions, type SsimWindow } from "./images/structural-similarity.ts";
export { type CurvePoint, learningCurve } from "./learning-curve.ts";
export { countOverlap, dice, diceOf, iou, type Overlap } from "./overlap.ts";
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
export {
  COPYING,
  findNearCopies,
  type Memorization,
  type MemorizationWarning,
  type Nearest,
  type NearestReal,
  openRealImages,
  type RealImage,
  type RealImages,
  type SyntheticImage,
  type Thresholds,
} from "./memorization.ts";
export { isIntervalUnit, leastFloor, type RelativeErrors, relativeErrors, type ZeroPolicy } from "./relative-error.ts";
export { deviation, mae, mape, medianRelativeError, mse, pearson, r2, rmse } from "./regression.ts";
export {
  ACCEPTANCE,
  chooseThreshold,
  clopperPearsonLower,
  countAccepted,
  type Counts,
  isAccepted,
  NEEDED_CASES,
  type ScoredImage,
} from "./review/acceptance.ts";
export { type Chosen, greedyKCentre } from "./review/diversity.ts";
export { cusum, DRIFT, isDrifting } from "./review/drift.ts";
export { scoreDisagreement, scorePixels } from "./review/pixel-scores.ts";
export {
  calibrate,
  type Calibration,
  FEWEST_PATIENTS,
  type Known,
  type QualityFeatures,
  qualityFeatures,
  ridge,
  uncalibratedScore,
} from "./review/quality.ts";
export type { ReviewFlag } from "./review/flags.ts";
export {
  type ClassReview,
  type Judged,
  judgePrediction,
  type ReviewRecord,
  type SeriesReview,
  type UsualClass,
  usualClasses,
} from "./review/record.ts";
export {
  describeSeries,
  type JudgedSeries,
  judgeSeries,
  type SeriesClass,
  type UsualSeriesClass,
  usualSeries,
} from "./review/series-record.ts";
export { dilate, meanWithin, nearContours } from "./review/regions.ts";
export { type Residual, residualError, type ResidualError, studentQuantile } from "./review/residual-error.ts";
export { enclosedShare, median, robustZ, type Shape, shapeOf, shapeZ } from "./review/shape.ts";
export { calibrationError, poorFoundEarly, riskCoverageArea, spearman } from "./review/usefulness.ts";
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
export {
  type Emptiness,
  type EmptyRule,
  scoreVolume,
  summarizeVolumes,
  type VolumeScoreOptions,
  type VolumeScores,
  type VolumeSummary,
} from "./volume-scores.ts";
export { alignmentOf } from "./synthesis/alignment.ts";
export { DIVERSITY_NEEDS, estimateDiversity } from "./synthesis/diversity.ts";
export type { Estimated, SynthesisQuality } from "./synthesis/quality.ts";
export { type MeasuredPair, synthesisQuality } from "./synthesis/synthesis-quality.ts";
export { effectiveCount, shareInterval } from "./classes/share.ts";
