/**
 * @file The fixed feature network: a wavelet scattering network of two layers (Bruna & Mallat 2013, arXiv:1203.1513). Its filters are formulas, so there
 * are no weights to license, to download or to trust, and nothing in it was ever trained on patients.
 */
import { directions, moduli } from "./moduli.ts";
import { morlet, SCALES } from "./morlet.ts";
import { SIDE } from "./square.ts";

/** Pixels along a cell of the grid over which coefficients are averaged: 2^J. */
const CELL = 2 ** SCALES;
const CELLS = SIDE / CELL;

/** Coefficients of a place: 1 of order 0, 12 of order 1 (3 scales, 4 directions), 48 of order 2 (3 pairs of scales, 16 pairs of directions). */
export const COEFFICIENTS = 61;

export interface Scattering {
  /** Means over the whole image, [61]: for the distance of two sets of images. */
  pooled: Float64Array;
  /**
   * Means over cells of 8 x 8, [61, 8, 8], each divided by 8: for the distance of two images. The Euclidean distance of two of these is at most √3 times
   * the root mean square of the difference of the planes, since no layer raises the energy.
   */
  local: Float64Array;
}

/**
 * Scattering coefficients of a plane, [64, 64] of `toSquare`. Order 0 is the mean, order 1 that of |x ⋆ ψ_λ|, order 2 that of ||x ⋆ ψ_λ| ⋆ ψ_μ| with μ
 * coarser than λ: other paths hold next to no energy. Order of the coefficients: order 0; for each λ (scale, then direction) its own, then those of
 * its μ. Borders are mirrored; means are plain ones over the cell, no point of any layer is left out.
 */
export function scatter(plane: Float64Array): Scattering {
  if (plane.length !== SIDE ** 2) {
    throw new RangeError(`scattering: ${plane.length} pixels, expected ${SIDE} x ${SIDE}. Use toSquare.`);
  }
  const local = new Float64Array(COEFFICIENTS * CELLS ** 2);
  let coefficient = 0;
  const keep = (layer: Float64Array): void => addCells(layer, local.subarray(coefficient++ * CELLS ** 2));
  keep(plane);
  for (let scale = 0; scale < SCALES; scale++) {
    moduli(plane, WAVELETS[scale]!, first);
    for (const layer of first) {
      keep(layer);
      for (const coarser of WAVELETS.slice(scale + 1)) {
        moduli(layer, coarser, second);
        second.forEach(keep);
      }
    }
  }
  const pooled = new Float64Array(COEFFICIENTS);
  for (let index = 0; index < COEFFICIENTS; index++) {
    const cells = local.subarray(index * CELLS ** 2, (index + 1) * CELLS ** 2);
    pooled[index] = cells.reduce((sum, value) => sum + value, 0) / plane.length;
    for (let cell = 0; cell < cells.length; cell++) cells[cell]! /= CELL ** 2 * CELLS;
  }
  return { pooled, local };
}

const WAVELETS = Array.from({ length: SCALES }, (_, scale) => morlet(scale));

/** The layers that are being worked on, kept between calls as in moduli.ts. */
const first = directions();
const second = directions();

function addCells(layer: Float64Array, cells: Float64Array): void {
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) cells[(y >> SCALES) * CELLS + (x >> SCALES)]! += layer[y * SIDE + x]!;
  }
}
