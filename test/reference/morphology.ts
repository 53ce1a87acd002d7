/** @file Reshaping a mask, from the definitions: sets of pixels within a disc of each other, and a Gaussian summed over the plane. */
import { type At, pixelsOf, type Plane } from "./plane.ts";

export function growOf(mask: Plane, radius: number): Uint8Array {
  const inside = pixelsOf(mask).filter((_, index) => mask.data[index] === 1);
  return Uint8Array.from(pixelsOf(mask), ({ x, y }) =>
    inside.some((at) => (x - at.x) ** 2 + (y - at.y) ** 2 <= radius * radius) ? 1 : 0,
  );
}

const opposite = (data: Uint8Array): Uint8Array => data.map((each) => 1 - each);

/** Beyond the image nothing is outside. */
export function shrinkOf(mask: Plane, radius: number): Uint8Array {
  return opposite(growOf({ ...mask, data: opposite(mask.data) }, radius));
}

export function openOf(mask: Plane, radius: number): Uint8Array {
  return growOf({ ...mask, data: shrinkOf(mask, radius) }, radius);
}

/** As if the image went on around itself, empty. */
export function closeOf(mask: Plane, radius: number): Uint8Array {
  const margin = Math.ceil(radius) + 2;
  const [width, height] = [mask.width + 2 * margin, mask.height + 2 * margin];
  const wide: Plane = { width, height, data: new Uint8Array(width * height) };
  const widened = pixelsOf(mask).map(({ x, y }) => (y + margin) * width + x + margin);
  widened.forEach((at, index) => (wide.data[at] = mask.data[index]!));
  const closed = shrinkOf({ ...wide, data: growOf(wide, radius) }, radius);
  return Uint8Array.from(widened, (at) => closed[at]!);
}

/**
 * Where at least half of a Gaussian around the pixel falls on the mask. It is cut off at 3 `sigma`, rounded up to whole pixels, along each axis; the
 * edge of the image is repeated. `spacing`: width and height of a pixel in the unit of `sigma`.
 */
export function smoothOf(mask: Plane, sigma: number, spacing: At = { x: 1, y: 1 }): Uint8Array {
  const { width, height, data } = mask;
  const reach = { x: Math.ceil((3 * sigma) / spacing.x), y: Math.ceil((3 * sigma) / spacing.y) };
  const steps: (At & { weight: number })[] = [];
  for (let y = -reach.y; y <= reach.y; y++) {
    for (let x = -reach.x; x <= reach.x; x++) {
      const squared = (x * spacing.x) ** 2 + (y * spacing.y) ** 2;
      steps.push({ x, y, weight: sigma === 0 ? 1 : Math.exp(-squared / (2 * sigma ** 2)) });
    }
  }
  const total = steps.reduce((sum, { weight }) => sum + weight, 0);
  const clamp = (value: number, size: number): number => Math.min(size - 1, Math.max(0, value));
  return Uint8Array.from(pixelsOf(mask), ({ x, y }) => {
    let inside = 0;
    for (const step of steps)
      inside += step.weight * data[clamp(y + step.y, height) * width + clamp(x + step.x, width)]!;
    // Sums of rounded numbers that should be one half are.
    return inside / total > 0.5 - 1e-5 ? 1 : 0;
  });
}
