/**
 * @file Reshaping a mask: grow, shrink, open, close, smooth, fill holes. Discs are exact (by distance), radii in the unit of `spacing`,
 * so that they are round in the patient where pixels are not square. Each returns a fresh mask.
 */
import { squaredDistances } from "./distance-transform.ts";
import type { PixelSpacing } from "./frame.ts";
import { createMask, type Mask } from "./mask.ts";

const squarePixels: PixelSpacing = { x: 1, y: 1 };

/** All pixels within `radius` of the mask. */
export function growMask(mask: Mask, radius: number, spacing = squarePixels): Mask {
  const limit = squaredRadius(radius);
  const data = new Uint8Array(mask.data.length);
  squaredDistances(mask, spacing).forEach((squared, index) => (data[index] = squared <= limit ? 1 : 0));
  return { ...mask, data };
}

/** The pixels farther than `radius` from all outside pixels. Beyond the edge of the image nothing is outside: what was cut off stays. */
export function shrinkMask(mask: Mask, radius: number, spacing = squarePixels): Mask {
  return complement(growMask(complement(mask), radius, spacing));
}

/** Removes what no disc of `radius` fits into: thin bridges and specks. */
export function openMask(mask: Mask, radius: number, spacing = squarePixels): Mask {
  return growMask(shrinkMask(mask, radius, spacing), radius, spacing);
}

/** Fills what no disc of `radius` outside fits into: gaps and narrow bays. */
export function closeMask(mask: Mask, radius: number, spacing = squarePixels): Mask {
  // Room to grow into: else the space between mask and edge would count as a gap.
  const padding = Math.ceil(radius / Math.min(spacing.x, spacing.y)) + 1;
  const { width, height } = mask;
  const padded = createMask(width + 2 * padding, height + 2 * padding);
  for (let y = 0; y < height; y++) {
    padded.data.set(mask.data.subarray(y * width, (y + 1) * width), (y + padding) * padded.width + padding);
  }
  const closed = shrinkMask(growMask(padded, radius, spacing), radius, spacing);
  const cropped = createMask(width, height);
  for (let y = 0; y < height; y++) {
    const start = (y + padding) * padded.width + padding;
    cropped.data.set(closed.data.subarray(start, start + width), y * width);
  }
  return cropped;
}

/**
 * A Gaussian of `sigma`, cut at one half: rounds corners and ragged edges, keeps straight ones where they are. The Gaussian is sampled at pixel centers
 * up to 3 `sigma`, rounded up to whole pixels, and sums to 1; the edge of the image is repeated. One half itself is inside.
 */
export function smoothMask(mask: Mask, sigma: number, spacing = squarePixels): Mask {
  squaredRadius(sigma);
  const { width, height } = mask;
  const across = blur(Float32Array.from(mask.data), { width, height, step: 1 }, kernel(sigma / spacing.x));
  const blurred = blur(across, { width: height, height: width, step: width }, kernel(sigma / spacing.y));
  const data = new Uint8Array(mask.data.length);
  // A little below one half: rounding must not move an edge on which the Gaussian is exactly one half.
  blurred.forEach((value, index) => (data[index] = value > 0.5 - 1e-5 ? 1 : 0));
  return { ...mask, data };
}

/** Outside pixels that no path of edge neighbors joins to the edge of the image become inside. */
export function fillHoles(mask: Mask): Mask {
  const { width, height, data } = mask;
  const filled = new Uint8Array(data.length).fill(1);
  const open: number[] = [];
  const reach = (index: number): void => {
    if (data[index] === 1 || filled[index] === 0) return;
    filled[index] = 0;
    open.push(index);
  };
  for (let x = 0; x < width; x++) {
    reach(x);
    reach((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    reach(y * width);
    reach(y * width + width - 1);
  }
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const x = index % width;
    if (x > 0) reach(index - 1);
    if (x < width - 1) reach(index + 1);
    if (index >= width) reach(index - width);
    if (index < data.length - width) reach(index + width);
  }
  return { ...mask, data: filled };
}

function complement(mask: Mask): Mask {
  return { ...mask, data: mask.data.map((each) => 1 - each) };
}

function squaredRadius(radius: number): number {
  if (!(radius >= 0 && Number.isFinite(radius))) throw new RangeError(`morphology: radius ${radius} is not a length.`);
  return radius * radius;
}

/** One half of a normalized Gaussian: weights of the center and of its neighbors on one side. */
function kernel(sigma: number): Float64Array {
  const reach = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: reach + 1 }, (_, x) =>
    x === 0 ? 1 : Math.exp((-x * x) / (2 * sigma * sigma)),
  );
  const total = 2 * weights.reduce((sum, weight) => sum + weight, 0) - 1;
  return weights.map((weight) => weight / total);
}

/** Along lines of `width` samples that lie `step` apart; the edge is repeated. */
function blur(
  plane: Float32Array,
  { width, height, step }: { width: number; height: number; step: number },
  weights: Float64Array,
): Float32Array {
  const blurred = new Float32Array(plane.length);
  const lineStep = step === 1 ? width : 1;
  for (let line = 0; line < height; line++) {
    const start = line * lineStep;
    for (let x = 0; x < width; x++) {
      let sum = plane[start + x * step]! * weights[0]!;
      for (let reach = 1; reach < weights.length; reach++) {
        const before = plane[start + Math.max(0, x - reach) * step]!;
        const after = plane[start + Math.min(width - 1, x + reach) * step]!;
        sum += (before + after) * weights[reach]!;
      }
      blurred[start + x * step] = sum;
    }
  }
  return blurred;
}
