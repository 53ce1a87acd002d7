/** @file A geometry applied: to masks, to images, and undone on images. */
import { createLabelMap, createMask, type LabelMap, type Mask, presentClasses, type Size } from "../../voxels/index.ts";
import type { Geometry } from "./geometry.ts";
import { type Positions, sourcePositions, targetPositions } from "./positions.ts";
import { bilinear, padded } from "./sampling.ts";
import { bentClasses, classDistances, type ClassDistances } from "./class-distances.ts";

/** Share of a pixel that must lie inside for it to belong to a mask: half, so that masks neither grow nor shrink. */
export const HALF = 0.5;

/**
 * The label map moved by `geometry`, resampled once; background comes in from outside. One class: bilinear, inside above
 * `threshold`. Several: the class of the nearest pixel. Bent ones: by signed distances of
 * classes stacked by their depth, which keeps borders smooth and leaves no gaps between classes; `threshold` has no part in that. `distances`: those of `map`, where they are known, or those of a
 * blend, which then takes its place.
 */
export function warpLabelMap(
  map: LabelMap,
  geometry: Geometry,
  { threshold = HALF, distances }: { threshold?: number; distances?: ClassDistances } = {},
): LabelMap {
  const positions = sourcePositions(geometry, map);
  if (distances !== undefined) return bentClasses(distances, positions);
  if (geometry.elastic !== null) return bentClasses(classDistances(map), positions);
  const classes = presentClasses(map);
  return classes.length === 1 ? ofOneClass(map, classes[0]!, positions, threshold) : nearestClasses(map, positions);
}

function ofOneClass(map: LabelMap, value: number, positions: Positions, threshold: number): LabelMap {
  const plane = padded(
    map.data.map((each) => (each === value ? 1 : 0)),
    map,
    0,
  );
  const warped = createLabelMap(map.width, map.height);
  for (let pixel = 0; pixel < warped.data.length; pixel++) {
    if (bilinear(plane, positions.x[pixel]!, positions.y[pixel]!) > threshold) warped.data[pixel] = value;
  }
  return warped;
}

function nearestClasses({ width, height, data }: LabelMap, positions: Positions): LabelMap {
  const warped = createLabelMap(width, height);
  for (let pixel = 0; pixel < data.length; pixel++) {
    const x = Math.round(positions.x[pixel]!);
    const y = Math.round(positions.y[pixel]!);
    if (x >= 0 && y >= 0 && x < width && y < height) warped.data[pixel] = data[y * width + x]!;
  }
  return warped;
}

/** `channels` planes of one size, `[channels, height, width]`. */
export interface Planes extends Size {
  channels: number;
  data: Float32Array;
}

/** The image moved as a mask of its size is, bilinear; `outside`, or its nearest pixel, comes in from without. A fresh array. */
export function warpImage(image: Planes, geometry: Geometry, outside: number | "repeat" = 0): Planes {
  return sampleImage(image, sourcePositions(geometry, image), outside);
}

/**
 * The image brought back to where the parent's pixels lie: what `warpImage` did is undone but for interpolation. `inside` tells the pixels
 * that the moved image shows; elsewhere is `outside`, or the nearest pixel of the image. Of a blend it leads to the frame in which the two masks were blended.
 */
export function unwarpImage(
  image: Planes,
  geometry: Geometry,
  outside: number | "repeat" = 0,
): { image: Planes; inside: Mask } {
  const positions = targetPositions(geometry, image);
  const inside = createMask(image.width, image.height);
  for (let pixel = 0; pixel < inside.data.length; pixel++) {
    const x = positions.x[pixel]!;
    const y = positions.y[pixel]!;
    inside.data[pixel] = x >= 0 && y >= 0 && x <= image.width - 1 && y <= image.height - 1 ? 1 : 0;
  }
  return { image: sampleImage(image, positions, outside), inside };
}

function sampleImage(
  { width, height, channels, data }: Planes,
  positions: Positions,
  outside: number | "repeat",
): Planes {
  const area = width * height;
  if (data.length !== channels * area) {
    throw new RangeError(`mask geometry: ${data.length} values do not fill ${channels} x ${height} x ${width}.`);
  }
  const moved = new Float32Array(data.length);
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * area;
    const plane = padded(data.subarray(start, start + area), { width, height }, outside);
    for (let pixel = 0; pixel < area; pixel++) {
      moved[start + pixel] = bilinear(plane, positions.x[pixel]!, positions.y[pixel]!);
    }
  }
  return { width, height, channels, data: moved };
}
