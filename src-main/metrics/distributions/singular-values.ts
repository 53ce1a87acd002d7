/** @file Orthogonal reductions of small dense matrices: rows of a Float64Array each. The matrices handed in are overwritten. */

export type Matrix = Float64Array[];

/**
 * R of the factorization QR by Householder reflections: an upper triangle [columns, columns] with RᵀR = AᵀA, for A of at least as many rows as columns.
 * Golub & Van Loan 2013, algorithm 5.2.1.
 */
export function triangle(a: Matrix): Matrix {
  const columns = a[0]!.length;
  for (let column = 0; column < columns; column++) reflectColumn(a, column, column);
  return a.slice(0, columns).map((row, index) => row.fill(0, 0, index));
}

/**
 * All singular values of a matrix, in no order. Householder bidiagonalization (Golub & Kahan 1965), then the eigenvalues of the symmetric tridiagonal
 * matrix with zero diagonal that interleaves the bidiagonal's entries: they are ± the singular values, so nothing is ever squared.
 */
export function singularValues(matrix: Matrix): Float64Array {
  const isWide = matrix.length < matrix[0]!.length;
  const a = isWide
    ? matrix[0]!.reduce<Matrix>((rows, _, column) => [...rows, Float64Array.from(matrix, (row) => row[column]!)], [])
    : matrix;
  const columns = a[0]!.length;
  const beside = new Float64Array(2 * columns); // diagonal 0, above it 0, diagonal 1, above it 1, …
  for (let column = 0; column < columns; column++) {
    beside[2 * column] = reflectColumn(a, column, column);
    if (column + 1 < columns) beside[2 * column + 1] = reflectRow(a, column, column + 1);
  }
  const eigenvalues = tridiagonalEigenvalues(new Float64Array(2 * columns), beside);
  return eigenvalues
    .map(Math.abs)
    .sort()
    .filter((_, index) => index % 2 === 1);
}

/** Zeroes the column below `from` by a reflection of the rows from there on, and returns what is left at [from, column]. */
function reflectColumn(a: Matrix, column: number, from: number): number {
  let squares = 0;
  for (let row = from; row < a.length; row++) squares += a[row]![column]! ** 2;
  const head = a[from]![column]!;
  const left = head > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
  if (left === 0) return 0;
  const columns = a[0]!.length;
  const v = Float64Array.from({ length: a.length - from }, (_, index) => a[from + index]![column]!);
  v[0] = head - left;
  const scale = 1 / (left * v[0]); // -2 / |v|²
  const products = new Float64Array(columns);
  for (let row = from; row < a.length; row++) {
    const weight = v[row - from]!;
    const values = a[row]!;
    for (let other = column; other < columns; other++) products[other]! += weight * values[other]!;
  }
  for (let row = from; row < a.length; row++) {
    const weight = scale * v[row - from]!;
    const values = a[row]!;
    for (let other = column; other < columns; other++) values[other]! += weight * products[other]!;
  }
  return left;
}

/** The same from the right: zeroes the row behind `from`, and returns what is left at [row, from]. */
function reflectRow(a: Matrix, row: number, from: number): number {
  const own = a[row]!;
  let squares = 0;
  for (let column = from; column < own.length; column++) squares += own[column]! ** 2;
  const head = own[from]!;
  const left = head > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
  if (left === 0) return 0;
  const v = own.slice(from);
  v[0] = head - left;
  const scale = 1 / (left * v[0]);
  for (let other = row; other < a.length; other++) {
    const values = a[other]!;
    let product = 0;
    for (let index = 0; index < v.length; index++) product += v[index]! * values[from + index]!;
    for (let index = 0; index < v.length; index++) values[from + index]! += scale * product * v[index]!;
  }
  return left;
}

/** More rounds than this for one eigenvalue have never been seen; two or three are usual. */
const MOST_ROUNDS = 60;

/** Eigenvalues of a symmetric tridiagonal matrix by implicit QL with Wilkinson's shift; `beside[i]` couples i and i + 1. Bowdler et al. 1968. */
function tridiagonalEigenvalues(diagonal: Float64Array, beside: Float64Array): Float64Array {
  const size = diagonal.length;
  const scale = beside.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (let first = 0; first < size; first++) {
    for (let round = 0; ; round++) {
      let last = first;
      // Absolute, not relative to the neighbors: the diagonal starts as zeros.
      while (last < size - 1 && Math.abs(beside[last]!) > Number.EPSILON * scale * 0.5) last++;
      if (last === first) break;
      if (round === MOST_ROUNDS) throw new Error("singularValues: the iteration does not converge.");
      const half = (diagonal[first + 1]! - diagonal[first]!) / (2 * beside[first]!);
      const root = Math.hypot(half, 1);
      let g = diagonal[last]! - diagonal[first]! + beside[first]! / (half + (half >= 0 ? root : -root));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let at = last - 1;
      for (; at >= first; at--) {
        const f = sine * beside[at]!;
        const b = cosine * beside[at]!;
        const r = Math.hypot(f, g);
        beside[at + 1] = r;
        if (r === 0) {
          diagonal[at + 1]! -= shift;
          beside[last] = 0;
          break;
        }
        sine = f / r;
        cosine = g / r;
        const gap = diagonal[at + 1]! - shift;
        const turn = (diagonal[at]! - gap) * sine + 2 * cosine * b;
        shift = sine * turn;
        diagonal[at + 1] = gap + shift;
        g = cosine * turn - b;
      }
      if (at >= first) continue;
      diagonal[first]! -= shift;
      beside[first] = g;
      beside[last] = 0;
    }
  }
  return diagonal;
}
