/**
 * @file Exact Euclidean distance transform. Felzenszwalb & Huttenlocher, Distance Transforms of Sampled Functions,
 * Theory of Computing 8 (2012): the lower envelope of one parabola per pixel, row by row.
 */
import type { PixelSpacing } from "./frame.ts";
import type { Mask } from "./mask.ts";

const squarePixels: PixelSpacing = { x: 1, y: 1 };

/**
 * Squared distance from every pixel center to the nearest center of a pixel inside the mask, in the unit of `spacing`; Infinity
 * everywhere for an empty mask. Time in proportion to the pixels.
 */
export function squaredDistances(mask: Mask, spacing: PixelSpacing = squarePixels): Float64Array {
  const squared = columnDistances(mask, spacing.y);
  const { width, height } = mask;
  const scale = spacing.x * spacing.x;
  const heights = new Float64Array(width); // the row before it is replaced
  const apexes = new Int32Array(width);
  const starts = new Float64Array(width); // where each parabola becomes the lowest
  for (let y = 0; y < height; y++) {
    const row = squared.subarray(y * width, (y + 1) * width);
    heights.set(row);
    let last = -1;
    for (let x = 0; x < width; x++) {
      if (heights[x] === Infinity) continue;
      let start = -Infinity;
      while (last >= 0) {
        const apex = apexes[last]!;
        // Where the parabolas of `apex` and `x` meet.
        start = (heights[x]! - heights[apex]!) / (2 * scale * (x - apex)) + (x + apex) / 2;
        if (start > starts[last]!) break;
        last--;
        start = -Infinity;
      }
      apexes[++last] = x;
      starts[last] = start;
    }
    if (last < 0) continue; // Infinity stays
    for (let x = 0, parabola = 0; x < width; x++) {
      while (parabola < last && starts[parabola + 1]! < x) parabola++;
      const apex = apexes[parabola]!;
      row[x] = scale * (x - apex) ** 2 + heights[apex]!;
    }
  }
  return squared;
}

/** Squared distance to the nearest inside pixel of the same column. */
function columnDistances({ width, height, data }: Mask, step: number): Float64Array {
  const distances = new Float64Array(width * height);
  for (let x = 0; x < width; x++) distances[x] = data[x] ? 0 : Infinity;
  for (let index = width; index < data.length; index++) {
    distances[index] = data[index] ? 0 : distances[index - width]! + step;
  }
  for (let index = data.length - width - 1; index >= 0; index--) {
    distances[index] = Math.min(distances[index]!, distances[index + width]! + step);
  }
  for (let index = 0; index < distances.length; index++) distances[index]! *= distances[index]!;
  return distances;
}

/**
 * Distance to the border of the mask, negative inside: the border lies halfway between a pixel and its outer neighbor. Unit: that of
 * `spacing`. Infinity everywhere for an empty mask, -Infinity for a full one.
 */
export function signedDistances(mask: Mask, spacing: PixelSpacing = squarePixels): Float64Array {
  const outside = squaredDistances(mask, spacing);
  const inside = squaredDistances({ ...mask, data: mask.data.map((each) => 1 - each) }, spacing);
  const half = Math.min(spacing.x, spacing.y) / 2;
  return outside.map((squared, index) =>
    mask.data[index] ? half - Math.sqrt(inside[index]!) : Math.sqrt(squared) - half,
  );
}
