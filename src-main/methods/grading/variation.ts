/** @file Random variation of images whose label is of the whole: small turns, shifts and scales, brightness and contrast, a covered patch. */
import type { ChannelCount } from "../../dataset/index.ts";
import type { Random } from "../../random/index.ts";

/** "columns": left becomes right. Only where the side says nothing of the label. */
export type Mirroring = "none" | "columns" | "both";

interface VariationOptions {
  size: number;
  channels: ChannelCount;
  mirror: Mirroring;
  random: Random;
}

const MAX_ANGLE = (20 * Math.PI) / 180;
const MAX_SHIFT = 0.06;
const SCALE = 0.1;
/** Of contrast, and of brightness in deviations. */
const INTENSITY = 0.15;
/** Of the side of the image. */
const COVERED = 1 / 8;

/** Writes a varied copy of `image` `[channels, size, size]` to `into`; what comes from outside is mirrored at the border, so that no corner is black. */
export function vary(
  image: Float32Array,
  into: Float32Array,
  { size, channels, mirror, random }: VariationOptions,
): void {
  const flipX = mirror !== "none" && random.uniform() < 0.5 ? -1 : 1;
  const flipY = mirror === "both" && random.uniform() < 0.5 ? -1 : 1;
  const angle = random.between(-MAX_ANGLE, MAX_ANGLE);
  const scale = random.between(1 - SCALE, 1 + SCALE);
  const [shiftX, shiftY] = [random.between(-MAX_SHIFT, MAX_SHIFT) * size, random.between(-MAX_SHIFT, MAX_SHIFT) * size];
  const contrast = random.between(1 - INTENSITY, 1 + INTENSITY);
  const brightness = random.between(-INTENSITY, INTENSITY);
  const [cos, sin] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  const center = (size - 1) / 2;
  const area = size * size;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [across, down] = [column - center - shiftX, row - center - shiftY];
      const x = mirrored(center + flipX * (cos * across - sin * down), size);
      const y = mirrored(center + flipY * (sin * across + cos * down), size);
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [dx, dy] = [x - left, y - top];
      const upper = top * size + left;
      const right = left + 1 < size ? 1 : 0;
      const lower = upper + (top + 1 < size ? size : 0);
      for (let start = 0; start < channels * area; start += area) {
        const above = image[start + upper]! * (1 - dx) + image[start + upper + right]! * dx;
        const below = image[start + lower]! * (1 - dx) + image[start + lower + right]! * dx;
        into[start + row * size + column] = (above * (1 - dy) + below * dy) * contrast + brightness;
      }
    }
  }
  if (random.uniform() < 0.5) cover(into, { size, channels, random });
}

/** A square becomes 0, the mean of the image, so that no single place decides. */
function cover(image: Float32Array, { size, channels, random }: Omit<VariationOptions, "mirror">): void {
  const side = Math.max(1, Math.round(random.uniform() * COVERED * size));
  const [left, top] = [random.integer(size - side + 1), random.integer(size - side + 1)];
  for (let channel = 0; channel < channels; channel++) {
    for (let row = top; row < top + side; row++) {
      const start = (channel * size + row) * size + left;
      image.fill(0, start, start + side);
    }
  }
}

/** Position in [0, size - 1], reflected at the outer pixels. */
function mirrored(position: number, size: number): number {
  const last = size - 1;
  const folded = Math.abs(position) % (2 * last);
  return folded > last ? 2 * last - folded : folded;
}
