/**
 * @file Where a classifier looked: the windows of an image in which its saliency is highest, to be looked at closely. Shen et al. 2021 (GMIC, arXiv:2002.07613),
 * as DiffMIC takes it over. Whole numbers on the host; no gradient goes through the choice.
 */
import type { GraderShape } from "./networks.ts";

/** Cells along a side of the saliency map. */
export function saliencyCells({ size, trunk }: Pick<GraderShape, "size" | "trunk">): number {
  if (trunk.kind === "onnx") return trunk.cells;
  return Math.ceil(size / (trunk.kind === "narrow" ? 8 : 32));
}

export interface Region {
  /** Pixels from the top left of the square image, of the window's own top left. */
  row: number;
  column: number;
}

export interface RegionOptions {
  /** [classes, cells, cells]: any numbers, higher where more of a class is seen. */
  saliency: ArrayLike<number>;
  classes: number;
  cells: number;
  /** Sides of image and window, pixels. */
  size: number;
  side: number;
  count: number;
}

/** A map that is the same everywhere stays one, at 0. */
const EPSILON = 1e-6;

/**
 * The windows of the highest mean, one after the other; what a window covers counts no more for the next ones. Ties: the first in reading order. Each class
 * counts alike, whatever its range. Windows may overlap in part, and repeat only where nothing is left.
 */
export function chooseRegions({ saliency, classes, cells, size, side, count }: RegionOptions): Region[] {
  const window = Math.max(1, roundHalfEven((side * cells) / size));
  if (window > cells) throw new Error(`regions: windows of ${side} pixels do not fit into ${size}.`);
  const total = summedSaliency(saliency, classes, cells);
  const places = cells - window + 1;
  return Array.from({ length: count }, () => {
    let best = { mean: -Infinity, row: 0, column: 0 };
    for (let row = 0; row < places; row++) {
      for (let column = 0; column < places; column++) {
        let sum = 0;
        for (let y = row; y < row + window; y++) {
          for (let x = column; x < column + window; x++) sum += total[y * cells + x]!;
        }
        const mean = sum / window ** 2;
        if (mean > best.mean) best = { mean, row, column };
      }
    }
    for (let y = best.row; y < best.row + window; y++) {
      total.fill(0, y * cells + best.column, y * cells + best.column + window);
    }
    const pixelOf = (cell: number): number => Math.min(size - side, roundHalfEven((cell / cells) * size));
    return { row: pixelOf(best.row), column: pixelOf(best.column) };
  });
}

/** Each class from 0 to 1, then their sum. */
function summedSaliency(saliency: ArrayLike<number>, classes: number, cells: number): Float64Array {
  const area = cells ** 2;
  const total = new Float64Array(area);
  for (let k = 0; k < classes; k++) {
    let [least, most] = [Infinity, -Infinity];
    for (let at = k * area; at < (k + 1) * area; at++) {
      least = Math.min(least, saliency[at]!);
      most = Math.max(most, saliency[at]!);
    }
    for (let at = 0; at < area; at++) total[at]! += (saliency[k * area + at]! - least) / (most - least + EPSILON);
  }
  return total;
}

/** As the published program rounds: halves go to the even number. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/**
 * Windows of an image of planes, one after the other: [channels, size, size] -> [regions, channels, side, side]. `isFirstChannelAlone`: it stands in for each of
 * them, as in the published program.
 */
export function cutRegions(
  image: Float32Array,
  {
    size,
    side,
    channels,
    isFirstChannelAlone = false,
  }: { size: number; side: number; channels: number; isFirstChannelAlone?: boolean },
  regions: readonly Region[],
): Float32Array {
  const cut = new Float32Array(regions.length * channels * side * side);
  let at = 0;
  for (const { row, column } of regions) {
    for (let channel = 0; channel < channels; channel++) {
      for (let y = row; y < row + side; y++) {
        const start = ((isFirstChannelAlone ? 0 : channel) * size + y) * size + column;
        cut.set(image.subarray(start, start + side), at);
        at += side;
      }
    }
  }
  return cut;
}
