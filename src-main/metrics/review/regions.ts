/** @file Parts of a label map in which its uncertainty is averaged: over the whole image the background would outweigh all else. */
import type { Size } from "../../voxels/index.ts";

/** Pixels no farther than `radius` from one of the mask, 0 or 1. */
export function dilate(mask: ArrayLike<number>, { width, height }: Size, radius: number): Uint8Array {
  const reach = Math.floor(radius);
  const half = Array.from({ length: reach + 1 }, (_, dy) => Math.floor(Math.sqrt(radius * radius - dy * dy)));
  const grown = new Uint8Array(width * height);
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      if (!mask[pixel]) continue;
      const isInner =
        x > 0 &&
        x < width - 1 &&
        y > 0 &&
        y < height - 1 &&
        mask[pixel - 1] &&
        mask[pixel + 1] &&
        mask[pixel - width] &&
        mask[pixel + width];
      grown[pixel] = 1;
      if (isInner) continue; // its disc lies in those of the edge
      for (let dy = -reach; dy <= reach; dy++) {
        const row = y + dy;
        if (row < 0 || row >= height) continue;
        const across = half[Math.abs(dy)]!;
        grown.fill(1, row * width + Math.max(0, x - across), row * width + Math.min(width - 1, x + across) + 1);
      }
    }
  }
  return grown;
}

/** Pixels within `distance` of a contour: a border between two classes, background included. */
export function nearContours(labels: ArrayLike<number>, size: Size, distance: number): Uint8Array {
  const { width, height } = size;
  const edge = new Uint8Array(width * height);
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      if (x + 1 < width && labels[pixel] !== labels[pixel + 1]) edge[pixel] = edge[pixel + 1] = 1;
      if (y + 1 < height && labels[pixel] !== labels[pixel + width]) edge[pixel] = edge[pixel + width] = 1;
    }
  }
  // The contour runs half a pixel beside the centers of its pixels.
  return dilate(edge, size, distance - 0.5);
}

/** Mean of the values where the mask is 1; null where it is empty. */
export function meanWithin(values: ArrayLike<number>, mask: ArrayLike<number>): number | null {
  let sum = 0;
  let count = 0;
  for (let pixel = 0; pixel < mask.length; pixel++) {
    if (!mask[pixel]) continue;
    sum += values[pixel]!;
    count++;
  }
  return count === 0 ? null : sum / count;
}
