/** @file Patches of volumes: where they are cut, with zeros beyond the border, and how they are turned. */
import type { Random } from "../random/index.ts";
import type { PerVolumeAxis, Volume } from "./volume.ts";

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
  size: Volume["size"],
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

/** A turn of every plane by quarters, then a mirror image: exact, no interpolation. */
export interface PatchTurn {
  /** Quarter turns; odd ones only where planes are square. */
  quarters: 0 | 1 | 2 | 3;
  /** Across rows or across columns. */
  mirror: "rows" | "columns";
}

/** As for left atria: always one mirror image, and any of the four turns, or of the two that fit oblong planes. */
export function drawTurn([, rows, columns]: PerVolumeAxis, random: Random): PatchTurn {
  const quarters = (rows === columns ? random.integer(4) : 2 * random.integer(2)) as PatchTurn["quarters"];
  return { quarters, mirror: random.integer(2) === 0 ? "rows" : "columns" };
}

/** Turns a patch `[planes, rows, columns]` in place. Image and label map of one patch take the same turn. */
export function turnPatch(
  values: Float32Array | Uint8Array,
  size: PerVolumeAxis,
  { quarters, mirror }: PatchTurn,
): void {
  const [planes, rows, columns] = size;
  if (quarters % 2 === 1 && rows !== columns) {
    throw new RangeError(`volume: planes of ${rows} × ${columns} cannot be turned by a quarter.`);
  }
  const area = rows * columns;
  const sources = new Int32Array(area);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let [y, x] = mirror === "rows" ? [rows - 1 - row, column] : [row, columns - 1 - column];
      if (quarters === 1) [y, x] = [x, columns - 1 - y];
      if (quarters === 2) [y, x] = [rows - 1 - y, columns - 1 - x];
      if (quarters === 3) [y, x] = [rows - 1 - x, y];
      sources[row * columns + column] = y * columns + x;
    }
  }
  const before = values.slice(0, area);
  for (let plane = 0; plane < planes; plane++) {
    const own = values.subarray(plane * area, (plane + 1) * area);
    before.set(own as Float32Array & Uint8Array);
    for (let pixel = 0; pixel < area; pixel++) own[pixel] = before[sources[pixel]!]!;
  }
}
