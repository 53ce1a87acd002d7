import type { Point } from "../../src-main/voxels/index.ts";

/** The line through these points as `d` of an SVG path, open; empty without points. */
export function linePath(points: readonly Point[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join("");
}
