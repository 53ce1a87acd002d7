/**
 * @file The filters of the scattering network: Morlet wavelets of 3 scales and 4 directions, written as products of filters along one axis.
 */

/** Scales: 2^0, 2^1, 2^2 pixels. */
export const SCALES = 3;
/** 0, 45, 90 and 135 degrees: the direction along which a wavelet oscillates, 0 being along the rows. */
export const ORIENTATIONS = 4;

/** Width of the Gaussian and frequency at scale 1, in pixels and radians per pixel: those of Bruna & Mallat's ScatNet. */
const SIGMA = 0.8;
const FREQUENCY = (3 * Math.PI) / 4;

/**
 * Chosen so that the wavelets together raise the energy of no frequency: the largest of their Littlewood-Paley sum is 1 (Bruna & Mallat 2013, eq. 4).
 */
const AMPLITUDE = 1.06;

/**
 * The taps of one scale, [-radius, radius]. With g the Gaussian of sum 1, ψ(x) = amplitude · (e^{ik·x} - β) g(x₁) g(x₂), k being the frequency in the
 * wavelet's direction and β making its sum 0. The envelope is round, which is ScatNet's slant of 4 / orientations; so each wavelet is a sum of
 * products of even (cos) and odd (sin) filters along the rows and the columns.
 */
export interface Morlet {
  radius: number;
  gaussian: Float64Array;
  /** Along an axis: g(t) cos(kt), g(t) sin(kt). */
  axis: Oscillation;
  /** On a diagonal, of which each axis sees k / √2. */
  diagonal: Oscillation;
  amplitude: number;
}

export interface Oscillation {
  cosine: Float64Array;
  sine: Float64Array;
  /** What a wavelet in this direction takes off for each unit of the Gaussian's answer. */
  beta: number;
}

/** Cut at three sigma: what is left out is 1 % of the middle. */
const radiusOf = (sigma: number): number => Math.ceil(3 * sigma);

/** Radius of the coarsest wavelets. */
export const LARGEST_RADIUS = radiusOf(SIGMA * 2 ** (SCALES - 1));

/** Wavelets of scale 2^j. */
export function morlet(j: number): Morlet {
  const sigma = SIGMA * 2 ** j;
  const radius = radiusOf(sigma);
  const bell = taps(radius, (t) => Math.exp(-(t ** 2) / (2 * sigma ** 2)));
  const total = sumOf(bell);
  const gaussian = bell.map((value) => value / total);
  const oscillation = (frequency: number, axes: number): Oscillation => {
    const cosine = taps(radius, (t) => gaussian[t + radius]! * Math.cos(frequency * t));
    const sine = taps(radius, (t) => gaussian[t + radius]! * Math.sin(frequency * t));
    return { cosine, sine, beta: sumOf(cosine) ** axes };
  };
  const frequency = FREQUENCY / 2 ** j;
  return {
    radius,
    gaussian,
    axis: oscillation(frequency, 1),
    diagonal: oscillation(frequency / Math.SQRT2, 2),
    amplitude: AMPLITUDE,
  };
}

function taps(radius: number, value: (t: number) => number): Float64Array {
  return Float64Array.from({ length: 2 * radius + 1 }, (_, at) => value(at - radius));
}

const sumOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0);
