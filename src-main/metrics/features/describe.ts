/** @file What an image is compared by. */
import { scatter } from "./scattering.ts";
import { meanOf, type Planes, standardized, standardDeviation, toSquare } from "./square.ts";

/** Distances of two `local` or two `pixel` are Euclidean; brightness and contrast make no difference to them. */
export interface ImageDescription {
  /** `Scattering.local` of the standardized plane, [61 * 64]: where things are to within an eighth of the image. */
  local: Float64Array;
  /** Standardized 64 x 64, divided by 64: distances are root mean squares. */
  pixel: Float64Array;
  /** `pooledFeatures` of the same image, [61]. */
  pooled: Float64Array;
}

/** Throws as `toSquare`. */
export function describeImage(image: Planes): ImageDescription {
  const plane = toSquare(image);
  const standard = standardized(plane);
  const { local, pooled } = scatter(standard);
  return { local, pixel: standard.map((value) => value / Math.sqrt(plane.length)), pooled: restored(pooled, plane) };
}

/**
 * What an image is counted by in a set: means of its scattering coefficients over the whole image, [61], brightness and contrast included; so real and
 * synthetic images must come on one scale of [0, 1]. Where in the image something is makes no difference. Throws as `toSquare`.
 */
export function pooledFeatures(image: Planes): Float64Array {
  const plane = toSquare(image);
  return restored(scatter(standardized(plane)).pooled, plane);
}

/** Wavelets have mean 0 and moduli scale with what they are of: the coefficients of mean + deviation · x follow from those of x. */
function restored(pooled: Float64Array, plane: Float64Array): Float64Array {
  const deviation = standardDeviation(plane);
  return pooled.map((value, index) => (index === 0 ? meanOf(plane) : deviation * value));
}
