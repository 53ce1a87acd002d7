/** @file Rigid and affine alignment of two images of one patient, of whatever contrast. */
export { alignmentSteps, type AlignmentModel, type AlignmentResult, alignPlanes } from "./align.ts";
export { type SeriesAlignment, seriesAlignmentSteps } from "./series.ts";
export type { Plane, PlanePair } from "./mutual-information.ts";
export {
  composeTransforms,
  IDENTITY,
  type Movement,
  movementOf,
  type PlaneFrame,
  type PlaneTransform,
  transformOf,
  transformPoint,
} from "./transform.ts";
