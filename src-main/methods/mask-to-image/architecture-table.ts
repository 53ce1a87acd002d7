/** @file The architecture of a generator as a person reads it: of each cell the shares of its kernels. */
import { CANDIDATES } from "../../networks/index.ts";
import { architectureOf, cellCount, type SynthesisShape } from "./networks.ts";

export interface CellsOfHalf {
  half: "up" | "down";
  /** Of 4 × 4, 6 × 6 and 8 × 8 kernels of each cell, innermost first. */
  shares: number[][];
}

/** `cells`: shares [cells, 3], or the kept kernel of each cell, which then has all. Empty where nothing is searched. */
export function architectureTable(
  cells: Float32Array | readonly number[] | null,
  shape: SynthesisShape,
): CellsOfHalf[] {
  const count = cellCount(shape);
  if (cells === null || count === 0) return [];
  const rows = Array.from({ length: count }, (_, cell) =>
    CANDIDATES.map((__, candidate) =>
      cells instanceof Float32Array ? cells[cell * CANDIDATES.length + candidate]! : +(cells[cell] === candidate),
    ),
  );
  const places = architectureOf(
    rows.map((_, cell) => cell),
    shape,
  );
  return (["up", "down"] as const).flatMap((half) => {
    const own = places[half];
    return own === undefined ? [] : [{ half, shares: own.map((cell) => rows[cell as number]!) }];
  });
}

/** The same as figures of a run: "share/up/0/4" is that of the 4 × 4 kernel in the innermost cell of the half that doubles. */
export function shareFigures(cells: Float32Array | readonly number[], shape: SynthesisShape): Record<string, number> {
  const figures = architectureTable(cells, shape).flatMap(({ half, shares }) =>
    shares.flatMap((row, cell) => row.map((share, at) => [`share/${half}/${cell}/${CANDIDATES[at]!.kernel}`, share])),
  );
  return Object.fromEntries(figures) as Record<string, number>;
}
