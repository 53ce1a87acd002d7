/**
 * @file Nearest-neighbor resizing with the corners of both arrays aligned, in any number of axes. Published 2-D protocols resize image,
 * label map and prediction so; resample.ts has the half-pixel convention that the app itself uses.
 */

/**
 * Which of `from` positions each of `to` reads: ⌊o (from - 1) / (to - 1) + ½⌋, SciPy's `zoom` of order 0 with its default grid, in whole
 * numbers: SciPy's own rounding is one position off at some exact halves, and may leave the last output 0. One position reads the first.
 */
export function nearestPositions(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to }, (_, out) =>
    to === 1 ? 0 : Math.floor((2 * out * (from - 1) + to - 1) / (2 * (to - 1))),
  );
}

type Numbers = Uint8Array | Float32Array;

/**
 * Values [..from] -> [..to], slowest axis first, a fresh array of the same kind. Only values that were there appear; an
 * enlargement resized back is the array it was made of. Throws `RangeError` when ranks or sizes do not agree.
 */
export function resizeNearest<Values extends Numbers>(
  values: Values,
  from: readonly number[],
  to: readonly number[],
): Values {
  const count = from.reduce((product, size) => product * size, 1);
  if (values.length !== count || from.length !== to.length || ![...from, ...to].every((size) => size >= 1)) {
    throw new RangeError(
      `resize: ${values.length} values of shape [${from.join(", ")}] to [${to.join(", ")}]: expected ${count} values and one rank.`,
    );
  }
  let sources = Int32Array.of(0);
  for (const [axis, size] of from.entries()) {
    const positions = nearestPositions(size, to[axis]!);
    const widened = new Int32Array(sources.length * positions.length);
    for (let outer = 0; outer < sources.length; outer++) {
      for (let inner = 0; inner < positions.length; inner++) {
        widened[outer * positions.length + inner] = sources[outer]! * size + positions[inner]!;
      }
    }
    sources = widened;
  }
  const resized = new (values instanceof Float32Array ? Float32Array : Uint8Array)(sources.length) as Values;
  for (let index = 0; index < sources.length; index++) resized[index] = values[sources[index]!]!;
  return resized;
}
