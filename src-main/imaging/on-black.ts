/**
 * @file Transparent pixels on black: color times alpha, rounded (Porter and Duff 1984, "over"), as the background of most images of the field is.
 */
import type { Samples } from "../voxels/index.ts";

/** Colors and alpha of interleaved samples whose last channel is alpha. */
export function splitAlpha<Kind extends Samples>(samples: Kind, perPixel: number): { colors: Kind; alpha: Kind } {
  const kept = perPixel - 1;
  const pixels = samples.length / perPixel;
  const colors = samples.slice(0, pixels * kept) as Kind;
  const alpha = samples.slice(0, pixels) as Kind;
  for (let pixel = 0, from = 0, to = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < kept; channel++) colors[to++] = samples[from++]!;
    alpha[pixel] = samples[from++]!;
  }
  return { colors, alpha };
}

export function isOpaque(alpha: Samples, top: number): boolean {
  return alpha.every((value) => value === top);
}

/** In place: `colors` of any number per pixel, not yet multiplied by `alpha`, whose `top` is opaque; both whole numbers of up to 16 bits. */
export function putOnBlack(colors: Samples, alpha: Samples, top: number): void {
  const perPixel = colors.length / alpha.length;
  for (let pixel = 0, at = 0; pixel < alpha.length; pixel++) {
    const weight = alpha[pixel]!;
    for (let channel = 0; channel < perPixel; channel++, at++) colors[at] = Math.round((colors[at]! * weight) / top);
  }
}
