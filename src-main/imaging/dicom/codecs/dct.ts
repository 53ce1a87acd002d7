/**
 * @file The inverse discrete cosine transform of an 8 x 8 block. ITU-T T.81 A.3.3.
 */

/** Position in a block of the k-th coefficient in zigzag order. T.81 figure A.6. */
export const zigzag: Uint8Array = zigzagOrder();

function zigzagOrder(): Uint8Array {
  const order = new Uint8Array(64);
  let next = 0;
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    for (let step = 0; step <= diagonal; step++) {
      const [down, right] = diagonal % 2 === 0 ? [diagonal - step, step] : [step, diagonal - step];
      if (down < 8 && right < 8) order[next++] = 8 * down + right;
    }
  }
  return order;
}

/** `cosines[x][u]` = C(u) / 2 * cos((2x + 1) u pi / 16), for x of the first half; the second half follows by symmetry. */
const cosines = Float64Array.from({ length: 32 }, (_, index) => {
  const [x, u] = [index >> 3, index & 7];
  return ((u === 0 ? Math.SQRT1_2 : 1) / 2) * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

const between = new Float64Array(64);

/** Dequantized coefficients, row by row, to samples around zero; both of 64 values, `samples` may be `coefficients`. */
export function inverseDct(coefficients: Float64Array, samples: Float64Array): void {
  for (let row = 0; row < 64; row += 8) transform(coefficients, row, 1, between);
  for (let column = 0; column < 8; column++) transform(between, column, 8, samples);
}

/** One row or column. Even frequencies are symmetric about the middle, odd ones antisymmetric: half of the products serve twice. */
function transform(source: Float64Array, first: number, step: number, target: Float64Array): void {
  const c0 = source[first]!;
  const c1 = source[first + step]!;
  const c2 = source[first + 2 * step]!;
  const c3 = source[first + 3 * step]!;
  const c4 = source[first + 4 * step]!;
  const c5 = source[first + 5 * step]!;
  const c6 = source[first + 6 * step]!;
  const c7 = source[first + 7 * step]!;
  for (let x = 0; x < 4; x++) {
    const k = 8 * x;
    const even = cosines[k]! * c0 + cosines[k + 2]! * c2 + cosines[k + 4]! * c4 + cosines[k + 6]! * c6;
    const odd = cosines[k + 1]! * c1 + cosines[k + 3]! * c3 + cosines[k + 5]! * c5 + cosines[k + 7]! * c7;
    target[first + x * step] = even + odd;
    target[first + (7 - x) * step] = even - odd;
  }
}
