/** @file What is under the pointer: the pixel, its value in units of the modality, and where it lies. */
import { type Frame, pixelToPatient, type Point, type Point3 } from "../../src-main/voxels/index.ts";

export interface ReadOut {
  /** Column and row, from 0. */
  pixel: Point;
  /** After rescale, one per channel. */
  values: number[];
  /** Of the values; null where the file names none. */
  unit: string | null;
  place: Place | null;
}

/** In mm: in the patient (LPS, DICOM PS3.3 C.7.6.2.1.1), else from the left top corner of the picture. */
export type Place = { kind: "patient"; at: Point3 } | { kind: "plane"; at: Point };

/** Null outside the picture. `point` is in image pixels; the place is that of the point itself, not of the middle of its pixel. */
export function readOut(frame: Frame, point: Point): ReadOut | null {
  const { width, height, channels, data, rescaleSlope, rescaleIntercept, unit, spacing, geometry } = frame;
  const pixel = { x: Math.floor(point.x), y: Math.floor(point.y) };
  if (pixel.x < 0 || pixel.y < 0 || pixel.x >= width || pixel.y >= height) return null;
  const first = (pixel.y * width + pixel.x) * channels;
  const values = Array.from(
    data.subarray(first, first + channels),
    (stored) => stored * rescaleSlope + rescaleIntercept,
  );
  return { pixel, values, unit: unit ?? null, place: place() };

  function place(): Place | null {
    if (spacing === null) return null;
    if (geometry === undefined) return { kind: "plane", at: { x: point.x * spacing.x, y: point.y * spacing.y } };
    // The center of the first pixel is at 0.5, 0.5 here and at the origin there.
    const index = { column: point.x - 0.5, row: point.y - 0.5 };
    return { kind: "patient", at: pixelToPatient(geometry, spacing, index) };
  }
}

/** Letters of the side that a patient coordinate lies on: left or right, posterior or anterior, superior or inferior. */
export function sidesOf({ x, y, z }: Point3): [side: "L" | "R" | "P" | "A" | "S" | "I", mm: number][] {
  return [
    [x < 0 ? "R" : "L", Math.abs(x)],
    [y < 0 ? "A" : "P", Math.abs(y)],
    [z < 0 ? "I" : "S", Math.abs(z)],
  ];
}
