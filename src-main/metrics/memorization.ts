/**
 * @file Did a generator copy its training images? Each synthetic image is compared with all real ones, and its distance to the nearest is judged by how
 * near real images of different patients come to each other, and by how much of an image its mask alone tells: a painting for that mask shares it by design.
 */
import type { FeatureSet } from "./distributions/feature-set.ts";
import { describeImage, type ImageDescription } from "./features/describe.ts";
import type { Planes } from "./features/square.ts";

export interface RealImage<Id extends string | number = string | number> {
  id: Id;
  image: Planes;
  /** The patient: images of one group are not compared with each other. Default: each image alone. */
  group?: string | number;
  /** Pictures that share its mask and no more with it. What lies no nearer to the image than the nearest of these shows nothing of it but the mask. */
  maskAlone?: readonly Planes[];
}

export interface SyntheticImage {
  id: string | number;
  /**
   * With the deformation of its source mask undone: a copy that was turned lies no nearer to its original in pixels than any other image. Fill what lies
   * outside the frame as it is filled for real images (edges mirrored), never with a constant.
   */
  image: Planes;
}

/**
 * Near-copy, in features or in pixels: nearer than a low `quantile` of real images is to the nearest image of another group, and nearer to that one image
 * than to those of other groups, by a ratio that a quarter of the real images reach. The second condition lets blurred images pass, which lie
 * near all real ones and show none of them (Carlini et al. 2023, arXiv:2301.13188, section 4.1, for the same reason). Where the mask of the real image is known, nearer than a
 * picture of that mask alone (`RealImage.maskAlone`) as well: where a mask tells nearly all of an image, any painting for it comes near. A fresh draw is one more
 * real image (the reasoning of Meehan et al. 2020, arXiv:2004.05675, and Alaa et al. 2022, arXiv:2102.08921), so some are called near-copies by chance:
 * with n images a space calls 2 / (n + 1) at the least, the chance of being in the closest pair. Measured at n = 20, 756 draws of 63 seeds:
 * 11 % in features, 11 % in pixels, 13 % in either. Small sets withhold some good images: that errs on the side of the patient.
 */
export const COPYING = {
  quantile: 0.05,
  /** Of the ratios of the distances to the nearest group and to the second nearest. */
  ratioQuantile: 0.25,
  /** Fewer groups of real images have no lowest twentieth to speak of: distances are given, no verdict. */
  fewestGroups: 8,
  /** Below, the closest pair alone is more than the quantile: more images are called copies by chance. */
  coarseBelow: 39,
} as const;

/** `too-few-real`: no verdict; `coarse-threshold`: a verdict with more false alarms; `repeated-real`: real images of different groups are the same. */
export type MemorizationWarning = "too-few-real" | "coarse-threshold" | "repeated-real";

/** The real image nearest to a synthetic one. */
export interface Nearest<Id extends string | number = string | number> {
  /** The real image nearest in features, its distance, and the smallest distance in pixels (root mean square of standardized 64 x 64), to any real image. */
  nearestId: Id;
  featureDistance: number;
  pixelDistance: number;
  /** The real image nearest in pixels: another than `nearestId` where the two spaces disagree. */
  nearestInPixelsId: Id;
  /** null: too few real images for a verdict. */
  isNearCopy: boolean | null;
}

export interface NearestReal extends Nearest {
  id: string | number;
}

export interface Memorization {
  /** In the order of the synthetic images. */
  images: NearestReal[];
  /** null without a verdict. */
  nearCopies: number | null;
  /** How many of as many fresh draws would be called near-copies at most, by chance; null without a verdict. */
  expectedByChance: number | null;
  /** Distances below which an image is a near-copy; null without a verdict. */
  thresholds: Thresholds | null;
  warnings: MemorizationWarning[];
}

export interface Thresholds {
  feature: Threshold;
  pixel: Threshold;
}

/** A near-copy lies below both. */
export interface Threshold {
  distance: number;
  /** Of the distance to the nearest real image to that to the nearest of other groups. */
  ratio: number;
}

/** Real images, described once, that synthetic ones are compared with one at a time as they are made. */
export interface RealImages<Id extends string | number = string | number> {
  /** Pooled features and groups, for the measures of whole sets. */
  features: Required<FeatureSet>;
  /** Distances below which an image is a near-copy; null without a verdict. */
  thresholds: Thresholds | null;
  warnings: MemorizationWarning[];
  /** How many of so many fresh draws would be called near-copies at most, by chance; null without a verdict. */
  expectedByChance(count: number): number | null;
  /** `image` as in `SyntheticImage`: with the deformation of its source mask undone. Throws as `toSquare`. */
  compare(image: Planes): Nearest<Id>;
}

/**
 * The real images that a generator was trained on (all of them: an image left out cannot be found). Colors are compared as luma, brightness and contrast
 * not at all, details below 1/64 of the image neither. Throws `RangeError` without images, and as `toSquare`.
 */
export function openRealImages<Id extends string | number>(real: readonly RealImage<Id>[]): RealImages<Id> {
  if (real.length === 0) throw new RangeError("memorization: there are no real images to compare with.");
  const known = real.map(({ image }) => describeImage(image));
  /** Worked out where it is asked for: few images come near a real one. */
  const told = new Map<number, Record<Space, number>>();
  const toldByMask = (index: number): Record<Space, number> => {
    const distances = told.get(index) ?? nearestOfAll(real[index]!.maskAlone ?? [], known[index]!);
    told.set(index, distances);
    return distances;
  };
  const groups = real.map(({ group }, index) => group ?? `image ${index}`);
  const patients = new Set(groups).size;
  const isOfOther = (index: number) => (other: number) => groups[other] !== groups[index];
  const between = (space: Space): Found[] =>
    known.map((own, index) => nearest(own[space], { known, groups, space, counts: isOfOther(index) }));
  const [feature, pixel] = [between("local"), between("pixel")];
  const thresholds =
    patients < COPYING.fewestGroups ? null : { feature: thresholdOf(feature), pixel: thresholdOf(pixel) };
  const warnings: MemorizationWarning[] = [];
  if (thresholds === null) warnings.push("too-few-real");
  else if (patients < COPYING.coarseBelow) warnings.push("coarse-threshold");
  if (pixel.some(({ distance }) => distance < SAME)) warnings.push("repeated-real");
  return {
    features: { rows: known.map(({ pooled }) => pooled), groups },
    thresholds,
    warnings,
    expectedByChance: (count) => thresholds && 2 * Math.max(COPYING.quantile, 2 / (patients + 1)) * count,
    compare(image) {
      const own = describeImage(image);
      const find = (space: Space): Found => nearest(own[space], { known, groups, space, counts: () => true });
      const [local, pixel] = [find("local"), find("pixel")];
      return {
        nearestId: real[local.index]!.id,
        featureDistance: local.distance,
        pixelDistance: pixel.distance,
        nearestInPixelsId: real[pixel.index]!.id,
        isNearCopy:
          thresholds &&
          ((isBelow(local, thresholds.feature) && local.distance < toldByMask(local.index).local) ||
            (isBelow(pixel, thresholds.pixel) && pixel.distance < toldByMask(pixel.index).pixel)),
      };
    },
  };
}

/** Compares synthetic images with the real ones that the generator was trained on, all at once. Throws as `openRealImages`. */
export function findNearCopies(real: readonly RealImage[], synthetic: readonly SyntheticImage[]): Memorization {
  const opened = openRealImages(real);
  const images = synthetic.map(({ id, image }) => ({ id, ...opened.compare(image) }));
  const { thresholds, warnings } = opened;
  return {
    images,
    nearCopies: thresholds && images.filter(({ isNearCopy }) => isNearCopy).length,
    expectedByChance: opened.expectedByChance(images.length),
    thresholds,
    warnings,
  };
}

/** Distance, in standard deviations, below which two images are one: that of files written with another compression. */
const SAME = 0.02;

type Space = "local" | "pixel";

interface Found {
  index: number;
  distance: number;
  /** Of `distance` to that of the nearest image of other groups; 1 where there is none. */
  ratio: number;
}

const isBelow = ({ distance, ratio }: Found, threshold: Threshold): boolean =>
  distance <= threshold.distance && ratio <= threshold.ratio;

function nearestOfAll(pictures: readonly Planes[], to: ImageDescription): Record<Space, number> {
  const described = pictures.map(describeImage);
  const least = (space: Space): number => {
    return Math.min(...described.map((one) => distanceBelow(one[space], to[space], Infinity)));
  };
  return { local: least("local"), pixel: least("pixel") };
}

interface Among {
  known: readonly ImageDescription[];
  groups: readonly (string | number)[];
  space: Space;
  counts(index: number): boolean;
}

function nearest(own: Float64Array, { known, groups, space, counts }: Among): Found {
  const search = (isWanted: (index: number) => boolean): { index: number; distance: number } => {
    let found = { index: 0, distance: Infinity };
    known.forEach((other, index) => {
      if (!isWanted(index)) return;
      const distance = distanceBelow(own, other[space], found.distance);
      if (distance < found.distance) found = { index, distance };
    });
    return found;
  };
  const first = search(counts);
  const second = search((index) => counts(index) && groups[index] !== groups[first.index]);
  return { ...first, ratio: second.distance === Infinity ? 1 : first.distance / Math.max(second.distance, SAME) };
}

/** Repeated images are left out: they would set the bar to 0 and let every copy pass. */
function thresholdOf(found: readonly Found[]): Threshold {
  const apart = found.filter(({ distance }) => distance >= SAME);
  return {
    distance: lowQuantile(
      apart.map(({ distance }) => distance),
      COPYING.quantile,
    ),
    ratio: lowQuantile(
      apart.map(({ ratio }) => ratio),
      COPYING.ratioQuantile,
    ),
  };
}

/**
 * The k-th smallest of n distances, (k + 1) / (n + 1) being at most the quantile, k at least 1: the nearest two images have each other's distance, so one more
 * falls below the smallest if it is of the closest pair of n + 1.
 */
function lowQuantile(values: readonly number[], quantile: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.floor(quantile * (sorted.length + 1)) - 2)] ?? SAME;
}

/** Values added up before it is seen whether a distance can still be the smallest. */
const STRETCH = 64;

/** The Euclidean distance, or Infinity as soon as it is seen to be above `limit`. Both vectors are whole stretches long. */
function distanceBelow(a: Float64Array, b: Float64Array, limit: number): number {
  // A little above, so that rounding makes no difference to a tie.
  const most = limit * limit * (1 + 1e-12);
  let sum = 0;
  for (let start = 0; start < a.length && sum <= most; start += STRETCH) {
    for (let at = start; at < start + STRETCH; at++) {
      const difference = a[at]! - b[at]!;
      sum += difference * difference;
    }
  }
  return sum <= most ? Math.sqrt(sum) : Infinity;
}
