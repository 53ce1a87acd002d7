/** @file Images to batches and predictions to label maps. Knows no project and no network. */
export { augment, type Example } from "./augment.ts";
export { type Batch, type BatchOptions, createBatches, createSampler } from "./batches.ts";
export type { CaseSource, FrameModality, FrameRole, SourceFrame, UnlabelledSource } from "./case-source.ts";
export { type CaseVolumes, groupVolumes, type SourceVolume } from "./case-volumes.ts";
export { ALIGNED, drawMisalignment, misalign, type Misalignment } from "./misalignment.ts";
export { createFrameCache } from "./frame-cache.ts";
export {
  augmentMask,
  augmentPair,
  type BlendRange,
  canBlend,
  countRejections,
  drawGeometry,
  GENSEG_RANGES,
  STILL_RANGES,
  type Geometry,
  type GeometryRanges,
  type Implausibility,
  type MaskAugmentationOptions,
  type MaskDraw,
  type MaskDrawOptions,
  type MaskKind,
  type MaskParent,
  maskParent,
  openFamiliarMasks,
  type MaskRecord,
  type PairDraw,
  type Planes,
  PLAUSIBLE,
  type PlausibilityRules,
  refusedMasks,
  type Rejections,
  replayMask,
  unwarpImage,
  warpImage,
  warpLabelMap,
} from "./mask-augmentation/index.ts";
export {
  deformed,
  type PlacedPicture,
  pictureFrame,
  pictureLabels,
  pictureOf,
  picturesOfMask,
  undeformed,
} from "./placed-picture.ts";
export {
  type ChannelCount,
  NORMALIZATION,
  NORMALIZATION_STEPS,
  placeInSquare,
  type Placement,
  type PreprocessedFrame,
  preprocessFrame,
  squareFrame,
  preprocessLabelMap,
} from "./preprocess.ts";
export { strongIntensities } from "./strong-intensities.ts";
export { drawPlaneTurn, type PlaneTurn, turnPlanes } from "./plane-turn.ts";
export { epochLength, type Halves, labelledStream, type StreamKey, unlabelledStream } from "./two-streams.ts";
export { expectedDiceOf, type Prediction, restorePrediction, restoreWindow } from "./restore.ts";
export { countWindows, slideOver, type WindowOptions, windowStarts } from "./sliding-windows.ts";
export {
  normalizeVolume,
  type PerVolumeAxis,
  type VolumeIntensity,
  type VolumePlaces,
  volumeSpacing,
} from "./volume.ts";
export {
  type GridOptions,
  gridSize,
  type GridVolume,
  readVolume,
  readVolumeLabels,
  restoreSlices,
  VOLUME_INTENSITIES,
  type VolumeIntensityName,
  type VolumeSlices,
} from "./volume-grid.ts";
export { cutPatch, drawPatch } from "./volume-patch.ts";
export { squareViews, type ViewCount, type Views } from "./views.ts";
export { translationSeries } from "./translation-series.ts";
