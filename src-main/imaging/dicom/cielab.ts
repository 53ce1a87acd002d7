/**
 * @file Display colors as DICOM writes them: CIELab for D50, scaled to 16 bits. PS3.3 C.10.7.1.1.
 */

/** sRGB (IEC 61966-2-1) to XYZ relative to D50, Bradford adapted. */
const toXyz = [
  [0.4360747, 0.3850649, 0.1430804],
  [0.2225045, 0.7168786, 0.0606169],
  [0.0139322, 0.0971045, 0.7141733],
] as const;
const fromXyz = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const;
const D50 = [0.96422, 1, 0.82521] as const;
const EPSILON = 216 / 24_389;
const KAPPA = 24_389 / 27;

type Triple = [number, number, number];

/** `#rrggbb` to L*, a*, b* of 0 to 65535. */
export function cielabOfColor(color: string): Triple {
  const rgb = [1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255)) as Triple;
  const [x, y, z] = multiply(toXyz, rgb).map((value, index) => forward(value / D50[index]!)) as Triple;
  const lab: Triple = [116 * y - 16, 500 * (x - y), 200 * (y - z)];
  return [(lab[0] * 65_535) / 100, ((lab[1] + 128) * 65_535) / 255, ((lab[2] + 128) * 65_535) / 255].map((value) =>
    Math.min(65_535, Math.max(0, Math.round(value))),
  ) as Triple;
}

/** The nearest color that a screen shows, `#rrggbb`. */
export function colorOfCielab([l, a, b]: Triple): string {
  const y = ((l * 100) / 65_535 + 16) / 116;
  const x = y + ((a * 255) / 65_535 - 128) / 500;
  const z = y - ((b * 255) / 65_535 - 128) / 200;
  const xyz = [x, y, z].map((value, index) => backward(value) * D50[index]!) as Triple;
  const letters = multiply(fromXyz, xyz).map((value) => {
    const byte = Math.round(255 * Math.min(1, Math.max(0, companded(value))));
    return byte.toString(16).padStart(2, "0");
  });
  return `#${letters.join("")}`;
}

function multiply(matrix: readonly (readonly [number, number, number])[], [a, b, c]: Triple): Triple {
  return matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as Triple;
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function companded(value: number): number {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

function forward(value: number): number {
  return value > EPSILON ? Math.cbrt(value) : (KAPPA * value + 16) / 116;
}

function backward(value: number): number {
  return value ** 3 > EPSILON ? value ** 3 : (116 * value - 16) / KAPPA;
}
