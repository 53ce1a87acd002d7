/**
 * @file Connected components of a mask, in two or three dimensions.
 */

/** Sizes `[y, x]` or `[z, y, x]`, x fastest. */
export type MaskShape = readonly [number, number] | readonly [number, number, number];

export interface Components {
  /** 0 = background, 1..count in the order of their first voxel. Same layout as the mask. */
  labels: Int32Array;
  /** Voxels of each component; `sizes[0]` belongs to label 1. */
  sizes: number[];
}

/**
 * Labels the connected components of all non-zero voxels. `connectivity` is the number of axes along which neighbors
 * may differ: 1 = faces only, up to the number of axes = corners too (scikit-image's convention).
 */
export function labelComponents(mask: ArrayLike<number>, shape: MaskShape, connectivity: number): Components {
  const [depth, height, width] = shape.length === 3 ? shape : [1, ...shape];
  const steps: [number, number, number][] = [];
  for (let dz = -1; dz <= 1; dz++) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const axes = Math.abs(dz) + Math.abs(dy) + Math.abs(dx);
        if (axes >= 1 && axes <= connectivity && (depth > 1 || dz === 0)) steps.push([dz, dy, dx]);
      }
    }
  }
  const labels = new Int32Array(mask.length);
  const sizes: number[] = [];
  const open: number[] = [];
  for (let seed = 0; seed < mask.length; seed++) {
    if (!mask[seed] || labels[seed]) continue;
    const label = sizes.length + 1;
    let size = 0;
    labels[seed] = label;
    open.push(seed);
    for (let voxel = open.pop(); voxel !== undefined; voxel = open.pop()) {
      size++;
      const x = voxel % width;
      const y = Math.floor(voxel / width) % height;
      const z = Math.floor(voxel / (width * height));
      for (const [dz, dy, dx] of steps) {
        if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height || z + dz < 0 || z + dz >= depth) continue;
        const neighbor = voxel + (dz * height + dy) * width + dx;
        if (!mask[neighbor] || labels[neighbor]) continue;
        labels[neighbor] = label;
        open.push(neighbor);
      }
    }
    sizes.push(size);
  }
  return { labels, sizes };
}

/** The largest component alone, 0/1; the first of equals; all zero for an empty mask. */
export function largestComponent(mask: ArrayLike<number>, shape: MaskShape, connectivity: number): Uint8Array {
  const { labels, sizes } = labelComponents(mask, shape, connectivity);
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  const label = sizes.indexOf(largest) + 1;
  return Uint8Array.from(labels, (value) => (label > 0 && value === label ? 1 : 0));
}
