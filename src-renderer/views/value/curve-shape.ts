/** @file From Dice to pixels of a plot. */

interface Plane {
  width: number;
  height: number;
  range: readonly [number, number];
}

/** Whole tenths around all values, never beyond 0 and 1. */
export function niceRange(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  // Rounded first: 0.7 is a little more than seven tenths.
  const tenths = values.map((value) => Math.round(1000 * value) / 100);
  let low = Math.max(0, Math.floor(Math.min(...tenths)));
  let high = Math.min(10, Math.ceil(Math.max(...tenths)));
  if (low === high) {
    low = Math.max(0, low - 1);
    high = Math.min(10, high + 1);
  }
  return [low / 10, high / 10];
}

/** `x`: 0 to 1 over the width. */
export function place({ x, y }: { x: number; y: number }, { width, height, range: [low, high] }: Plane) {
  return { x: x * width, y: height * (1 - (y - low) / (high - low)) };
}

/** Path data of SVG. */
export function curvePath(points: readonly { x: number; y: number }[], plane: Plane): string {
  return points
    .map((point, index) => {
      const { x, y } = place(point, plane);
      return `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}
