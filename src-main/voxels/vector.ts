/**
 * @file Arithmetic of points and directions in patient coordinates.
 */
import type { Point3 } from "./geometry.ts";

export function addScaled(from: Point3, direction: Point3, length: number): Point3 {
  return { x: from.x + direction.x * length, y: from.y + direction.y * length, z: from.z + direction.z * length };
}

export function subtract(a: Point3, b: Point3): Point3 {
  return { x: a.x - b.x, y: a.y - b.y, z: a.z - b.z };
}

export function dot(a: Point3, b: Point3): number {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

/** Right-handed: of a frame's columnDirection and rowDirection, its normal. */
export function cross(a: Point3, b: Point3): Point3 {
  return { x: a.y * b.z - a.z * b.y, y: a.z * b.x - a.x * b.z, z: a.x * b.y - a.y * b.x };
}
