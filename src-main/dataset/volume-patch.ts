/** @file Patches of volumes: where they are cut, with zeros beyond the border. */
import type { Random } from "../random/index.ts";
import type { PerVolumeAxis } from "./volume.ts";

/** Planes added before and after where a volume is not larger than its patch, beyond what is missing: room to move. */
const ROOM = 3;

/**
 * Where a random patch begins, relative to the volume: negative where it reaches beyond. As UA-MT (arXiv:1907.07034) and BCP crop: is any axis
 * not longer than the patch, every axis gets max(⌊(patch - size) / 2⌋ + 3, 0) zeros at both ends; then each start is uniform, the last
 * possible one excluded.
 */
export function drawPatch(size: PerVolumeAxis, patch: PerVolumeAxis, random: Random): PerVolumeAxis {
  const isPadded = size.some((length, axis) => length <= patch[axis]!);
  return size.map((length, axis) => {
    const missing = patch[axis]! - length;
    const before = isPadded ? Math.max(Math.floor(missing / 2) + ROOM, 0) : 0;
    return random.integer(2 * before - missing) - before;
  }) as unknown as PerVolumeAxis;
}

/** Copies the patch that begins at `start` to `into`, `[..patch]`; zeros where it reaches beyond the volume. */
export function cutPatch<Values extends Float32Array | Uint8Array>(
  values: Values,
  size: PerVolumeAxis,
  { start, patch, into }: { start: PerVolumeAxis; patch: PerVolumeAxis; into: Values },
): void {
  const [depth, height, width] = size;
  const [planes, rows, columns] = patch;
  const left = Math.max(0, -start[2]);
  const right = Math.min(columns, width - start[2]);
  into.fill(0);
  if (right <= left) return;
  for (let plane = 0; plane < planes; plane++) {
    const z = start[0] + plane;
    if (z < 0 || z >= depth) continue;
    for (let row = 0; row < rows; row++) {
      const y = start[1] + row;
      if (y < 0 || y >= height) continue;
      const from = (z * height + y) * width + start[2];
      into.set(values.subarray(from + left, from + right), (plane * rows + row) * columns + left);
    }
  }
}
