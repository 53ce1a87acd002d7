/** @file Filters along the rows or the columns of a square plane that is mirrored at its borders, the edge pixel repeated. */
import { SIDE } from "./square.ts";

/**
 * The convolution with `filter` ([-radius, radius], even or odd) along the rows, `[64, 64] -> [64, 64]`. Mirrored taps are added up before the one
 * multiplication that they share.
 */
export function alongRows(plane: Float64Array, filter: Float64Array, parity: "even" | "odd"): Float64Array {
  return convolve(plane, filter, parity, { step: 1, line: SIDE });
}

/** As `alongRows`, along the columns. */
export function alongColumns(plane: Float64Array, filter: Float64Array, parity: "even" | "odd"): Float64Array {
  return convolve(plane, filter, parity, { step: SIDE, line: 1 });
}

function convolve(
  plane: Float64Array,
  filter: Float64Array,
  parity: "even" | "odd",
  { step, line }: { step: number; line: number },
): Float64Array {
  const radius = (filter.length - 1) / 2;
  const filtered = new Float64Array(plane.length);
  const padded = new Float64Array(SIDE + 2 * radius);
  for (let start = 0; start < (step === 1 ? SIDE * SIDE : SIDE); start += line) {
    for (let at = 0; at < SIDE; at++) padded[radius + at] = plane[start + at * step]!;
    for (let at = 0; at < radius; at++) {
      padded[radius - 1 - at] = padded[radius + at]!;
      padded[radius + SIDE + at] = padded[radius + SIDE - 1 - at]!;
    }
    for (let at = 0; at < SIDE; at++) {
      const center = at + radius;
      let sum = 0;
      // (x * f)(n) = Σ f(t) x(n - t): an odd filter takes what lies behind off what lies ahead, turned round.
      if (parity === "even") {
        sum = filter[radius]! * padded[center]!;
        for (let t = 1; t <= radius; t++) sum += filter[radius + t]! * (padded[center - t]! + padded[center + t]!);
      } else {
        for (let t = 1; t <= radius; t++) sum += filter[radius + t]! * (padded[center - t]! - padded[center + t]!);
      }
      filtered[start + at * step] = sum;
    }
  }
  return filtered;
}
