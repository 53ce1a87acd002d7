/** @file One layer of the scattering network at one scale: the moduli of a plane's wavelet transforms in four directions. */
import { LARGEST_RADIUS, type Morlet } from "./morlet.ts";
import { SIDE } from "./square.ts";

/** Planes [64, 64] of the directions 0, 45, 90 and 135 degrees. */
export type Directions = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

export const directions = (): Directions => [blank(), blank(), blank(), blank()];
const blank = () => new Float64Array(SIDE ** 2);

/** A column with its mirror images at both ends. */
const LENGTH = SIDE + 2 * LARGEST_RADIUS;

/*
 * Kept between calls: fresh memory for each would cost as much again, and loops over arrays that the compiler knows are faster. Nothing else runs in the
 * midst of a call, and each call writes all that it reads.
 */
/** Halves of the filters, from the middle on. */
const gauss = new Float64Array(LARGEST_RADIUS + 1);
const cosine = new Float64Array(LARGEST_RADIUS + 1);
const sine = new Float64Array(LARGEST_RADIUS + 1);
const slantedCosine = new Float64Array(LARGEST_RADIUS + 1);
const slantedSine = new Float64Array(LARGEST_RADIUS + 1);
/** What they leave along the rows, column after column. */
const line = new Float64Array(LENGTH);
const smooth = new Float64Array(SIDE * LENGTH);
const axisCosine = new Float64Array(SIDE * LENGTH);
const axisSine = new Float64Array(SIDE * LENGTH);
const diagonalCosine = new Float64Array(SIDE * LENGTH);
const diagonalSine = new Float64Array(SIDE * LENGTH);

/**
 * Writes |plane ⋆ ψ| to `into`, `[64, 64] -> 4 x [64, 64]`, borders mirrored, the edge pixel repeated. Each wavelet is a sum of products of filters along the
 * rows and the columns, five of which serve all directions; taps that mirror each other are added up before they are multiplied.
 */
export function moduli(plane: Float64Array, wavelet: Morlet, into: Directions): void {
  const { radius, gaussian, axis, diagonal } = wavelet;
  gauss.set(gaussian.subarray(radius));
  cosine.set(axis.cosine.subarray(radius));
  sine.set(axis.sine.subarray(radius));
  slantedCosine.set(diagonal.cosine.subarray(radius));
  slantedSine.set(diagonal.sine.subarray(radius));
  filterRows(plane, radius);
  for (const filtered of [smooth, axisCosine, axisSine, diagonalCosine, diagonalSine]) {
    for (let x = 0; x < SIDE; x++) mirrorEnds(filtered, x * LENGTH + LARGEST_RADIUS, radius);
  }
  filterColumns(wavelet, into);
}

/** Continues the 64 values from `start` on by `radius` at both ends. */
function mirrorEnds(values: Float64Array, start: number, radius: number): void {
  for (let at = 0; at < radius; at++) {
    values[start - 1 - at] = values[start + at]!;
    values[start + SIDE + at] = values[start + SIDE - 1 - at]!;
  }
}

function filterRows(plane: Float64Array, radius: number): void {
  for (let y = 0; y < SIDE; y++) {
    line.set(plane.subarray(y * SIDE, (y + 1) * SIDE), LARGEST_RADIUS);
    mirrorEnds(line, LARGEST_RADIUS, radius);
    for (let x = 0; x < SIDE; x++) {
      const center = LARGEST_RADIUS + x;
      let sum = gauss[0]! * line[center]!;
      let sumCosine = cosine[0]! * line[center]!;
      let sumSine = 0;
      let sumSlantedCosine = slantedCosine[0]! * line[center]!;
      let sumSlantedSine = 0;
      for (let t = 1; t <= radius; t++) {
        // (x ⋆ f)(n) = Σ f(t) x(n - t): an odd filter takes what lies ahead off what lies behind.
        const behind = line[center - t]!;
        const ahead = line[center + t]!;
        const even = behind + ahead;
        const odd = behind - ahead;
        sum += gauss[t]! * even;
        sumCosine += cosine[t]! * even;
        sumSine += sine[t]! * odd;
        sumSlantedCosine += slantedCosine[t]! * even;
        sumSlantedSine += slantedSine[t]! * odd;
      }
      const at = x * LENGTH + LARGEST_RADIUS + y;
      smooth[at] = sum;
      axisCosine[at] = sumCosine;
      axisSine[at] = sumSine;
      diagonalCosine[at] = sumSlantedCosine;
      diagonalSine[at] = sumSlantedSine;
    }
  }
}

/** Puts the wavelets together. Two loops over the taps: in one, there are more sums than registers. */
function filterColumns(
  { radius, amplitude, axis, diagonal }: Morlet,
  [across, rising, down, falling]: Directions,
): void {
  for (let x = 0; x < SIDE; x++) {
    for (let y = 0; y < SIDE; y++) {
      const center = x * LENGTH + LARGEST_RADIUS + y;
      let mean = gauss[0]! * smooth[center]!;
      let downRe = cosine[0]! * smooth[center]!;
      let downIm = 0;
      let acrossRe = gauss[0]! * axisCosine[center]!;
      let acrossIm = gauss[0]! * axisSine[center]!;
      for (let t = 1; t <= radius; t++) {
        const behind = center - t;
        const ahead = center + t;
        const even = smooth[behind]! + smooth[ahead]!;
        const weight = gauss[t]!;
        mean += weight * even;
        downRe += cosine[t]! * even;
        downIm += sine[t]! * (smooth[behind]! - smooth[ahead]!);
        acrossRe += weight * (axisCosine[behind]! + axisCosine[ahead]!);
        acrossIm += weight * (axisSine[behind]! + axisSine[ahead]!);
      }
      // (c ± is)(c' + is') with the rows' factor first: the two diagonals share four products.
      let cc = slantedCosine[0]! * diagonalCosine[center]!;
      let cs = 0;
      let sc = slantedCosine[0]! * diagonalSine[center]!;
      let ss = 0;
      for (let t = 1; t <= radius; t++) {
        const behind = center - t;
        const ahead = center + t;
        const even = slantedCosine[t]!;
        const odd = slantedSine[t]!;
        cc += even * (diagonalCosine[behind]! + diagonalCosine[ahead]!);
        cs += odd * (diagonalCosine[behind]! - diagonalCosine[ahead]!);
        sc += even * (diagonalSine[behind]! + diagonalSine[ahead]!);
        ss += odd * (diagonalSine[behind]! - diagonalSine[ahead]!);
      }
      const at = y * SIDE + x;
      across[at] = amplitude * modulus(acrossRe - axis.beta * mean, acrossIm);
      down[at] = amplitude * modulus(downRe - axis.beta * mean, downIm);
      rising[at] = amplitude * modulus(cc - ss - diagonal.beta * mean, cs + sc);
      falling[at] = amplitude * modulus(cc + ss - diagonal.beta * mean, cs - sc);
    }
  }
}

/** Not Math.hypot: it guards against an overflow that cannot come here, at ten times the cost. */
const modulus = (re: number, im: number): number => Math.sqrt(re * re + im * im);
