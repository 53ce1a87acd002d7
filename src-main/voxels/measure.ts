/**
 * @file Lengths, angles and areas on an image: in mm where the spacing is known, else in pixels.
 */
import type { Point } from "./brush.ts";
import type { PixelSpacing } from "./frame.ts";
import type { LabelMap } from "./label-map.ts";

export interface Measurement {
  value: number;
  unit: "mm" | "mm²" | "px" | "px²" | "rad";
}

export function measureLength(from: Point, to: Point, spacing: PixelSpacing | null): Measurement {
  const { x, y } = spacing ?? { x: 1, y: 1 };
  return { value: Math.hypot((to.x - from.x) * x, (to.y - from.y) * y), unit: spacing === null ? "px" : "mm" };
}

/** Angle at `vertex` between the rays to `first` and `second`, in [0, π]; 0 when a ray has no length. Spacing makes it true for non-square pixels. */
export function measureAngle(first: Point, vertex: Point, second: Point, spacing: PixelSpacing | null): Measurement {
  const { x, y } = spacing ?? { x: 1, y: 1 };
  const ax = (first.x - vertex.x) * x;
  const ay = (first.y - vertex.y) * y;
  const bx = (second.x - vertex.x) * x;
  const by = (second.y - vertex.y) * y;
  return { value: Math.atan2(Math.abs(ax * by - ay * bx), ax * bx + ay * by), unit: "rad" };
}

/** Area that class `value` covers. */
export function measureArea(map: LabelMap, value: number, spacing: PixelSpacing | null): Measurement {
  let pixels = 0;
  for (const each of map.data) if (each === value) pixels++;
  if (spacing === null) return { value: pixels, unit: "px²" };
  return { value: pixels * spacing.x * spacing.y, unit: "mm²" };
}
