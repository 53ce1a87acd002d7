/** @file A saliency map of a few cells as a plane over the picture, in the bytes that heat layers are drawn from. */
import type { LabelProposalDetail } from "../../../src-main/api/contract.ts";

type Saliency = LabelProposalDetail["evidence"]["saliency"];

/** Lowest and highest cell of a map: what the colors go from and to. Null where all cells are alike, so that nothing stands out. */
export function saliencyRange(map: readonly number[]): [low: number, high: number] | null {
  if (map.length === 0) return null;
  const [low, high] = [Math.min(...map), Math.max(...map)];
  return high > low ? [low, high] : null;
}

/**
 * One map of `saliency` over an image of that size: 0 where it is highest, 255 where it is lowest and beside its area, as confidence is stored. Between the middles
 * of cells it is bilinear. Null where all cells are alike.
 */
export function saliencyPlane(
  { cells, maps, area }: Saliency,
  place: number,
  { width, height }: { width: number; height: number },
): Uint8Array | null {
  const map = maps[place] ?? [];
  const range = saliencyRange(map);
  if (range === null) return null;
  const [low, high] = range;
  const columns = weights(width, area.left, area.width / cells, cells);
  const rows = weights(height, area.top, area.height / cells, cells);
  const plane = new Uint8Array(width * height).fill(255);
  for (const [y, row] of rows.entries()) {
    if (row === null) continue;
    for (const [x, column] of columns.entries()) {
      if (column === null) continue;
      const cell = (r: number, c: number): number => map[r * cells + c]!;
      const upper = cell(row.from, column.from) * (1 - column.share) + cell(row.from, column.to) * column.share;
      const lower = cell(row.to, column.from) * (1 - column.share) + cell(row.to, column.to) * column.share;
      const value = upper * (1 - row.share) + lower * row.share;
      plane[y * width + x] = Math.round(255 * (1 - (value - low) / (high - low)));
    }
  }
  return plane;
}

/** For each pixel of a side the two cells that it lies between, and how much the second one counts; null beside the area. */
function weights(
  side: number,
  start: number,
  step: number,
  cells: number,
): ({ from: number; to: number; share: number } | null)[] {
  return Array.from({ length: side }, (_, pixel) => {
    const at = (pixel + 0.5 - start) / step;
    if (at < 0 || at > cells) return null;
    const middle = Math.min(cells - 1, Math.max(0, at - 0.5));
    const from = Math.floor(middle);
    return { from, to: Math.min(cells - 1, from + 1), share: middle - from };
  });
}
