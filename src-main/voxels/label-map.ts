/**
 * @file Label maps: one small integer per pixel, 0 = background. What a person painted or a network proposed.
 */

/** Label map of one frame: `data[y * width + x]` is the class value at column x, row y. The owner may write `data`. */
export interface LabelMap {
  width: number;
  height: number;
  data: Uint8Array;
}

/** Largest width or height that the app reads, draws and stores, in pixels. */
export const MAX_SIDE = 16_384;

/** Most samples (pixels times channels) of one frame: 2^28 bytes already strain a laptop. */
export const MAX_SAMPLES = 2 ** 28;

/** An all-background label map. Throws `RangeError` on sizes that no image has. */
export function createLabelMap(width: number, height: number): LabelMap {
  assertSize(width, height);
  return { width, height, data: new Uint8Array(width * height) };
}

/** Throws `RangeError` unless both sides are integers in [1, MAX_SIDE]. */
export function assertSize(width: number, height: number): void {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > MAX_SIDE) {
      throw new RangeError(`label map: size ${width} x ${height}: expected whole numbers from 1 to ${MAX_SIDE}.`);
    }
  }
}

/** The class values present, ascending, without background. */
export function presentClasses(map: LabelMap): number[] {
  const isPresent = new Uint8Array(256);
  for (const value of map.data) isPresent[value] = 1;
  const classes: number[] = [];
  for (let value = 1; value < 256; value++) if (isPresent[value]) classes.push(value);
  return classes;
}

/** Pixels of each value: 256 counts. */
export function countValues(map: LabelMap): Uint32Array {
  const counts = new Uint32Array(256);
  for (const value of map.data) counts[value]!++;
  return counts;
}
