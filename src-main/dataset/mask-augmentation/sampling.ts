/** @file Reading between pixels. A plane carries a margin of one pixel, so that no position needs a case of its own. */
import type { Size } from "../../voxels/index.ts";

/** `[height + 2, width + 2]`: the plane and a margin of one pixel; further outside the margin goes on. */
export interface PaddedPlane {
  width: number;
  height: number;
  data: Float32Array;
}

/** A copy of `plane` [height, width] with a margin: a number everywhere, or what lies next to it. */
export function padded(plane: ArrayLike<number>, { width, height }: Size, margin: number | "repeat"): PaddedPlane {
  const data = new Float32Array((width + 2) * (height + 2));
  if (margin !== "repeat" && margin !== 0) data.fill(margin);
  for (let row = 0; row < height; row++) {
    const start = (row + 1) * (width + 2) + 1;
    for (let column = 0; column < width; column++) data[start + column] = plane[row * width + column]!;
    if (margin !== "repeat") continue;
    data[start - 1] = data[start]!;
    data[start + width] = data[start + width - 1]!;
  }
  if (margin === "repeat") {
    const stride = width + 2;
    data.copyWithin(0, stride, 2 * stride);
    data.copyWithin((height + 1) * stride, height * stride, (height + 1) * stride);
  }
  return { width, height, data };
}

/** Bilinear value at (x, y), pixels of the plane without its margin. */
export function bilinear({ width, height, data }: PaddedPlane, x: number, y: number): number {
  const inX = Math.min(width + 1, Math.max(0, x + 1));
  const inY = Math.min(height + 1, Math.max(0, y + 1));
  const left = Math.min(width, Math.floor(inX));
  const top = Math.min(height, Math.floor(inY));
  const across = inX - left;
  const down = inY - top;
  const upper = top * (width + 2) + left;
  const lower = upper + width + 2;
  const above = data[upper]! * (1 - across) + data[upper + 1]! * across;
  const below = data[lower]! * (1 - across) + data[lower + 1]! * across;
  return above * (1 - down) + below * down;
}
