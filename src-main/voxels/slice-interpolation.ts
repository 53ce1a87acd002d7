/**
 * @file Shapes between two annotated slices. Raya & Udupa, Shape-based interpolation of multidimensional objects, IEEE TMI 9 (1990):
 * blend signed distances; shapes are first brought to one center, so that a structure that wanders between slices does not vanish.
 */
import { signedDistances } from "./distance-transform.ts";
import type { PixelSpacing } from "./frame.ts";
import { createLabelMap, type LabelMap, presentClasses } from "./label-map.ts";
import { type Mask, maskOfClass } from "./mask.ts";

/** Differences below this are rounding: they must not decide a tie. */
const HAIR = 1e-9;

/**
 * The label map at `fraction` of the way from one slice (0) to the other (1). A class that only one of them shows is left out: where
 * it ends nobody has said. Where classes meet, the one that lies deeper wins; of equally deep ones that of the lowest value. Shapes are moved onto their
 * common center by whole pixels, halves to the left and up. What lies exactly on the border is outside.
 */
export function interpolateSlices(
  from: LabelMap,
  to: LabelMap,
  fraction: number,
  spacing: PixelSpacing = { x: 1, y: 1 },
): LabelMap {
  const { width, height } = from;
  if (to.width !== width || to.height !== height) {
    throw new RangeError(`interpolation: slices of ${width} x ${height} and ${to.width} x ${to.height} pixels.`);
  }
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`interpolation: fraction ${fraction} is not in [0, 1].`);
  const between = createLabelMap(width, height);
  const deepest = new Float64Array(width * height);
  const shown = new Set(presentClasses(to));
  for (const value of presentClasses(from)) {
    if (!shown.has(value)) continue;
    const start = shapeOf(maskOfClass(from, value), spacing);
    const end = shapeOf(maskOfClass(to, value), spacing);
    const center = {
      x: start.center.x + fraction * (end.center.x - start.center.x),
      y: start.center.y + fraction * (end.center.y - start.center.y),
    };
    const startAt = sampler(start, center, { width, height });
    const endAt = sampler(end, center, { width, height });
    for (let y = 0, index = 0; y < height; y++) {
      for (let x = 0; x < width; x++, index++) {
        const distance = blend(startAt(x, y), endAt(x, y), fraction);
        if (distance > deepest[index]! - HAIR) continue;
        deepest[index] = distance;
        between.data[index] = value;
      }
    }
  }
  return between;
}

/** Infinite distances, those of a class that is everywhere, have no say where their share is 0. */
function blend(start: number, end: number, fraction: number): number {
  if (fraction === 0) return start;
  return fraction === 1 ? end : (1 - fraction) * start + fraction * end;
}

interface CenteredShape {
  distances: Float64Array;
  center: { x: number; y: number };
}

function shapeOf(mask: Mask, spacing: PixelSpacing): CenteredShape {
  let count = 0;
  const center = { x: 0, y: 0 };
  mask.data.forEach((each, index) => {
    if (each === 0) return;
    count++;
    center.x += index % mask.width;
    center.y += Math.floor(index / mask.width);
  });
  center.x /= count;
  center.y /= count;
  return { distances: signedDistances(mask, spacing), center };
}

/** Reads the shape as if its center lay at `center`; the edge is repeated. */
function sampler(
  { distances, center: own }: CenteredShape,
  center: { x: number; y: number },
  { width, height }: { width: number; height: number },
): (x: number, y: number) => number {
  const dx = Math.floor(own.x - center.x + 0.5 + HAIR);
  const dy = Math.floor(own.y - center.y + 0.5 + HAIR);
  return (x, y) => {
    const column = Math.min(width - 1, Math.max(0, x + dx));
    const row = Math.min(height - 1, Math.max(0, y + dy));
    return distances[row * width + column]!;
  };
}
