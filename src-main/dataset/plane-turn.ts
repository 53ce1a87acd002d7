/** @file Turning squares of numbers without inventing any: quarter turns, mirroring, small angles by the nearest pixel. */
import type { Random } from "../random/index.ts";

export interface PlaneTurn {
  /** Quarter turns against the clock. */
  quarters: number;
  /** Then: rows or columns in reverse order, or neither. */
  mirror: "rows" | "columns" | null;
  /** Instead of both, against the clock; what comes from outside is 0. */
  degrees: number;
}

const NONE: PlaneTurn = { quarters: 0, mirror: null, degrees: 0 };

/**
 * How an example is turned. "always": by quarters and mirrored, as Bai et al. did on volumes. "flips": half of them, by quarters and mirrored. "paper": as Bai et al. 2023 (arXiv:2305.00673) did on ACDC: half
 * of them as "flips", a quarter by a whole angle of -20 to 19 degrees, a quarter not at all.
 */
export function drawPlaneTurn(rule: "always" | "flips" | "paper", random: Random): PlaneTurn {
  if (rule === "always" || random.uniform() > 0.5) {
    return { quarters: random.integer(4), mirror: random.integer(2) === 0 ? "rows" : "columns", degrees: 0 };
  }
  if (rule === "paper" && random.uniform() > 0.5) return { ...NONE, degrees: random.integer(40) - 20 };
  return NONE;
}

/** Writes `planes` [.., size, size], turned, to `into`; another array of the same kind and length. */
export function turnPlanes<Plane extends Float32Array | Uint8Array>(
  planes: Plane,
  size: number,
  { quarters, mirror, degrees }: PlaneTurn,
  into: Plane,
): void {
  const area = size * size;
  const from = sourcesOf(size, { quarters, mirror, degrees });
  for (let start = 0; start < planes.length; start += area) {
    for (let target = 0; target < area; target++) {
      const source = from[target]!;
      into[start + target] = source < 0 ? 0 : planes[start + source]!;
    }
  }
}

/** For each pixel of the result the one it is read from; -1: none. */
function sourcesOf(size: number, { quarters, mirror, degrees }: PlaneTurn): Int32Array {
  const last = size - 1;
  const center = last / 2;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const sources = new Int32Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const y = mirror === "rows" ? last - row : row;
      const x = mirror === "columns" ? last - column : column;
      // Against the clock: what is in the upper row now was in the right column.
      const [sourceY, sourceX] =
        degrees === 0
          ? quarter(y, x, quarters, last)
          : [
              Math.round(center + cos * (y - center) + sin * (x - center)),
              Math.round(center - sin * (y - center) + cos * (x - center)),
            ];
      const isInside = sourceY >= 0 && sourceY <= last && sourceX >= 0 && sourceX <= last;
      sources[row * size + column] = isInside ? sourceY * size + sourceX : -1;
    }
  }
  return sources;
}

/** Where the pixel (y, x) was before `quarters` quarter turns against the clock. */
function quarter(y: number, x: number, quarters: number, last: number): [number, number] {
  switch (quarters % 4) {
    case 1:
      return [x, last - y];
    case 2:
      return [last - y, last - x];
    case 3:
      return [last - x, y];
    default:
      return [y, x];
  }
}
