/** @file Strong variation of intensities, geometry untouched: for a student whose teacher saw the image as it is. */
import type { Random } from "../random/index.ts";

/** Chance of contrast, brightness and gamma together, and of blur; after the strong view of Yang et al. 2023 (UniMatch, arXiv:2208.09910). */
const TONE_CHANCE = 0.8;
const BLUR_CHANCE = 0.5;
/** Deviations of the blur, pixels. */
const BLUR = { least: 0.1, most: 2 };

/** Varies `[channels, size, size]`, about mean 0 and deviation 1, in place. */
export function strongIntensities(image: Float32Array, size: number, random: Random): void {
  if (random.uniform() < TONE_CHANCE) {
    const contrast = random.between(0.5, 1.5);
    const brightness = random.between(-0.5, 0.5);
    const gamma = Math.exp(random.between(Math.log(0.5), Math.log(2)));
    let [low, high] = [Infinity, -Infinity];
    for (const value of image) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const range = high - low;
    for (let at = 0; at < image.length; at++) {
      const bent = range > 0 ? low + range * ((image[at]! - low) / range) ** gamma : image[at]!;
      image[at] = bent * contrast + brightness;
    }
  }
  if (random.uniform() < BLUR_CHANCE) blur(image, size, random.between(BLUR.least, BLUR.most));
}

/** Gaussian of deviation `sigma` pixels to three deviations, edges repeated, each plane by itself. */
function blur(image: Float32Array, size: number, sigma: number): void {
  const reach = Math.max(1, Math.ceil(3 * sigma));
  const taps = Array.from({ length: 2 * reach + 1 }, (_, tap) => Math.exp(-((tap - reach) ** 2) / (2 * sigma ** 2)));
  const total = taps.reduce((sum, tap) => sum + tap);
  const line = new Float32Array(size);
  const along = (start: number, step: number) => {
    for (let at = 0; at < size; at++) line[at] = image[start + at * step]!;
    for (let at = 0; at < size; at++) {
      let sum = 0;
      for (let tap = -reach; tap <= reach; tap++) {
        sum += taps[tap + reach]! * line[Math.min(size - 1, Math.max(0, at + tap))]!;
      }
      image[start + at * step] = sum / total;
    }
  };
  for (let plane = 0; plane < image.length; plane += size * size) {
    for (let row = 0; row < size; row++) along(plane + row * size, 1);
    for (let column = 0; column < size; column++) along(plane + column, size);
  }
}
