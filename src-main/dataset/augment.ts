/** @file Random variation of training examples: one affine resample, then intensities. All numbers come from `random`. */
import type { Random } from "../random/index.ts";
import type { ChannelCount } from "./preprocess.ts";

export interface Example {
  /** `[channels, size, size]`, about mean 0 and deviation 1. */
  image: Float32Array;
  /** `[size, size]` class numbers. */
  labelMap: Uint8Array;
}

// Geometry as nnU-Net's for 2-D images (Isensee et al. 2021, arXiv:1904.08128, supplement), but for nearly every example:
// training sets here are small.
const MAX_ROTATION = Math.PI;
const SCALE = { smallest: 0.7, largest: 1.4 };
const GEOMETRY_CHANCE = 0.9;
const INTENSITY_CHANCE = 0.3;

/**
 * Writes a varied copy of `example` to the arrays of `into`: flips, any rotation, scaling by 0.7–1.4 (image
 * bilinear, label map nearest, mirrored at the borders); contrast, brightness, gamma and noise of the image alone.
 */
export function augment(
  example: Example,
  { size, channels, random, into }: { size: number; channels: ChannelCount; random: Random; into: Example },
): void {
  const flipX = random.uniform() < 0.5 ? -1 : 1;
  const flipY = random.uniform() < 0.5 ? -1 : 1;
  const isTurned = random.uniform() < GEOMETRY_CHANCE;
  const angle = isTurned ? random.between(-MAX_ROTATION, MAX_ROTATION) : 0;
  const scale = isTurned ? Math.exp(random.between(Math.log(SCALE.smallest), Math.log(SCALE.largest))) : 1;
  const cos = Math.cos(angle) / scale;
  const sin = Math.sin(angle) / scale;
  resample(example, into, { size, channels, xx: flipX * cos, xy: -flipX * sin, yx: flipY * sin, yy: flipY * cos });
  varyIntensities(into.image, random);
}

interface Affine {
  size: number;
  channels: ChannelCount;
  /** Source offset from the center = [[xx, xy], [yx, yy]] · target offset from the center. */
  xx: number;
  xy: number;
  yx: number;
  yy: number;
}

function resample(from: Example, into: Example, { size, channels, xx, xy, yx, yy }: Affine): void {
  const center = (size - 1) / 2;
  const area = size * size;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const x = mirrored(center + xx * (column - center) + xy * (row - center), size);
      const y = mirrored(center + yx * (column - center) + yy * (row - center), size);
      const target = row * size + column;
      into.labelMap[target] = from.labelMap[Math.round(y) * size + Math.round(x)]!;
      const left = Math.floor(x);
      const top = Math.floor(y);
      const across = x - left;
      const down = y - top;
      const upper = top * size + left;
      const right = left + 1 < size ? 1 : 0;
      const lower = upper + (top + 1 < size ? size : 0);
      for (let start = 0; start < channels * area; start += area) {
        const above = from.image[start + upper]! * (1 - across) + from.image[start + upper + right]! * across;
        const below = from.image[start + lower]! * (1 - across) + from.image[start + lower + right]! * across;
        into.image[start + target] = above * (1 - down) + below * down;
      }
    }
  }
}

/** Position in [0, size - 1], reflected at the outer pixels. */
function mirrored(position: number, size: number): number {
  const last = size - 1;
  const folded = Math.abs(position) % (2 * last);
  return folded > last ? 2 * last - folded : folded;
}

function varyIntensities(image: Float32Array, random: Random): void {
  const contrast = random.uniform() < INTENSITY_CHANCE ? random.between(0.75, 1.25) : 1;
  const brightness = random.uniform() < INTENSITY_CHANCE ? random.between(-0.2, 0.2) : 0;
  const gamma = random.uniform() < INTENSITY_CHANCE ? Math.exp(random.between(Math.log(0.7), Math.log(1.4))) : 1;
  const noise = random.uniform() < INTENSITY_CHANCE / 2 ? random.between(0, 0.15) : 0;
  let low = Infinity;
  let high = -Infinity;
  for (const value of image) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = high - low;
  for (let index = 0; index < image.length; index++) {
    let value = image[index]!;
    if (gamma !== 1 && range > 0) value = low + range * ((value - low) / range) ** gamma;
    value = value * contrast + brightness;
    if (noise > 0) value += noise * random.normal();
    image[index] = value;
  }
}
