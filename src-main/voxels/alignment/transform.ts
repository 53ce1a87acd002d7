/** @file Affine maps of one plane onto another, as they are stored: in pixels of the reference, so that what reads them needs no spacing. */

/**
 * Where to look: a pixel of the reference at column, row lies in what is aligned at `a·column + b·row + c`, `d·column + e·row + f`, both in pixels of the
 * reference.
 */
export type PlaneTransform = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const IDENTITY: PlaneTransform = [1, 0, 0, 0, 1, 0];

/** Column and row under a pixel of the reference. */
export function transformPoint([a, b, c, d, e, f]: PlaneTransform, column: number, row: number): [number, number] {
  return [a * column + b * row + c, d * column + e * row + f];
}

/** What is left when the second is done first: a point through `inner`, then through `outer`. */
export function composeTransforms(outer: PlaneTransform, inner: PlaneTransform): PlaneTransform {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f];
}

/** How a plane is held while it is aligned. */
export interface PlaneFrame {
  width: number;
  height: number;
  /** Size of a pixel in mm; where none is known, pixels are squares of side 1. */
  spacing: { x: number; y: number } | null;
}

/** How far an alignment moves: for a person to read. */
export interface Movement {
  /** Of the center, to the right and down, in the unit of the spacing. */
  shift: { x: number; y: number };
  /** Radians, positive from the right to below. */
  turn: number;
  /** Growth along the two main directions, 1 for none. */
  scales: readonly [number, number];
}

/** Of what is aligned, as seen on the reference: the map looks the other way round. */
export function movementOf(transform: PlaneTransform, { width, height, spacing }: PlaneFrame): Movement {
  const { x: sx, y: sy } = spacing ?? { x: 1, y: 1 };
  const center: [number, number] = [(width - 1) / 2, (height - 1) / 2];
  const [column, row] = transformPoint(transform, ...center);
  // In units of length the linear part is one of rotation and stretch.
  const [a, b, , d, e] = transform;
  const linear: Linear = [a, (b * sx) / sy, (d * sy) / sx, e];
  const turn = Math.atan2(linear[2] - linear[1], linear[0] + linear[3]);
  const [p, q, r, s] = linear;
  const [sum, difference] = [Math.hypot(p + s, r - q), Math.hypot(p - s, r + q)];
  return {
    shift: { x: (center[0] - column) * sx, y: (center[1] - row) * sy },
    turn: -turn,
    scales: [2 / (sum + difference), 2 / (sum - difference)],
  };
}

type Linear = readonly [number, number, number, number];

/**
 * Parameters of the search, each in units of length at the rim of the plane, so that a step along any of them moves pixels about as far: shift right, shift
 * down, turn; of an affine map also growth right, growth down, shear.
 */
export function transformOf(parameters: readonly number[], { width, height, spacing }: PlaneFrame): PlaneTransform {
  const { x: sx, y: sy } = spacing ?? { x: 1, y: 1 };
  const radius = rimOf({ width, height, spacing });
  const [right = 0, down = 0, turn = 0, growRight = 0, growDown = 0, shear = 0] = parameters;
  const [cos, sin] = [Math.cos(turn / radius), Math.sin(turn / radius)];
  const [stretchX, stretchY, k] = [Math.exp(growRight / radius), Math.exp(growDown / radius), shear / radius];
  // Stretch, then turn.
  const linear: Linear = [
    cos * stretchX - sin * k,
    cos * k - sin * stretchY,
    sin * stretchX + cos * k,
    sin * k + cos * stretchY,
  ];
  const [a, b, d, e] = [linear[0], (linear[1] * sy) / sx, (linear[2] * sx) / sy, linear[3]];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  return [a, b, cx - a * cx - b * cy + right / sx, d, e, cy - d * cx - e * cy + down / sy];
}

/** Mean half side in units of length: where a turn by 1 / `rimOf` moves by about 1. */
export function rimOf({ width, height, spacing }: PlaneFrame): number {
  const { x, y } = spacing ?? { x: 1, y: 1 };
  return (width * x + height * y) / 4;
}
