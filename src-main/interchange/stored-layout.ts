/**
 * @file A volume in the array layout of the file that it came from: exports then have the shape and the axes of their source, as tools
 * that lay both over each other voxel by voxel expect. Places in the patient are the same either way.
 */
import { addScaled, type FrameGeometry, type PixelSpacing, type Point3, type Samples } from "../voxels/index.ts";
import type { Volume } from "./volumes.ts";

/** Voxels, first axis fastest, and where they lie. */
export interface VoxelArray {
  dims: readonly [number, number, number];
  data: Samples;
  spacing: PixelSpacing | null;
  geometry: FrameGeometry | null;
}

/** `array` holds all slices of `volume`, columns fastest. As it is, where the layout of the source is not known or was cut. */
export function inStoredLayout(array: VoxelArray, { slices }: Pick<Volume, "slices">): VoxelArray {
  const { dims, data, spacing, geometry } = array;
  const axes = geometry?.storedAxes;
  const isWhole = slices.every(({ row, metadata }, index) => {
    const own = metadata.geometry?.storedAxes;
    return row.frameCount === slices.length && row.frameIndex === index && own?.join() === axes?.join();
  });
  const sliceStep = geometry?.sliceStep ?? null;
  if (axes === undefined || geometry === null || sliceStep === null || spacing === null || !isWhole) return array;
  const { columnDirection, rowDirection } = geometry;
  const steps = [scaled(columnDirection, spacing.x), scaled(rowDirection, spacing.y), sliceStep];
  const strides = [1, dims[0], dims[0] * dims[1]];
  // For each stored axis: which of columns, rows and slices runs along it, and which way.
  const runs = [1, 2, 3].map((stored) => {
    const source = axes.findIndex((axis) => Math.abs(axis) === stored);
    return { count: dims[source]!, stride: strides[source]! * Math.sign(axes[source]!), step: steps[source]! };
  });
  let { origin } = geometry;
  let start = 0;
  const vectors = runs.map(({ count, stride, step }) => {
    if (stride > 0) return step;
    origin = addScaled(origin, step, count - 1);
    start -= stride * (count - 1);
    return scaled(step, -1);
  }) as [Point3, Point3, Point3];
  const [first, second, third] = runs as [(typeof runs)[0], (typeof runs)[0], (typeof runs)[0]];
  const target = data.slice();
  let at = 0;
  for (let k = 0; k < third.count; k++) {
    for (let j = 0; j < second.count; j++) {
      let from = start + k * third.stride + j * second.stride;
      for (let i = 0; i < first.count; i++, from += first.stride) target[at++] = data[from]!;
    }
  }
  const lengths = vectors.map(({ x, y, z }) => Math.hypot(x, y, z)) as [number, number, number];
  return {
    dims: [first.count, second.count, third.count],
    data: target,
    spacing: { x: lengths[0], y: lengths[1] },
    geometry: {
      origin,
      columnDirection: scaled(vectors[0], 1 / lengths[0]),
      rowDirection: scaled(vectors[1], 1 / lengths[1]),
      sliceStep: vectors[2],
    },
  };
}

function scaled({ x, y, z }: Point3, factor: number): Point3 {
  return { x: x * factor, y: y * factor, z: z * factor };
}
