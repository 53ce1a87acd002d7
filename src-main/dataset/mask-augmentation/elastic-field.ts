/**
 * @file Smooth shifts: a uniform cubic B-spline through shifted control points (Lee, Wolberg & Shin 1997, IEEE TVCG 3, section 3). Shifts
 * are drawn evenly within a bound, so that the bound of `MAX_BEND` holds for each field and not only on average.
 */
import { Random } from "../../random/index.ts";
import type { Size } from "../../voxels/index.ts";
import type { Elastic } from "./geometry.ts";

/** Shift of each pixel of the new mask, `[height, width]`, in pixels: it shows what lies at its own place plus this. */
export interface ElasticField {
  x: Float64Array;
  y: Float64Array;
}

export function elasticField({ seed, amplitude, cells }: Elastic, { width, height }: Size): ElasticField {
  const random = new Random(seed, "elastic");
  const side = cells + 3; // one control point more than knots on each side
  const controls = { x: new Float64Array(side * side), y: new Float64Array(side * side) };
  for (let point = 0; point < side * side; point++) {
    controls.x[point] = random.between(-amplitude, amplitude) * width;
    controls.y[point] = random.between(-amplitude, amplitude) * height;
  }
  const columns = splineTaps(width, cells);
  const rows = splineTaps(height, cells);
  const field = { x: new Float64Array(width * height), y: new Float64Array(width * height) };
  const [lineX, lineY] = [new Float64Array(side), new Float64Array(side)]; // the control points as row `y` sees them
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let point = 0; point < side; point++) {
      lineX[point] = weighted(controls.x, rows, y, rows.first[y]! * side + point, side);
      lineY[point] = weighted(controls.y, rows, y, rows.first[y]! * side + point, side);
    }
    for (let x = 0; x < width; x++, pixel++) {
      field.x[pixel] = weighted(lineX, columns, x, columns.first[x]!, 1);
      field.y[pixel] = weighted(lineY, columns, x, columns.first[x]!, 1);
    }
  }
  return field;
}

interface SplineTaps {
  /** First of the four control points in reach. */
  first: Int32Array;
  /** Their weights, four a position; they sum to 1. */
  weights: Float64Array;
}

/** Pixel centers against knots that divide the frame, border to border, into `cells`. */
function splineTaps(length: number, cells: number): SplineTaps {
  const first = new Int32Array(length);
  const weights = new Float64Array(4 * length);
  for (let position = 0; position < length; position++) {
    const place = ((position + 0.5) / length) * cells;
    const knot = Math.min(cells - 1, Math.floor(place));
    const t = place - knot;
    first[position] = knot;
    weights[4 * position] = (1 - t) ** 3 / 6;
    weights[4 * position + 1] = (3 * t ** 3 - 6 * t ** 2 + 4) / 6;
    weights[4 * position + 2] = (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6;
    weights[4 * position + 3] = t ** 3 / 6;
  }
  return { first, weights };
}

function weighted(
  points: Float64Array,
  { weights }: SplineTaps,
  position: number,
  start: number,
  step: number,
): number {
  const tap = 4 * position;
  return (
    weights[tap]! * points[start]! +
    weights[tap + 1]! * points[start + step]! +
    weights[tap + 2]! * points[start + 2 * step]! +
    weights[tap + 3]! * points[start + 3 * step]!
  );
}
