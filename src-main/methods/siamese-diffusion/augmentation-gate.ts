/** @file When online augmentation counts: late in the training, and where little noise lies over the picture. Section 6 of the specification. */

/** Times up to this one, inclusive, of 1000. */
export const LATEST_TIME = 200;
/** Of the steps; later ones count. */
const FROM_SHARE = 1 / 3;

/** Whether step `step`, from 0, of `steps` augments at all: strictly after a third. */
export function isAugmenting(step: number, steps: number): boolean {
  return step > FROM_SHARE * steps;
}

/** Samples that go through augmentation together: the part of a batch whose times are earliest, or all. */
export function augmentedCount(batchSize: number, mode: "earliest" | "whole"): number {
  return mode === "whole" ? batchSize : Math.ceil(0.3 * batchSize);
}

/**
 * Weights of the first `count` samples of a batch whose times rise: 1 where the time is early and the mask is shown. Where more would count than
 * fit, those that fit stand for all.
 */
export function augmentationWeights(times: readonly number[], kept: ArrayLike<number>, count: number): Float32Array {
  const counts = (place: number): boolean => times[place]! <= LATEST_TIME && kept[place] === 1;
  const places = times.map((_, place) => place).filter(counts);
  const used = places.filter((place) => place < count).length;
  const scale = used === 0 ? 0 : places.length / used;
  return Float32Array.from({ length: count }, (_, place) => (counts(place) ? scale : 0));
}
