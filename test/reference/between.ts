/**
 * @file Slices between two drawn ones, from Raya & Udupa, Shape-based interpolation of multidimensional objects, IEEE TMI 9 (1990), and
 * what src-main/voxels/slice-interpolation.ts says of centers and ties: distances of all pairs.
 */
import { type At, pixelsOf, type Plane } from "./plane.ts";

/** Less than this is rounding. */
const HAIR = 1e-9;

interface DrawnShape {
  center: At;
  /** Of each pixel, from the border, negative inside. */
  depths: number[];
}

/** The labels at `fraction` of the way between two slices. `spacing`: width and height of a pixel. */
export function betweenOf(from: Plane, to: Plane, fraction: number, spacing: At = { x: 1, y: 1 }): Uint8Array {
  const between = new Uint8Array(from.data.length);
  const deepest = pixelsOf(from).map(() => 0);
  const values = [...new Set(from.data)].filter((value) => value > 0 && to.data.includes(value)).sort((a, b) => a - b);
  for (const value of values) {
    const [start, end] = [from, to].map((plane) => shapeOfClass(plane, value, spacing));
    const center = {
      x: (1 - fraction) * start!.center.x + fraction * end!.center.x,
      y: (1 - fraction) * start!.center.y + fraction * end!.center.y,
    };
    pixelsOf(from).forEach((at, index) => {
      const [a, b] = [depthAt(from, start!, { at, center }), depthAt(to, end!, { at, center })];
      const depth = fraction === 0 ? a : fraction === 1 ? b : (1 - fraction) * a + fraction * b;
      if (depth >= deepest[index]! - HAIR) return;
      deepest[index] = depth;
      between[index] = value;
    });
  }
  return between;
}

function shapeOfClass(plane: Plane, value: number, spacing: At): DrawnShape {
  const pixels = pixelsOf(plane);
  const inside = pixels.filter((_, index) => plane.data[index] === value);
  const outside = pixels.filter((_, index) => plane.data[index] !== value);
  const half = Math.min(spacing.x, spacing.y) / 2;
  const nearest = (at: At, others: readonly At[]): number => {
    let least = Infinity;
    for (const { x, y } of others) {
      least = Math.min(least, ((at.x - x) * spacing.x) ** 2 + ((at.y - y) * spacing.y) ** 2);
    }
    return Math.sqrt(least);
  };
  const mean = (axis: "x" | "y"): number => inside.reduce((sum, each) => sum + each[axis], 0) / inside.length;
  return {
    center: { x: mean("x"), y: mean("y") },
    depths: pixels.map((at, index) =>
      plane.data[index] === value ? half - nearest(at, outside) : nearest(at, inside) - half,
    ),
  };
}

/** As if the shape had been moved to the center by whole pixels, halves to the left and up; beyond the image as at its edge. */
function depthAt({ width, height }: Plane, shape: DrawnShape, { at, center }: { at: At; center: At }): number {
  const back = (axis: "x" | "y"): number => Math.floor(shape.center[axis] - center[axis] + 0.5 + HAIR);
  const x = Math.min(width - 1, Math.max(0, at.x + back("x")));
  const y = Math.min(height - 1, Math.max(0, at.y + back("y")));
  return shape.depths[y * width + x]!;
}
