import { describe, expect, it } from "vitest";
import { Random } from "../../random/index.ts";
import { COEFFICIENTS, scatter } from "./scattering.ts";
import { SIDE, standardized, toSquare } from "./square.ts";

const noise = (random: Random): Float64Array => Float64Array.from({ length: SIDE ** 2 }, () => random.uniform());
const picture = (value: (x: number, y: number) => number): Float64Array =>
  Float64Array.from({ length: SIDE ** 2 }, (_, at) => value(at % SIDE, Math.floor(at / SIDE)));
const distance = (a: Float64Array, b: Float64Array): number =>
  Math.sqrt(a.reduce((sum, value, at) => sum + (value - b[at]!) ** 2, 0));
const rms = (a: Float64Array, b: Float64Array): number => distance(a, b) / SIDE;

/** ψ in two dimensions straight from its formula, amplitude and cut included: shares nothing with the product form. */
function wavelet(j: number, orientation: number): { x: number; y: number; re: number; im: number }[] {
  const sigma = 0.8 * 2 ** j;
  const radius = Math.ceil(3 * sigma);
  const angle = (orientation * Math.PI) / 4;
  const points: { x: number; y: number; bell: number; phase: number }[] = [];
  for (let y = -radius; y <= radius; y++) {
    for (let x = -radius; x <= radius; x++) {
      const phase = ((3 * Math.PI) / 4 / 2 ** j) * (x * Math.cos(angle) + y * Math.sin(angle));
      points.push({ x, y, bell: Math.exp(-(x * x + y * y) / (2 * sigma * sigma)), phase });
    }
  }
  const total = points.reduce((sum, { bell }) => sum + bell, 0);
  const beta = points.reduce((sum, { bell, phase }) => sum + bell * Math.cos(phase), 0) / total;
  return points.map(({ x, y, bell, phase }) => ({
    x,
    y,
    re: (1.06 * bell * (Math.cos(phase) - beta)) / total,
    im: (1.06 * bell * Math.sin(phase)) / total,
  }));
}

/** |plane ⋆ ψ| at one point, borders mirrored. */
function directModulus(plane: Float64Array, filter: ReturnType<typeof wavelet>, row: number, column: number): number {
  const mirrored = (at: number): number => (at < 0 ? -1 - at : at >= SIDE ? 2 * SIDE - 1 - at : at);
  let [re, im] = [0, 0];
  for (const tap of filter) {
    const value = plane[mirrored(row - tap.y) * SIDE + mirrored(column - tap.x)]!;
    re += tap.re * value;
    im += tap.im * value;
  }
  return Math.hypot(re, im);
}

describe("the scattering network", () => {
  const filters = Array.from({ length: 12 }, (_, index) => wavelet(Math.floor(index / 4), index % 4));

  it("is what direct convolution gives, coefficient by coefficient", () => {
    const plane = noise(new Random("direct"));
    // Of every coefficient the mean over a cell: of the second order where two borders meet, in the midst, and across the middle of a side.
    const cells = [0, 27, 39] as const;
    const mean = (cell: number, value: (row: number, column: number) => number): number => {
      let sum = 0;
      for (let at = 0; at < 64; at++) {
        sum += value(8 * Math.floor(cell / 8) + Math.floor(at / 8), 8 * (cell % 8) + (at % 8));
      }
      return sum / 64;
    };
    const expected = [cells.map((cell) => mean(cell, (row, column) => plane[row * SIDE + column]!))];
    for (const [index, filter] of filters.entries()) {
      const layer = picture((column, row) => directModulus(plane, filter, row, column));
      expected.push(cells.map((cell) => mean(cell, (row, column) => layer[row * SIDE + column]!)));
      for (const coarser of filters.slice(4 * (Math.floor(index / 4) + 1))) {
        expected.push(cells.map((cell) => mean(cell, (row, column) => directModulus(layer, coarser, row, column))));
      }
    }
    const { pooled, local } = scatter(plane);
    expect(pooled).toHaveLength(COEFFICIENTS);
    expect(expected).toHaveLength(COEFFICIENTS);
    let worst = 0;
    expected.forEach((means, coefficient) => {
      // Divided by 8 as all are.
      cells.forEach(
        (cell, at) => (worst = Math.max(worst, Math.abs(8 * local[coefficient * 64 + cell]! - means[at]!))),
      );
      const whole = local.subarray(coefficient * 64, (coefficient + 1) * 64).reduce((sum, value) => sum + value, 0) / 8;
      worst = Math.max(worst, Math.abs(whole - pooled[coefficient]!));
    });
    expect(worst).toBeLessThan(1e-13);
  });

  it("raises the energy of no frequency, and of some by hardly less than one", () => {
    const energy = ([down, across]: readonly [number, number], filter: ReturnType<typeof wavelet>): number => {
      let [re, im] = [0, 0];
      for (const tap of filter) {
        const [cosine, sine] = [Math.cos(down * tap.y + across * tap.x), -Math.sin(down * tap.y + across * tap.x)];
        re += tap.re * cosine - tap.im * sine;
        im += tap.re * sine + tap.im * cosine;
      }
      return re * re + im * im;
    };
    let largest = 0;
    for (let down = 0; down <= 32; down++) {
      for (let across = -32; across <= 32; across++) {
        const at = [(down * Math.PI) / 32, (across * Math.PI) / 32] as const;
        const sum = filters.reduce(
          (total, filter) => total + (energy(at, filter) + energy([-at[0], -at[1]], filter)) / 2,
          0,
        );
        largest = Math.max(largest, sum);
      }
    }
    expect(largest).toBeLessThanOrEqual(1);
    expect(largest).toBeGreaterThan(0.98);
  });

  it("of a flat image is its mean and nothing else", () => {
    const { pooled, local } = scatter(new Float64Array(SIDE ** 2).fill(0.4));
    expect(pooled[0]).toBeCloseTo(0.4, 14);
    expect(Math.max(...pooled.subarray(1))).toBeLessThan(1e-15);
    expect(Math.max(...local.subarray(64))).toBeLessThan(1e-15);
  });

  it("brings two images no farther apart than √3 times the root mean square of their difference", () => {
    const random = new Random("contraction");
    const pairs: [Float64Array, Float64Array][] = [];
    for (let trial = 0; trial < 2; trial++) pairs.push([noise(random), noise(random)]);
    // The worst that can be thought of: flat against waves at the frequencies where the wavelets answer most.
    for (const frequency of [0.6, 0.75, 1.2, 2.36]) {
      pairs.push([picture((x) => Math.cos(frequency * x)), picture(() => 0)]);
      pairs.push([picture((x, y) => Math.cos((frequency * (x + y)) / Math.SQRT2)), picture(() => 0)]);
    }
    for (const [a, b] of pairs) {
      const [one, other] = [scatter(a), scatter(b)];
      const apart = distance(one.local, other.local);
      expect(apart).toBeLessThanOrEqual(Math.sqrt(3) * rms(a, b));
      expect(distance(one.pooled, other.pooled)).toBeLessThanOrEqual(apart + 1e-15);
    }
  });

  it("hardly moves when the image does: far less than the pixels", () => {
    const texture = (shift: number) => picture((x, y) => Math.sin(1.3 * (x + shift)) * Math.cos(0.9 * y));
    const [still, moved] = [texture(0), texture(1)];
    const [one, other] = [scatter(still), scatter(moved)];
    expect(rms(still, moved)).toBeGreaterThan(0.5);
    expect(distance(one.local, other.local)).toBeLessThan(0.15 * rms(still, moved));
    expect(distance(one.pooled, other.pooled)).toBeLessThan(0.04 * rms(still, moved));
  });

  it("tells the direction of stripes by the coefficient of that direction, and separates textures of equal mean", () => {
    for (let orientation = 0; orientation < 4; orientation++) {
      const angle = (orientation * Math.PI) / 4;
      const stripes = picture((x, y) => 0.5 + 0.5 * Math.cos(1.2 * (x * Math.cos(angle) + y * Math.sin(angle))));
      // Frequency 1.2 is that of the second scale; its first coefficients follow the 1 + 4 · 9 of order 0 and the first scale, each with 4 of its own.
      const { pooled } = scatter(stripes);
      const answers = [0, 1, 2, 3].map((direction) => pooled[37 + 5 * direction]!);
      expect(answers.indexOf(Math.max(...answers))).toBe(orientation);
      expect(answers.toSorted((a, b) => b - a)[1]!).toBeLessThan(0.5 * answers[orientation]!);
    }
  });
});

describe("images for the network", () => {
  it("come as luma of any size, areas averaged", () => {
    const square = toSquare({
      width: 128,
      height: 64,
      channels: 3,
      data: Float32Array.from({ length: 3 * 128 * 64 }, (_, at) => [1, 0, 0][Math.floor(at / (128 * 64))]! * (at % 2)),
    });
    expect(square).toHaveLength(SIDE ** 2);
    square.forEach((value) => expect(value).toBeCloseTo(0.1495, 6));
  });

  it("lose brightness and contrast when standardized, and flat ones stay flat", () => {
    const plane = noise(new Random("standardized"));
    const other = standardized(plane.map((value) => 0.2 + 0.3 * value));
    standardized(plane).forEach((value, at) => expect(other[at]).toBeCloseTo(value, 10));
    expect(standardized(new Float64Array(SIDE ** 2).fill(0.7)).every((value) => value === 0)).toBe(true);
  });

  it("are refused when they do not fit or hold no number", () => {
    expect(() => toSquare({ width: 2, height: 2, channels: 3, data: [0, 0, 0, 0] })).toThrow(/do not fill 3 x 2 x 2/);
    expect(() => toSquare({ width: 2, height: 1, channels: 1, data: [0, NaN] })).toThrow(/pixel 1/);
    expect(() => scatter(new Float64Array(10))).toThrow(/expected 64 x 64/);
  });
});
