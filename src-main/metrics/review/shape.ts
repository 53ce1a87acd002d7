/** @file Where a structure lies and how it is formed, and how unlike those of labelled images that is. */
import { labelComponents, type Size } from "../../voxels/index.ts";

/** Of one class on one image; comparable between images of other sizes. */
export interface Shape {
  /** Share of the image. */
  area: number;
  /** Centroid, as shares of width and height. */
  x: number;
  y: number;
  /** Ratio of the principal axes, from 1. */
  elongation: number;
  /** Share outside the largest piece (corners join), and how many pieces. */
  removedFraction: number;
  components: number;
}

/** Variance of a pixel over itself, so that a line of pixels has a width. */
const PIXEL_VARIANCE = 1 / 12;

/** `mask` `[height, width]`, non-zero inside; null when it is empty. */
export function shapeOf(mask: Uint8Array, { width, height }: Size): Shape | null {
  let count = 0;
  let sumX = 0;
  let sumY = 0;
  let sumXX = 0;
  let sumYY = 0;
  let sumXY = 0;
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      if (mask[pixel] === 0) continue;
      count++;
      sumX += x;
      sumY += y;
      sumXX += x * x;
      sumYY += y * y;
      sumXY += x * y;
    }
  }
  if (count === 0) return null;
  const meanX = sumX / count;
  const meanY = sumY / count;
  const xx = sumXX / count - meanX * meanX + PIXEL_VARIANCE;
  const yy = sumYY / count - meanY * meanY + PIXEL_VARIANCE;
  const xy = sumXY / count - meanX * meanY;
  // Eigenvalues of the covariance.
  const middle = (xx + yy) / 2;
  const apart = Math.sqrt(((xx - yy) / 2) ** 2 + xy * xy);
  const { sizes } = labelComponents(mask, [height, width], 2);
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  return {
    area: count / (width * height),
    x: (meanX + 0.5) / width,
    y: (meanY + 0.5) / height,
    elongation: Math.sqrt((middle + apart) / Math.max(PIXEL_VARIANCE, middle - apart)),
    removedFraction: 1 - largest / count,
    components: sizes.length,
  };
}

/** Fewer labelled images tell nothing of what is usual. */
const FEWEST = 5;
/** MAD of a normal distribution in its standard deviations, inverted. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * Robust z-score: (value - median) / (1.4826 MAD), the deviation at least `smallest`, so that labelled images that happen to agree do not make all
 * others outliers. null with fewer than five usual values.
 */
export function robustZ(value: number, usual: readonly number[], smallest: number): number | null {
  if (usual.length < FEWEST) return null;
  const center = median(usual);
  const deviation = MAD_TO_DEVIATION * median(usual.map((each) => Math.abs(each - center)));
  return (value - center) / Math.max(deviation, smallest);
}

/** Smallest deviations: 5 % of area and elongation (both by their logarithm), 1 % of the side of the image. */
const SMALLEST = { logarithm: 0.05, place: 0.01 };

export interface ShapeZ {
  areaZ: number | null;
  /** Of the two coordinates the one farther off. */
  placeZ: number | null;
  elongationZ: number | null;
}

export function shapeZ(shape: Shape, usual: readonly Shape[]): ShapeZ {
  const elongationZ = logarithmZ(
    shape.elongation,
    usual.map(({ elongation }) => elongation),
  );
  return { ...placedZ(shape, usual), elongationZ };
}

/** Area and place alone. */
export function placedZ(shape: Placed, usual: readonly Placed[]): Omit<ShapeZ, "elongationZ"> {
  const byPlace = (of: (each: Placed) => number) => robustZ(of(shape), usual.map(of), SMALLEST.place);
  const [x, y] = [byPlace((each) => each.x), byPlace((each) => each.y)];
  return {
    areaZ: logarithmZ(
      shape.area,
      usual.map(({ area }) => area),
    ),
    placeZ: x === null || y === null ? null : Math.abs(x) > Math.abs(y) ? x : y,
  };
}

export type Placed = Pick<Shape, "area" | "x" | "y">;

function logarithmZ(value: number, usual: readonly number[]): number | null {
  return robustZ(Math.log(value), usual.map(Math.log), SMALLEST.logarithm);
}

/**
 * Of the pixels that touch class `inner` by an edge from outside, the share that is of class `outer`; the border of the image counts as other. null
 * when `inner` is absent.
 */
export function enclosedShare(
  labels: ArrayLike<number>,
  { width, height }: Size,
  inner: number,
  outer: number,
): number | null {
  let touching = 0;
  let enclosing = 0;
  const look = (isInside: boolean, pixel: number): void => {
    if (isInside && labels[pixel] === inner) return;
    touching++;
    if (isInside && labels[pixel] === outer) enclosing++;
  };
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      if (labels[pixel] !== inner) continue;
      look(x > 0, pixel - 1);
      look(x + 1 < width, pixel + 1);
      look(y > 0, pixel - width);
      look(y + 1 < height, pixel + width);
    }
  }
  return touching === 0 ? null : enclosing / touching;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
