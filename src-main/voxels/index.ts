/**
 * @file Pixels as plain arrays: frames, label maps, brush, window, resampling. Runs in Node and in the browser.
 */
export { paintSegment, type Point, type Rectangle, stampDisc, uniteRectangles } from "./brush.ts";
export { type Box, columnRuns, packColumnRuns, paintColumnRuns, unpackColumnRuns } from "./column-runs.ts";
export { type Components, labelComponents, largestComponent, type MaskShape } from "./components.ts";
export {
  bytesPerSample,
  createSamples,
  deserializeFrame,
  type DisplayWindow,
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
export type { InstanceReference } from "./instance.ts";
export { countValues, createLabelMap, type LabelMap, MAX_SAMPLES, MAX_SIDE, presentClasses } from "./label-map.ts";
export { joinHoles, paintPolygon, type Polygon, signedArea, traceOutlines } from "./outline.ts";
export { resizeArea, resizeBilinear, resizeLabelMap, resizePlanes, type Size } from "./resample.ts";
export { decodeLabelMap, encodeLabelMap } from "./rle.ts";
export { type SeriesMember, sortSeries } from "./series.ts";
export { type Shape, shapesOf } from "./shapes.ts";
export { addScaled, cross, dot, subtract } from "./vector.ts";
export { rangeOfWindow, renderFrame, renderFrameRgba, suggestWindow, windowedLevel, windowOfRange } from "./window.ts";
