/** @file Structural similarity of an image and its reference. */
import { assertRange } from "./image-error.ts";

/** Weights of the neighborhood: a Gaussian of `sigma` cut at `radius`, or all voxels of a block of odd `size` alike. */
export type SsimWindow = { kind: "gaussian"; sigma: number; radius: number } | { kind: "uniform"; size: number };

export interface SsimOptions {
  /** Sizes along each axis, two or three: [rows, columns] or [slices, rows, columns]. */
  shape: readonly number[];
  /** Largest minus smallest value that the images could take: 1 for [0, 1], 2 for [-1, 1]. A wider range gives higher scores, so state it. */
  dataRange: number;
  /** Default: uniform of size 7. Wang et al. have a Gaussian of sigma 1.5 and radius 5. */
  window?: SsimWindow;
  /** Variances with n - 1 in place of n, n being the voxels of the window. Default true for a uniform window, false for a Gaussian. */
  useSampleCovariance?: boolean;
}

/** Constants that keep the ratio defined in flat places. Wang et al. 2004, section III B. */
const [K1, K2] = [0.01, 0.03];

/**
 * Mean SSIM, in [-1, 1], 1 for equal images, over the places where the whole window lies within the image. Wang et al. 2004, IEEE TIP 13(4), eq. 13;
 * with either window equal to scikit-image's `structural_similarity` at that setting. Flat images are no exception: the constants decide.
 * Throws `RangeError` for lengths that do not fit `shape`, an image smaller than the window, and a value that is not finite.
 */
export function ssim(image: ArrayLike<number>, reference: ArrayLike<number>, options: SsimOptions): number {
  const { shape, dataRange, window = { kind: "uniform", size: 7 } } = options;
  assertRange("ssim", dataRange);
  const weights = weightsOf(window);
  assertFits(image, reference, shape, weights.length);
  const { useSampleCovariance = window.kind === "uniform" } = options;
  const voxels = weights.length ** shape.length;
  const correction = useSampleCovariance ? voxels / (voxels - 1) : 1;
  const meanOf = (value: (index: number) => number): Float64Array =>
    weighted(
      Float64Array.from(image, (_, index) => value(index)),
      shape,
      weights,
    );
  const meanA = meanOf((index) => image[index]!);
  const meanB = meanOf((index) => reference[index]!);
  const squareA = meanOf((index) => image[index]! ** 2);
  const squareB = meanOf((index) => reference[index]! ** 2);
  const product = meanOf((index) => image[index]! * reference[index]!);
  const c1 = (K1 * dataRange) ** 2;
  const c2 = (K2 * dataRange) ** 2;
  let sum = 0;
  for (let index = 0; index < meanA.length; index++) {
    const a = meanA[index]!;
    const b = meanB[index]!;
    const varianceA = correction * (squareA[index]! - a * a);
    const varianceB = correction * (squareB[index]! - b * b);
    const covariance = correction * (product[index]! - a * b);
    sum += ((2 * a * b + c1) * (2 * covariance + c2)) / ((a * a + b * b + c1) * (varianceA + varianceB + c2));
  }
  return sum / meanA.length;
}

function weightsOf(window: SsimWindow): Float64Array {
  if (window.kind === "uniform") {
    const { size } = window;
    if (!(Number.isInteger(size) && size >= 3 && size % 2 === 1)) {
      throw new RangeError(`ssim: the window must have an odd size of at least 3, got ${size}.`);
    }
    return new Float64Array(size).fill(1 / size);
  }
  const { sigma, radius } = window;
  if (!(sigma > 0 && Number.isInteger(radius) && radius >= 1)) {
    throw new RangeError(`ssim: a Gaussian window of sigma ${sigma} and radius ${radius} is none.`);
  }
  const bell = Float64Array.from({ length: 2 * radius + 1 }, (_, at) =>
    Math.exp(-((at - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = bell.reduce((sum, value) => sum + value, 0);
  return bell.map((value) => value / total);
}

function assertFits(
  image: ArrayLike<number>,
  reference: ArrayLike<number>,
  shape: readonly number[],
  window: number,
): void {
  const voxels = shape.reduce((product, size) => product * size, 1);
  const sizes = shape.join(" x ");
  if (shape.length < 2 || shape.length > 3) throw new RangeError(`ssim: two or three axes are needed, got ${sizes}.`);
  if (image.length !== voxels || reference.length !== voxels) {
    throw new RangeError(`ssim: ${image.length} and ${reference.length} voxels do not fit the shape ${sizes}.`);
  }
  if (shape.some((size) => size < window)) {
    throw new RangeError(`ssim: an image of ${sizes} is smaller than the window of ${window}. Take a smaller window.`);
  }
  for (let index = 0; index < voxels; index++) {
    if (Number.isFinite(image[index]!) && Number.isFinite(reference[index]!)) continue;
    throw new RangeError(
      `ssim: voxel ${index} is ${image[index]!} in the image and ${reference[index]!} in the reference.`,
    );
  }
}

/** The weighted mean of every window that lies within the image, one axis after the other: each axis shrinks by the window's length - 1. */
function weighted(values: Float64Array, shape: readonly number[], weights: Float64Array): Float64Array {
  let from = values;
  for (let axis = 0; axis < shape.length; axis++) {
    const length = shape[axis]!;
    const kept = length - weights.length + 1;
    const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1); // these axes are not yet cut
    const outer = from.length / (length * inner);
    const to = new Float64Array(outer * kept * inner);
    for (let block = 0; block < outer; block++) {
      for (let place = 0; place < kept * inner; place++) {
        const start = block * length * inner + place;
        let sum = 0;
        for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * from[start + tap * inner]!;
        to[block * kept * inner + place] = sum;
      }
    }
    from = to;
  }
  return from;
}
