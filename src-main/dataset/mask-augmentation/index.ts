/** @file New masks from annotated ones, for generators that paint an image to a mask. README.md says how and why. */
export {
  augmentMask,
  type BlendRange,
  type MaskAugmentationOptions,
  type MaskDraw,
  type MaskDrawOptions,
  type MaskKind,
  type MaskRecord,
  replayMask,
} from "./augment-mask.ts";
export { augmentPair, type PairDraw } from "./augment-pair.ts";
export { type FamiliarMasks, openFamiliarMasks } from "./familiar-masks.ts";
export {
  drawGeometry,
  type Elastic,
  type ElasticRange,
  GENSEG_RANGES,
  STILL_RANGES,
  type Geometry,
  type GeometryRanges,
  IDENTITY,
  MAX_BEND,
} from "./geometry.ts";
export { canBlend, type MaskParent, maskParent } from "./mask-parent.ts";
export {
  countRejections,
  type Implausibility,
  PLAUSIBLE,
  type PlausibilityRules,
  type Rejections,
} from "./plausibility.ts";
export { refusedMasks } from "./refusals.ts";
export { type Planes, unwarpImage, warpImage, warpLabelMap } from "./warp.ts";
