/**
 * @file How far an image is from its reference, value by value. Both are flat arrays of the same, non-zero length in the same unit; an optional
 * mask (non-zero = counted) leaves out the background. All throw `RangeError` for lengths that differ, a mask without a voxel, and a value
 * that is not finite.
 */

export interface ImageErrorOptions {
  /** Voxels that count. Default: all. */
  mask?: ArrayLike<number>;
}

/** Sum of |image - reference| over the sum of |reference|, at least 0; null where the reference is zero everywhere. */
export function nmae(
  image: ArrayLike<number>,
  reference: ArrayLike<number>,
  options: ImageErrorOptions = {},
): number | null {
  let error = 0;
  let size = 0;
  forEachPair("nmae", image, reference, options, (value, truth) => {
    error += Math.abs(value - truth);
    size += Math.abs(truth);
  });
  return size === 0 ? null : error / size;
}

/**
 * Mean of |image - reference| in parts of `dataRange`: what the modality translation papers call NMAE (Kong et al. 2021, arXiv:2110.06465: images in
 * [-1, 1], so a range of 2). Not the same as `nmae`: name the one that was used.
 */
export function rangeNmae(
  image: ArrayLike<number>,
  reference: ArrayLike<number>,
  options: ImageErrorOptions & { dataRange: number },
): number {
  assertRange("rangeNmae", options.dataRange);
  let error = 0;
  const count = forEachPair("rangeNmae", image, reference, options, (value, truth) => {
    error += Math.abs(value - truth);
  });
  return error / count / options.dataRange;
}

/**
 * Peak signal-to-noise ratio in dB: 10 log10(dataRange² / mean squared error), as in scikit-image. `dataRange` is the largest minus the smallest value
 * that the images could take (1 for [0, 1], 2 for [-1, 1]), never what happens to occur. Equal images give `ceiling`: Infinity by default, 100 where
 * papers cap it (an error below 1e-10 of the squared range).
 */
export function psnr(
  image: ArrayLike<number>,
  reference: ArrayLike<number>,
  options: ImageErrorOptions & { dataRange: number; ceiling?: number },
): number {
  const { dataRange, ceiling = Infinity } = options;
  assertRange("psnr", dataRange);
  let squares = 0;
  const count = forEachPair("psnr", image, reference, options, (value, truth) => {
    squares += ((value - truth) / dataRange) ** 2;
  });
  return Math.min(ceiling, -10 * Math.log10(squares / count));
}

/** Calls `visit` for each voxel that counts and returns how many there are. */
function forEachPair(
  measure: string,
  image: ArrayLike<number>,
  reference: ArrayLike<number>,
  { mask }: ImageErrorOptions,
  visit: (value: number, truth: number) => void,
): number {
  if (image.length !== reference.length || (mask !== undefined && mask.length !== image.length)) {
    const ofMask = mask === undefined ? "" : `, the mask ${mask.length}`;
    throw new RangeError(
      `${measure}: the image has ${image.length} voxels, the reference ${reference.length}${ofMask}.`,
    );
  }
  let count = 0;
  for (let index = 0; index < image.length; index++) {
    if (mask !== undefined && !mask[index]) continue;
    const value = image[index]!;
    const truth = reference[index]!;
    if (!Number.isFinite(value) || !Number.isFinite(truth)) {
      throw new RangeError(`${measure}: voxel ${index} is ${value} in the image and ${truth} in the reference.`);
    }
    visit(value, truth);
    count++;
  }
  if (count === 0) throw new RangeError(`${measure}: there is no voxel to compare.`);
  return count;
}

export function assertRange(measure: string, dataRange: number): void {
  if (!(dataRange > 0 && dataRange < Infinity)) {
    throw new RangeError(`${measure}: the data range must be a positive number, got ${dataRange}.`);
  }
}
