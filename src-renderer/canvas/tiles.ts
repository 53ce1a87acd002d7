/** @file An image in pieces that a texture can hold. */
import type { Rectangle } from "../../src-main/voxels/index.ts";
import type { Extent } from "./viewport.ts";

export interface Tile {
  /** Pixels that it draws: each pixel of the image is in one of them. */
  core: Rectangle;
  /** Pixels that its textures hold: some beyond the core, since smoothing and outlines look at neighbors. */
  held: Rectangle;
}

/** Pixels held beyond the core. */
const MARGIN = 32;

/** The fewest tiles of which no side of `held` is longer than `limit` (pixels, above 64). One tile where the image fits. */
export function tilesOf({ width, height }: Extent, limit: number): Tile[] {
  const columns = pieces(width, limit);
  const rows = pieces(height, limit);
  return rows.flatMap((row) =>
    columns.map((column) => ({
      core: { x: column.from, y: row.from, width: column.to - column.from, height: row.to - row.from },
      held: {
        x: column.heldFrom,
        y: row.heldFrom,
        width: column.heldTo - column.heldFrom,
        height: row.heldTo - row.heldFrom,
      },
    })),
  );
}

interface Piece {
  from: number;
  to: number;
  heldFrom: number;
  heldTo: number;
}

function pieces(length: number, limit: number): Piece[] {
  const count = length <= limit ? 1 : Math.ceil(length / (limit - 2 * MARGIN));
  const step = Math.ceil(length / count);
  return Array.from({ length: count }, (_, index) => {
    const from = index * step;
    const to = Math.min(length, from + step);
    return { from, to, heldFrom: Math.max(0, from - MARGIN), heldTo: Math.min(length, to + MARGIN) };
  });
}

/** What two rectangles share; null where they share no pixel. */
export function sharedPart(one: Rectangle, other: Rectangle): Rectangle | null {
  const x = Math.max(one.x, other.x);
  const y = Math.max(one.y, other.y);
  const width = Math.min(one.x + one.width, other.x + other.width) - x;
  const height = Math.min(one.y + one.height, other.y + other.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}
