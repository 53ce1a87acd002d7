/**
 * @file Where the voxels of a file lie along the pixels of a slice of the project. Coordinates are those of DICOM's patient, in mm
 * (PS3.3 C.7.6.2.1.1).
 */
import type { Volume } from "../volumes.ts";

/** Offsets in the array of voxels: of the first pixel, and steps to the next column and row. */
export interface VoxelWalk {
  start: number;
  column: number;
  row: number;
}

/**
 * How to walk the voxels of a file along the pixels of a slice; null where they do not coincide. Without a place on either side
 * the axes are taken as columns, rows, slices.
 */
export function voxelWalk(
  { size, toPatient }: { size: readonly [number, number, number]; toPatient: readonly (readonly number[])[] | null },
  { slices, geometry }: Volume,
  slice: number,
): VoxelWalk | null {
  const {
    row: { width, height },
    metadata,
  } = slices[slice]!;
  const strides = [1, size[0], size[0] * size[1]] as const;
  if (toPatient === null || geometry === null || metadata.geometry === undefined || metadata.spacing === null) {
    if (size[0] !== width || size[1] !== height || size[2] !== slices.length) return null;
    return { start: slice * strides[2], column: 1, row: strides[1] };
  }
  if (size[0] * size[1] * size[2] !== width * height * slices.length) return null;
  const toVoxel = inverse(toPatient);
  if (toVoxel === null) return null;
  const { origin, columnDirection, rowDirection } = metadata.geometry;
  const at = (column: number, row: number): number[] => {
    const world = (["x", "y", "z"] as const).map(
      (axis, index) =>
        origin[axis] +
        column * metadata.spacing!.x * columnDirection[axis] +
        row * metadata.spacing!.y * rowDirection[axis] -
        toPatient[index]![3]!,
    );
    return toVoxel.map((line) => line[0]! * world[0]! + line[1]! * world[1]! + line[2]! * world[2]!);
  };
  const corners = [at(0, 0), at(width - 1, 0), at(0, height - 1), at(width - 1, height - 1)];
  const rounded = corners.map((corner) => corner.map(Math.round));
  const isOnGrid = corners.every((corner, index) =>
    corner.every((value, axis) => {
      const whole = rounded[index]![axis]!;
      return Math.abs(value - whole) < 0.1 && whole >= 0 && whole < size[axis]!;
    }),
  );
  if (!isOnGrid) return null;
  const offset = (corner: readonly number[]): number =>
    corner.reduce((sum, value, axis) => sum + value * strides[axis]!, 0);
  const [start, right, below] = rounded.map(offset) as [number, number, number];
  // One step of a column is one step along one axis of the array.
  const column = width === 1 ? 0 : (right - start) / (width - 1);
  const row = height === 1 ? 0 : (below - start) / (height - 1);
  const isStep = (step: number, count: number): boolean =>
    count === 1 || strides.some((each) => Math.abs(step) === each);
  return isStep(column, width) && isStep(row, height) ? { start, column, row } : null;
}

function inverse(m: readonly (readonly number[])[]): number[][] | null {
  const [a, b, c] = m as [readonly number[], readonly number[], readonly number[]];
  const cross = (p: readonly number[], q: readonly number[]): number[] => [
    p[1]! * q[2]! - p[2]! * q[1]!,
    p[2]! * q[0]! - p[0]! * q[2]!,
    p[0]! * q[1]! - p[1]! * q[0]!,
  ];
  const columns = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0]! * columns[0]![0]! + a[1]! * columns[0]![1]! + a[2]! * columns[0]![2]!;
  if (Math.abs(determinant) < 1e-12) return null;
  return [0, 1, 2].map((row) => columns.map((column) => column[row]! / determinant));
}
