/**
 * @file How a mask is moved: six drawn numbers composed to one affine map, so that the mask is resampled once. The map serves images
 * too, and backwards. Positions are pixel centers: column 0 lies at x = 0, the frame reaches from -0.5 to width - 0.5.
 */
import type { Random } from "../../random/index.ts";
import type { Size } from "../../voxels/index.ts";

/** What may be drawn. Shares are of the frame's width along x, of its height along y. */
export interface GeometryRanges {
  /** Chance that columns (x) or rows (y) are put in reverse order. */
  flip: { x: number; y: number };
  /** Up to this share of empty margin on each side, drawn for each by itself; the whole is brought back to the frame's size. */
  pad: number;
  /** Factors of width and height, each drawn by itself. */
  scale: { smallest: number; largest: number };
  /** Up to this angle either way: rows are shifted along x. Degrees. */
  shearDegrees: number;
  /** Up to this angle either way. Degrees, clockwise on the screen where positive. */
  rotationDegrees: number;
  /** Up to this share either way, x and y each by itself. */
  translation: number;
  /** Smooth bending; null: none. */
  elastic: ElasticRange | null;
}

export interface ElasticRange {
  chance: number;
  /** Largest shift of a control point, as share; times `cells` at most `MAX_BEND`. The shift drawn is between 0 and this. */
  amplitude: number;
  /** Control points lie this many to a side apart. */
  cells: number;
}

/** What was drawn: plain numbers, the same after a way through JSON. Applied in the order in which they stand here. */
export interface Geometry {
  flip: { x: boolean; y: boolean };
  pad: { left: number; right: number; top: number; bottom: number };
  scale: { x: number; y: number };
  shearDegrees: number;
  rotationDegrees: number;
  translation: { x: number; y: number };
  elastic: Elastic | null;
}

/** A field of shifts, drawn anew from its own seed wherever it is needed. */
export interface Elastic {
  seed: number;
  amplitude: number;
  cells: number;
}

/**
 * The ranges of GenSeg's published program (Zhang et al. 2025, doi:10.1038/s41467-025-61754-6), which resamples five times in
 * random order; here the order is fixed and the resampling one.
 */
export const GENSEG_RANGES: GeometryRanges = {
  flip: { x: 0.5, y: 0 },
  pad: 0.1,
  scale: { smallest: 0.8, largest: 1.2 },
  shearDegrees: 8,
  rotationDegrees: 15,
  translation: 0.1,
  elastic: null,
};

/** Of geometries that move nothing. */
export const STILL_RANGES: GeometryRanges = {
  flip: { x: 0, y: 0 },
  pad: 0,
  scale: { smallest: 1, largest: 1 },
  shearDegrees: 0,
  rotationDegrees: 0,
  translation: 0,
  elastic: null,
};

/** Leaves everything where it is. */
export const IDENTITY: Geometry = {
  flip: { x: false, y: false },
  pad: { left: 0, right: 0, top: 0, bottom: 0 },
  scale: { x: 1, y: 1 },
  shearDegrees: 0,
  rotationDegrees: 0,
  translation: { x: 0, y: 0 },
  elastic: null,
};

/**
 * Most that `amplitude` times `cells` may be. The slope of a cubic B-spline whose control points shift by `a` at most, in any direction,
 * is 1.5 · a · cells along each axis (the sum of its derivatives' sizes is 1.5 at worst), so both together stay below 0.75 and below 1: nothing folds,
 * and the way back is found by repetition.
 */
export const MAX_BEND = 0.25;

/** Draws all numbers, also those of ranges without width: what one range is does not change what another gives. */
export function drawGeometry(ranges: GeometryRanges, random: Random): Geometry {
  assertRanges(ranges);
  const { pad, scale, shearDegrees, rotationDegrees, translation, elastic } = ranges;
  const either = (most: number): number => random.between(-most, most);
  return {
    flip: { x: random.uniform() < ranges.flip.x, y: random.uniform() < ranges.flip.y },
    pad: {
      left: random.between(0, pad),
      right: random.between(0, pad),
      top: random.between(0, pad),
      bottom: random.between(0, pad),
    },
    scale: { x: random.between(scale.smallest, scale.largest), y: random.between(scale.smallest, scale.largest) },
    shearDegrees: either(shearDegrees),
    rotationDegrees: either(rotationDegrees),
    translation: { x: either(translation), y: either(translation) },
    elastic: drawElastic(elastic, random),
  };
}

function drawElastic(range: ElasticRange | null, random: Random): Elastic | null {
  const [chance, share, seed] = [random.uniform(), random.uniform(), random.uint32()];
  if (range === null || chance >= range.chance) return null;
  return { seed, amplitude: share * range.amplitude, cells: range.cells };
}

/** Throws `RangeError` on ranges that no mask survives or that fold it. */
export function assertRanges({
  flip,
  pad,
  scale,
  shearDegrees,
  rotationDegrees,
  translation,
  elastic,
}: GeometryRanges) {
  const within = (name: string, value: number, low: number, high: number): void => {
    if (!(value >= low && value <= high)) {
      throw new RangeError(`mask geometry: ${name} is ${value}: expected a number from ${low} to ${high}.`);
    }
  };
  within("flip.x", flip.x, 0, 1);
  within("flip.y", flip.y, 0, 1);
  within("pad", pad, 0, 1);
  within("scale.smallest", scale.smallest, 0.05, scale.largest);
  within("scale.largest", scale.largest, scale.smallest, 20);
  within("shearDegrees", shearDegrees, 0, 60);
  within("rotationDegrees", rotationDegrees, 0, 180);
  within("translation", translation, 0, 1);
  if (elastic === null) return;
  within("elastic.chance", elastic.chance, 0, 1);
  within("elastic.cells", elastic.cells, 1, 64);
  if (!Number.isInteger(elastic.cells))
    throw new RangeError(`mask geometry: elastic.cells is ${elastic.cells}: expected a whole number.`);
  within("elastic.amplitude", elastic.amplitude, 0, MAX_BEND / elastic.cells);
}

/** x' = xx·x + xy·y + x0, y' = yx·x + yy·y + y0. Pixels. */
export interface AffineMap {
  xx: number;
  xy: number;
  x0: number;
  yx: number;
  yy: number;
  y0: number;
}

/** Where a pixel of the parent goes, without the elastic part. */
export function forwardMap(geometry: Geometry, { width, height }: Size): AffineMap {
  const { flip, pad, scale, shearDegrees, rotationDegrees, translation } = geometry;
  // With margins the frame is 1 + left + right as wide, and shrunk by as much.
  const shrinkX = 1 / (1 + pad.left + pad.right);
  const shrinkY = 1 / (1 + pad.top + pad.bottom);
  const offsetX = (width * shrinkX * (pad.left - pad.right)) / 2;
  const offsetY = (height * shrinkY * (pad.top - pad.bottom)) / 2;
  const shear = Math.tan((shearDegrees * Math.PI) / 180);
  const angle = (rotationDegrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  // Rotation · shear · scale, rows (a, b) and (c, d).
  const a = cos * scale.x;
  const b = (cos * shear - sin) * scale.y;
  const c = sin * scale.x;
  const d = (sin * shear + cos) * scale.y;
  const acrossX = shrinkX * (flip.x ? -1 : 1);
  const acrossY = shrinkY * (flip.y ? -1 : 1);
  return aroundCenter(
    { xx: a * acrossX, xy: b * acrossY, yx: c * acrossX, yy: d * acrossY },
    { x: a * offsetX + b * offsetY + translation.x * width, y: c * offsetX + d * offsetY + translation.y * height },
    { width, height },
  );
}

/** The way back of an affine map. */
export function inverseMap({ xx, xy, x0, yx, yy, y0 }: AffineMap): AffineMap {
  const determinant = xx * yy - xy * yx;
  const [ixx, ixy, iyx, iyy] = [yy / determinant, -xy / determinant, -yx / determinant, xx / determinant];
  return { xx: ixx, xy: ixy, x0: -(ixx * x0 + ixy * y0), yx: iyx, yy: iyy, y0: -(iyx * x0 + iyy * y0) };
}

function aroundCenter(
  { xx, xy, yx, yy }: Pick<AffineMap, "xx" | "xy" | "yx" | "yy">,
  shift: { x: number; y: number },
  { width, height }: Size,
): AffineMap {
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  return { xx, xy, x0: x - xx * x - xy * y + shift.x, yx, yy, y0: y - yx * x - yy * y + shift.y };
}
