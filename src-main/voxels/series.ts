/**
 * @file The order of slices: along the normal of their planes, not by number or name. DICOM PS3.3 C.7.6.2.1.1.
 */
import type { FrameGeometry } from "./geometry.ts";
import { cross, dot } from "./vector.ts";

/** Normals that differ by less count as parallel: cosine of about 2.5 degrees. */
const PARALLEL = 0.999;

/** Something that has a place and, in case it has not, a number. */
export interface SeriesMember {
  geometry?: FrameGeometry | undefined;
  /** Instance Number; null when the file does not say. */
  number: number | null;
}

/**
 * A sorted copy: by position along the common normal where all lie in parallel planes, else by instance number. Equal ones keep
 * their order (several echoes or times at one place).
 */
export function sortSeries<Member extends SeriesMember>(members: readonly Member[]): Member[] {
  const key = positionsAlongNormal(members) ?? members.map(({ number }) => number ?? Infinity);
  return members
    .map((member, index) => ({ member, key: key[index]!, number: member.number ?? Infinity, index }))
    .sort((a, b) => compare(a.key, b.key) || compare(a.number, b.number) || a.index - b.index)
    .map(({ member }) => member);
}

/** Signed distance (mm) of each plane from the origin along the normal of the first; null when they are not parallel. */
function positionsAlongNormal(members: readonly SeriesMember[]): number[] | null {
  const first = members[0]?.geometry;
  if (first === undefined) return null;
  const normal = cross(first.columnDirection, first.rowDirection);
  const positions: number[] = [];
  for (const { geometry } of members) {
    if (geometry === undefined) return null;
    if (dot(normal, cross(geometry.columnDirection, geometry.rowDirection)) < PARALLEL) return null;
    // Digits beyond a micrometer are rounding: slices of one place stay together.
    positions.push(Math.round(dot(normal, geometry.origin) * 1000) / 1000);
  }
  return positions;
}

/** Two infinities are equal; their difference is not a number. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
