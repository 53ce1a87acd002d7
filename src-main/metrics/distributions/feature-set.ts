/** @file Two sets of images as feature vectors, ready to be compared as distributions. */

/** What a feature network says of a set of images. */
export interface FeatureSet {
  /** One vector per image, all of the same length. */
  rows: readonly ArrayLike<number>[];
  /**
   * Which images belong together: the patient of a real image, the source mask of a synthetic one. Images of a group are left out together when an
   * interval is worked out, since they say less than as many independent ones. Default: each image alone.
   */
  groups?: readonly (string | number)[];
}

/** Throws `RangeError` for fewer than two images, vectors of different lengths, and a value that is not finite. Returns the features of each vector. */
export function assertComparable(measure: string, ...sets: (readonly ArrayLike<number>[])[]): number {
  const features = sets[0]?.[0]?.length ?? 0;
  for (const rows of sets) {
    if (rows.length < 2) throw new RangeError(`${measure}: a set of ${rows.length} images; at least 2 are needed.`);
    for (const [index, row] of rows.entries()) {
      if (row.length !== features || features === 0) {
        throw new RangeError(
          `${measure}: image ${index} has ${row.length} features, expected ${features}, at least 1.`,
        );
      }
      for (let feature = 0; feature < features; feature++) {
        if (Number.isFinite(row[feature]!)) continue;
        throw new RangeError(`${measure}: feature ${feature} of image ${index} is ${row[feature]!}.`);
      }
    }
  }
  return features;
}

/** More than this many parts give no better interval, only a longer wait. */
const MOST_PARTS = 100;

/**
 * Which part each image belongs to, 0..parts-1: one part per group, or groups dealt out to 100 parts where there are more. Throws `RangeError` with fewer
 * groups than `fewest`, and when there are not as many groups as images.
 */
export function partsOf(
  measure: string,
  { rows, groups }: FeatureSet,
  fewest: number,
): { of: number[]; count: number } {
  if (groups !== undefined && groups.length !== rows.length) {
    throw new RangeError(`${measure}: ${groups.length} groups for ${rows.length} images.`);
  }
  const names = rows.map((_, index) => (groups === undefined ? index : groups[index]!));
  // By name, so that the order of the images makes no difference where groups share a part.
  const places = new Map([...new Set(names)].sort(byName).map((name, place) => [name, place]));
  if (places.size < fewest) {
    throw new RangeError(
      `${measure}: ${places.size} independent groups of images are too few for an interval; at least ${fewest} are needed.`,
    );
  }
  return { of: names.map((name) => places.get(name)! % MOST_PARTS), count: Math.min(places.size, MOST_PARTS) };
}

function byName(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [one, other] = [String(a), String(b)];
  return one < other ? -1 : one > other ? 1 : 0;
}
