/**
 * @file Distances between the surfaces of two masks: Hausdorff, HD95, ASSD.
 *
 * The surface is the foreground voxels with a face neighbor in the background; beyond the array is background too.
 * Distances run between voxel centers. The conventions (pooled percentile, mean of both directed means) are medpy's.
 */
import { squaredDistances } from "./distance-transform.ts";

export interface SurfaceDistanceOptions {
  /** Sizes slowest axis first: [y, x] or [z, y, x]. */
  shape: readonly number[];
  /** Voxel spacing in mm, in the order of `shape`. Default 1 each: the results are in voxels. */
  spacing?: readonly number[];
}

/** For every surface voxel of one mask the distance to the surface of the other; both lists are non-empty. */
export interface SurfaceDistances {
  aToB: Float64Array;
  bToA: Float64Array;
}

/** null if either mask is empty: there is no surface to measure to. Throws `RangeError` when sizes do not agree. */
export function surfaceDistances(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  { shape, spacing = shape.map(() => 1) }: SurfaceDistanceOptions,
): SurfaceDistances | null {
  const voxels = shape.reduce((product, size) => product * size, 1);
  if (a.length !== voxels || b.length !== voxels || spacing.length !== shape.length) {
    throw new RangeError(
      `surface distance: masks of ${a.length} and ${b.length} voxels, spacing of ${spacing.length} axes: ` +
        `expected ${voxels} voxels and ${shape.length} axes for shape [${shape.join(", ")}].`,
    );
  }
  const box = boxOf([a, b], shape);
  if (box === null) return null;
  // Beyond the box there is no foreground, so nothing is lost; a structure is small in its volume, and so is its box.
  const size = box.end.map((end, axis) => end - box.start[axis]!);
  const surfaceA = surfaceOf(cropped(a, shape, box), size);
  const surfaceB = surfaceOf(cropped(b, shape, box), size);
  if (surfaceA === null || surfaceB === null) return null;
  return {
    aToB: distancesOn(surfaceA, squaredDistances(surfaceB, size, spacing)),
    bToA: distancesOn(surfaceB, squaredDistances(surfaceA, size, spacing)),
  };
}

/** Hausdorff distance: the farthest that a surface voxel of one mask is from the other. null if either is empty. */
export function hausdorff(a: ArrayLike<number>, b: ArrayLike<number>, options: SurfaceDistanceOptions): number | null {
  return of(surfaceDistances(a, b, options), (distances) => percentile(pooled(distances), 1));
}

/** HD95: 95th percentile of both directed distances pooled, linear between ranks. null if either mask is empty. */
export function hausdorff95(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: SurfaceDistanceOptions,
): number | null {
  return of(surfaceDistances(a, b, options), hausdorff95Of);
}

/** Directed average distance from the surface of `a` to that of `b`. null if either mask is empty. */
export function averageSurfaceDistance(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: SurfaceDistanceOptions,
): number | null {
  return of(surfaceDistances(a, b, options), directedMeanOf);
}

/** ASSD: mean of the two directed averages. null if either mask is empty. */
export function assd(a: ArrayLike<number>, b: ArrayLike<number>, options: SurfaceDistanceOptions): number | null {
  return of(surfaceDistances(a, b, options), assdOf);
}

export function hausdorff95Of(distances: SurfaceDistances): number {
  return percentile(pooled(distances), 0.95);
}

/** From a to b alone. */
export function directedMeanOf({ aToB }: SurfaceDistances): number {
  return mean(aToB);
}

export function assdOf({ aToB, bToA }: SurfaceDistances): number {
  return (mean(aToB) + mean(bToA)) / 2;
}

function of(distances: SurfaceDistances | null, measure: (distances: SurfaceDistances) => number): number | null {
  return distances === null ? null : measure(distances);
}

/** Voxels from `start` to before `end`, slowest axis first. */
interface Box {
  start: number[];
  end: number[];
}

/** The smallest box with all foreground of the masks; null when there is none. */
function boxOf(masks: readonly ArrayLike<number>[], shape: readonly number[]): Box | null {
  const start = shape.map((size) => size);
  const end = shape.map(() => 0);
  const width = shape.at(-1)!;
  const rows = masks[0]!.length / width;
  for (let row = 0; row < rows; row++) {
    let first = width;
    let last = -1;
    for (const mask of masks) {
      const at = row * width;
      let left = 0;
      while (left < first && !mask[at + left]) left++;
      if (left < first) first = left;
      let right = width - 1;
      while (right > last && !mask[at + right]) right--;
      if (right > last) last = right;
    }
    if (last < 0) continue;
    let rest = row;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      const position = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
      start[axis] = Math.min(start[axis]!, position);
      end[axis] = Math.max(end[axis]!, position + 1);
    }
    start[shape.length - 1] = Math.min(start.at(-1)!, first);
    end[shape.length - 1] = Math.max(end.at(-1)!, last + 1);
  }
  return end[0] === 0 ? null : { start, end };
}

function cropped(mask: ArrayLike<number>, shape: readonly number[], { start, end }: Box): Uint8Array {
  const size = end.map((stop, axis) => stop - start[axis]!);
  const width = size.at(-1)!;
  const crop = new Uint8Array(size.reduce((product, length) => product * length, 1));
  for (let at = 0; at < crop.length; at += width) {
    let rest = at / width;
    let source = start.at(-1)!;
    let stride = shape.at(-1)!;
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      source += stride * (start[axis]! + (rest % size[axis]!));
      rest = Math.floor(rest / size[axis]!);
      stride *= shape[axis]!;
    }
    for (let index = 0; index < width; index++) crop[at + index] = mask[source + index] ? 1 : 0;
  }
  return crop;
}

/** 0/1 surface of a mask, null for an empty mask. */
function surfaceOf(mask: ArrayLike<number>, shape: readonly number[]): Uint8Array | null {
  const surface = new Uint8Array(mask.length);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  let isEmpty = true;
  for (let index = 0; index < mask.length; index++) {
    if (!mask[index]) continue;
    isEmpty = false;
    for (let axis = 0; axis < shape.length; axis++) {
      const stride = strides[axis]!;
      const position = Math.floor(index / stride) % shape[axis]!;
      const isInner = position > 0 && position < shape[axis]! - 1 && mask[index - stride] && mask[index + stride];
      if (isInner) continue;
      surface[index] = 1;
      break;
    }
  }
  return isEmpty ? null : surface;
}

function distancesOn(surface: Uint8Array, squared: Float64Array): Float64Array {
  return squared.filter((_, index) => surface[index] === 1).map(Math.sqrt);
}

function pooled({ aToB, bToA }: SurfaceDistances): Float64Array {
  const all = new Float64Array(aToB.length + bToA.length);
  all.set(aToB);
  all.set(bToA, aToB.length);
  return all.sort();
}

/** `sorted` is ascending and not empty; linear between ranks (NumPy's default). */
function percentile(sorted: Float64Array, fraction: number): number {
  const rank = fraction * (sorted.length - 1);
  const below = sorted[Math.floor(rank)]!;
  return below + (sorted[Math.ceil(rank)]! - below) * (rank - Math.floor(rank));
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
