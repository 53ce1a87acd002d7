/**
 * @file Pixels as plain arrays: frames, label maps, brush, window, resampling. Runs in Node and in the browser.
 */
export {
  alignmentSteps,
  type SeriesAlignment,
  seriesAlignmentSteps,
  type AlignmentModel,
  type AlignmentResult,
  alignPlanes,
  composeTransforms,
  IDENTITY,
  type Movement,
  movementOf,
  type Plane,
  type PlaneFrame,
  type PlanePair,
  type PlaneTransform,
  transformOf,
  transformPoint,
} from "./alignment/index.ts";
export { paintSegment, type Point, type Rectangle, stampDisc, uniteRectangles } from "./brush.ts";
export { type ComponentRule, keepComponents } from "./class-components.ts";
export { type Box, columnRuns, packColumnRuns, paintColumnRuns, unpackColumnRuns } from "./column-runs.ts";
export { type Components, labelComponents, largestComponent, type MaskShape } from "./components.ts";
export { correctByScribbles, type CorrectionRequest, type WindowProbabilities } from "./correct-by-scribbles.ts";
export { signedDistances, squaredDistances } from "./distance-transform.ts";
export { ellipseMask, polygonMask, rectangleMask } from "./drawn-shapes.ts";
export { errorColor } from "./error-color.ts";
export {
  bytesPerSample,
  createSamples,
  deserializeFrame,
  type Frame,
  FRAME_MEDIA_TYPE,
  type Photometric,
  type PixelSpacing,
  type Samples,
  type SampleType,
  sampleTypes,
  serializeFrame,
} from "./frame.ts";
export { type FrameGeometry, pixelToPatient, type Point3 } from "./geometry.ts";
export { gradientOf, intensityOf } from "./intensity.ts";
export type { InstanceReference } from "./instance.ts";
export { countValues, createLabelMap, type LabelMap, MAX_SAMPLES, MAX_SIDE, presentClasses } from "./label-map.ts";
export { likeliestPlanes } from "./likeliest.ts";
export { linePixels, Livewire, type Wire } from "./livewire.ts";
export { createMask, type Lock, type Mask, maskOfClass, paintMask, replaceClass } from "./mask.ts";
export { measureAngle, measureArea, measureLength, type Measurement } from "./measure.ts";
export { closeMask, fillHoles, growMask, openMask, shrinkMask, smoothMask } from "./morphology.ts";
export { joinHoles, paintPolygon, type Polygon, signedArea, traceOutlines } from "./outline.ts";
export { objectSizes } from "./object-sizes.ts";
export { clipToImage } from "./rectangle.ts";
export { darkestPixel, type Fill, fillSource, type FillSource } from "./redaction-fill.ts";
export { regionOfClass, regionOfIntensity } from "./region-growing.ts";
export { type Grid, type GridRelation, gridRelation, onGridOf, placeRelation } from "./same-grid.ts";
export { resizeArea, resizeBilinear, resizeLabelMap, resizePlanes, type Size } from "./resample.ts";
export { labelMapDice } from "./label-map-dice.ts";
export { nearestPositions, resizeNearest } from "./resize-nearest.ts";
export { labelPatch, patchLabelMap } from "./label-patch.ts";
export { classPixels, decodeLabelMap, encodeEmptyMap, encodeLabelMap, withoutClass } from "./rle.ts";
export { decodeScoreMap, encodeScoreMap, enlargeScoreMap, SCORE_MAP_MEDIA_TYPE, type ScoreMap } from "./score-map.ts";
export { type Scribble } from "./scribbles.ts";
export { type SeriesMember, sortSeries } from "./series.ts";
export { bridge, cutAlong, shapeAt } from "./shape-edits.ts";
export { type Reshape, reshapeClass } from "./reshape.ts";
export { type Shape, shapesOf } from "./shapes.ts";
export { interpolateSlices } from "./slice-interpolation.ts";
export { snapToEdge } from "./snap-to-edge.ts";
export { type ProposalPart, takeProposal, withoutPart } from "./take-proposal.ts";
export { addScaled, cross, dot, subtract } from "./vector.ts";
export { type Overlay, overlayMask } from "./overlay.ts";
export { firstOfTable, renderFrame, renderFrameRgba, type RenderOptions, renderTable } from "./render.ts";
export {
  fullRangeWindow,
  opensWithFullRange,
  percentileWindow,
  suggestWindow,
  windowOfValues,
} from "./suggest-window.ts";
export {
  brightness,
  type DisplayWindow,
  exactWindowOfRange,
  type FunctionWindow,
  linearWindow,
  rangeOfWindow,
  type TableWindow,
  type VoiFunction,
  windowOfRange,
  type WindowPreset,
} from "./window.ts";
