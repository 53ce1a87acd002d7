/** @file Where each pixel reads from, there and back: the one place that knows both parts of a geometry. */
import type { Size } from "../../voxels/index.ts";
import { elasticField, type ElasticField } from "./elastic-field.ts";
import { forwardMap, type Geometry, inverseMap } from "./geometry.ts";
import { bilinear, padded } from "./sampling.ts";

/** One position per pixel, `[height, width]`, in pixels of the other frame; it may lie outside. */
export interface Positions {
  x: Float64Array;
  y: Float64Array;
}

/** For each pixel of the new mask its place in the parent. */
export function sourcePositions(geometry: Geometry, size: Size): Positions {
  const { xx, xy, x0, yx, yy, y0 } = inverseMap(forwardMap(geometry, size));
  const { width, height } = size;
  const shift = geometry.elastic === null ? null : elasticField(geometry.elastic, size);
  const positions = { x: new Float64Array(width * height), y: new Float64Array(width * height) };
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      const x = shift === null ? column : column + shift.x[pixel]!;
      const y = shift === null ? row : row + shift.y[pixel]!;
      positions.x[pixel] = xx * x + xy * y + x0;
      positions.y[pixel] = yx * x + yy * y + y0;
    }
  }
  return positions;
}

/** Ends the search for the way back; pixels. */
const CLOSE = 1e-4;
/** Far more than it takes: each round leaves at most three quarters of the distance (`MAX_BEND`). */
const MOST_ROUNDS = 80;

/** For each pixel of the parent its place in the new mask: the way back of `sourcePositions`, to a hundredth of a pixel. */
export function targetPositions(geometry: Geometry, size: Size): Positions {
  const { xx, xy, x0, yx, yy, y0 } = forwardMap(geometry, size);
  const { width, height } = size;
  const positions = { x: new Float64Array(width * height), y: new Float64Array(width * height) };
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      positions.x[pixel] = xx * column + xy * row + x0;
      positions.y[pixel] = yx * column + yy * row + y0;
    }
  }
  return geometry.elastic === null ? positions : againstShifts(positions, elasticField(geometry.elastic, size), size);
}

/** Solves p + shift(p) = goal for each goal, by p <- goal - shift(p). */
function againstShifts(goals: Positions, shift: ElasticField, size: Size): Positions {
  // Outside the frame the shift of the nearest border pixel counts.
  const shiftX = padded(shift.x, size, "repeat");
  const shiftY = padded(shift.y, size, "repeat");
  const found = { x: goals.x.slice(), y: goals.y.slice() };
  for (let pixel = 0; pixel < goals.x.length; pixel++) {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const x = goals.x[pixel]! - bilinear(shiftX, found.x[pixel]!, found.y[pixel]!);
      const y = goals.y[pixel]! - bilinear(shiftY, found.x[pixel]!, found.y[pixel]!);
      const moved = Math.max(Math.abs(x - found.x[pixel]!), Math.abs(y - found.y[pixel]!));
      found.x[pixel] = x;
      found.y[pixel] = y;
      if (moved < CLOSE) break;
    }
  }
  return found;
}
