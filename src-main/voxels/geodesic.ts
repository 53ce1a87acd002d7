/**
 * @file Geodesic distances in an image: how far a pixel is from marked ones by the cheapest way, where steps across edges cost more.
 * Criminisi et al., GeoS, ECCV 2008; the raster scans are those of Toivanen, Pattern Recognition Letters 17 (1996).
 */

/** A round of scans runs down and up; a way that turns more often than this is taken a little too long. */
const ROUNDS = 2;

export interface Terrain {
  width: number;
  height: number;
  /** Height of each pixel, row by row; a step costs more the more it climbs or falls. */
  intensity: Float32Array;
  /** Cost of a step of one pixel on even ground. */
  stepCost: number;
}

/** Cost of the cheapest way to a pixel for which `isSource`; Infinity where there is none. */
export function geodesicDistances(
  { width, height, intensity, stepCost }: Terrain,
  isSource: (index: number) => boolean,
): Float32Array {
  const distances = new Float32Array(width * height);
  for (let index = 0; index < distances.length; index++) distances[index] = isSource(index) ? 0 : Infinity;
  const straight = stepCost * stepCost;
  const diagonal = 2 * straight;
  const relax = (index: number, from: number, squared: number): void => {
    const climb = intensity[index]! - intensity[from]!;
    const way = distances[from]! + Math.sqrt(squared + climb * climb);
    if (way < distances[index]!) distances[index] = way;
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (let y = 0, index = 0; y < height; y++) {
      for (let x = 0; x < width; x++, index++) {
        if (x > 0) relax(index, index - 1, straight);
        if (y === 0) continue;
        relax(index, index - width, straight);
        if (x > 0) relax(index, index - width - 1, diagonal);
        if (x < width - 1) relax(index, index - width + 1, diagonal);
      }
    }
    for (let y = height - 1, index = width * height - 1; y >= 0; y--) {
      for (let x = width - 1; x >= 0; x--, index--) {
        if (x < width - 1) relax(index, index + 1, straight);
        if (y === height - 1) continue;
        relax(index, index + width, straight);
        if (x < width - 1) relax(index, index + width + 1, diagonal);
        if (x > 0) relax(index, index + width - 1, diagonal);
      }
    }
  }
  return distances;
}
