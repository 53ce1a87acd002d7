/**
 * @file The fixed feature network: a wavelet scattering network of two layers (Bruna & Mallat 2013, arXiv:1203.1513). Its filters are formulas, so there
 * are no weights to license, to download or to trust, and nothing in it was ever trained on patients.
 */
import { alongColumns, alongRows } from "./mirrored-filter.ts";
import { type Morlet, morlet, SCALES } from "./morlet.ts";
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
  const wavelets = Array.from({ length: SCALES }, (_, j) => morlet(j));
  const layers: Float64Array[] = [plane];
  for (let j = 0; j < SCALES; j++) {
    for (const first of moduli(plane, wavelets[j]!)) {
      layers.push(first);
      for (const coarser of wavelets.slice(j + 1)) layers.push(...moduli(first, coarser));
    }
  }
  const local = new Float64Array(layers.length * CELLS ** 2);
  const pooled = new Float64Array(layers.length);
  layers.forEach((layer, index) => {
    const cells = local.subarray(index * CELLS ** 2, (index + 1) * CELLS ** 2);
    for (let at = 0; at < layer.length; at++) {
      cells[Math.floor(at / SIDE / CELL) * CELLS + Math.floor((at % SIDE) / CELL)]! += layer[at]!;
    }
    pooled[index] = cells.reduce((sum, value) => sum + value, 0) / layer.length;
    for (let cell = 0; cell < cells.length; cell++) cells[cell]! /= CELL ** 2 * CELLS;
  });
  return { pooled, local };
}

/** |x ⋆ ψ| in the directions 0, 45, 90 and 135 degrees. The five filters along the rows serve all of them. */
function moduli(plane: Float64Array, { gaussian, axis, diagonal, amplitude }: Morlet): Float64Array[] {
  const smooth = alongRows(plane, gaussian, "even");
  const mean = alongColumns(smooth, gaussian, "even");
  const across = {
    re: alongColumns(alongRows(plane, axis.cosine, "even"), gaussian, "even"),
    im: alongColumns(alongRows(plane, axis.sine, "odd"), gaussian, "even"),
  };
  const down = { re: alongColumns(smooth, axis.cosine, "even"), im: alongColumns(smooth, axis.sine, "odd") };
  const cosine = alongRows(plane, diagonal.cosine, "even");
  const sine = alongRows(plane, diagonal.sine, "odd");
  // (c ± is)(c' + is') with the rows' factor unprimed: the two diagonals share four products.
  const cc = alongColumns(cosine, diagonal.cosine, "even");
  const cs = alongColumns(cosine, diagonal.sine, "odd");
  const sc = alongColumns(sine, diagonal.cosine, "even");
  const ss = alongColumns(sine, diagonal.sine, "odd");
  const zero = new Float64Array(plane.length);
  return [
    modulus([across.re, zero, across.im, zero], mean, amplitude, axis.beta, 1),
    modulus([cc, ss, cs, sc], mean, amplitude, diagonal.beta, 1),
    modulus([down.re, zero, down.im, zero], mean, amplitude, axis.beta, 1),
    modulus([cc, ss, cs, sc], mean, amplitude, diagonal.beta, -1),
  ];
}

/** amplitude · |a - b·sign - β·mean + i (c + d·sign)|. Not by Math.hypot: it guards against an overflow that cannot come here, at ten times the cost. */
function modulus(
  [a, b, c, d]: [Float64Array, Float64Array, Float64Array, Float64Array],
  mean: Float64Array,
  amplitude: number,
  beta: number,
  sign: 1 | -1,
): Float64Array {
  const values = new Float64Array(mean.length);
  for (let at = 0; at < values.length; at++) {
    const re = a[at]! - sign * b[at]! - beta * mean[at]!;
    const im = c[at]! + sign * d[at]!;
    values[at] = amplitude * Math.sqrt(re * re + im * im);
  }
  return values;
}
