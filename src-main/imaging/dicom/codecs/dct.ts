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

/** sqrt(2) cos(k pi / 16), 1 for k = 0. */
const factors = Float64Array.from({ length: 8 }, (_, k) => (k === 0 ? 1 : Math.SQRT2 * Math.cos((k * Math.PI) / 16)));

/**
 * What `inverseDct` wants its coefficients multiplied by, in zigzag order: the steps of quantization and the factors that the fast transform
 * leaves out.
 */
export function dequantizers(steps: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: 64 }, (_, index) => {
    const place = zigzag[index]!;
    return (steps[index]! * factors[place >> 3]! * factors[place & 7]!) / 8;
  });
}

const between = new Float64Array(64);

/** Coefficients times their dequantizers, row by row, to samples around zero; both of 64 values, `samples` may be `coefficients`. */
export function inverseDct(coefficients: Float64Array, samples: Float64Array): void {
  for (let column = 0; column < 8; column++) transform(coefficients, column, 8, between);
  for (let row = 0; row < 64; row += 8) transform(between, row, 1, samples);
}

const SQRT2 = Math.SQRT2;
const C2 = 2 * Math.cos(Math.PI / 8);
const C2_LESS_C6 = 2 * (Math.cos(Math.PI / 8) - Math.cos((3 * Math.PI) / 8));
const C2_PLUS_C6 = 2 * (Math.cos(Math.PI / 8) + Math.cos((3 * Math.PI) / 8));

/** One row or column with five products. Arai, Agui, Nakajima 1988, "A fast DCT-SQ scheme for images". */
function transform(source: Float64Array, first: number, step: number, target: Float64Array): void {
  const c0 = source[first]!;
  const c1 = source[first + step]!;
  const c2 = source[first + 2 * step]!;
  const c3 = source[first + 3 * step]!;
  const c4 = source[first + 4 * step]!;
  const c5 = source[first + 5 * step]!;
  const c6 = source[first + 6 * step]!;
  const c7 = source[first + 7 * step]!;
  // Even frequencies are symmetric about the middle, odd ones antisymmetric: each sum serves twice.
  const sum26 = c2 + c6;
  const turned26 = (c2 - c6) * SQRT2 - sum26;
  const even0 = c0 + c4 + sum26;
  const even1 = c0 - c4 + turned26;
  const even2 = c0 - c4 - turned26;
  const even3 = c0 + c4 - sum26;
  const sum17 = c1 + c7;
  const difference17 = c1 - c7;
  const sum35 = c5 + c3;
  const difference35 = c5 - c3;
  const shared = (difference35 + difference17) * C2;
  const odd0 = sum17 + sum35;
  const odd1 = shared - difference35 * C2_PLUS_C6 - odd0;
  const odd2 = (sum17 - sum35) * SQRT2 - odd1;
  const odd3 = shared - difference17 * C2_LESS_C6 - odd2;
  target[first] = even0 + odd0;
  target[first + step] = even1 + odd1;
  target[first + 2 * step] = even2 + odd2;
  target[first + 3 * step] = even3 + odd3;
  target[first + 4 * step] = even3 - odd3;
  target[first + 5 * step] = even2 - odd2;
  target[first + 6 * step] = even1 - odd1;
  target[first + 7 * step] = even0 - odd0;
}
