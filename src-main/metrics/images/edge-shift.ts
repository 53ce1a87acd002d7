/** @file How far the edges of an image lie from those of its reference: errors of value say little of geometry. */

/** Pixels; positive where the edges of the image lie below, or right of, those of the reference. */
export interface EdgeShift {
  down: number;
  across: number;
}

/** Farthest displacement that is tried, pixels. */
const REACH = 4;

/**
 * The displacement in whole pixels, up to 4 each way, at which the lengths of both gradients correlate best, over the part that both show at any of them; of equals
 * the shortest. Images `[height, width]`. null where either has no edge there, or the images are too small. Throws `RangeError` for sizes that differ.
 */
export function edgeShift(
  image: ArrayLike<number>,
  reference: ArrayLike<number>,
  { width, height }: { width: number; height: number },
): EdgeShift | null {
  if (image.length !== width * height || reference.length !== width * height) {
    throw new RangeError(
      `edgeShift: the image has ${image.length} pixels, the reference ${reference.length}, expected ${width} x ${height}.`,
    );
  }
  const [edges, wanted] = [edgesOf(image, width, height), edgesOf(reference, width, height)];
  let best: (EdgeShift & { score: number }) | null = null;
  for (const { down, across } of SHIFTS) {
    const score = correlation(edges, wanted, { width, height, down, across });
    if (score !== null && (best === null || score > best.score)) best = { down, across, score };
  }
  return best === null ? null : { down: best.down, across: best.across };
}

/** From the shortest. */
const SHIFTS: readonly EdgeShift[] = Array.from({ length: (2 * REACH + 1) ** 2 }, (_, at) => ({
  down: Math.floor(at / (2 * REACH + 1)) - REACH,
  across: (at % (2 * REACH + 1)) - REACH,
})).toSorted((a, b) => Math.hypot(a.down, a.across) - Math.hypot(b.down, b.across));

/** Lengths of forward differences; none beyond the last row and column. */
function edgesOf(image: ArrayLike<number>, width: number, height: number): Float32Array {
  return Float32Array.from({ length: width * height }, (_, at) => {
    const value = image[at]!;
    const right = at % width === width - 1 ? value : image[at + 1]!;
    const below = at >= width * (height - 1) ? value : image[at + width]!;
    return Math.hypot(right - value, below - value);
  });
}

/** null: one of both is the same everywhere. */
function correlation(
  edges: Float32Array,
  wanted: Float32Array,
  { width, height, down, across }: EdgeShift & { width: number; height: number },
): number | null {
  let [count, a, b, aa, bb, ab] = [0, 0, 0, 0, 0, 0];
  for (let row = REACH; row < height - REACH; row++) {
    for (let column = REACH; column < width - REACH; column++) {
      const one = edges[(row + down) * width + column + across]!;
      const other = wanted[row * width + column]!;
      count++;
      a += one;
      b += other;
      aa += one * one;
      bb += other * other;
      ab += one * other;
    }
  }
  const spread = (aa - a ** 2 / count) * (bb - b ** 2 / count);
  return count > 0 && spread > 0 ? (ab - (a * b) / count) / Math.sqrt(spread) : null;
}
