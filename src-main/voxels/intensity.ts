/**
 * @file One number per pixel for whatever looks for edges: the sample of a grey frame, the luma of a color frame.
 */
import type { Frame } from "./frame.ts";

/** Reads the pixel at row-major `index`, in stored units. Luma as ITU-R BT.601. */
export function intensityOf({ channels, data }: Frame): (index: number) => number {
  if (channels === 1) return (index) => data[index]!;
  return (index) => 0.299 * data[3 * index]! + 0.587 * data[3 * index + 1]! + 0.114 * data[3 * index + 2]!;
}

/**
 * Length of the gradient by Sobel's kernels at column x, row y; the edge is repeated. In stored units per pixel; 0 beside a pixel without a value (NaN,
 * infinite): no edge is known there.
 */
export function gradientOf(frame: Frame): (x: number, y: number) => number {
  const { width, height } = frame;
  const at = intensityOf(frame);
  return (x, y) => {
    const left = Math.max(0, x - 1);
    const right = Math.min(width - 1, x + 1);
    const above = Math.max(0, y - 1) * width;
    const row = y * width;
    const below = Math.min(height - 1, y + 1) * width;
    const aboveLeft = at(above + left);
    const aboveRight = at(above + right);
    const belowLeft = at(below + left);
    const belowRight = at(below + right);
    const across = aboveRight - aboveLeft + 2 * (at(row + right) - at(row + left)) + belowRight - belowLeft;
    const down = belowLeft - aboveLeft + 2 * (at(below + x) - at(above + x)) + belowRight - aboveRight;
    const length = Math.hypot(across, down) / 8;
    return Number.isFinite(length) ? length : 0;
  };
}
