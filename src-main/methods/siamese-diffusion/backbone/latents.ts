/** @file Images to scaled latent ones and back, through a backbone's VAE. Images in [0, 1]. */
import type { BackboneFacts } from "./record.ts";
import { LATENT_CHANNELS, LATENT_SCALE } from "./record.ts";
import { type Batch, convert, countOf, imagesOf, joined, type OpenPart } from "./part-session.ts";
import type { Signature } from "./ports.ts";

export type VaePart = OpenPart<Extract<Signature, { role: "vae" | "vaeEncoder" | "vaeDecoder" }>>;

/** Bounds of the logarithm of the variance, as the VAE of Stable Diffusion has them. */
const LOG_VARIANCE = { low: -30, high: 20 };

/** What the encoder says of images: means, and where it tells them, logarithms of variances. */
export async function encodedBy(encoder: VaePart, images: Batch): Promise<Batch> {
  return convert(encoder, { shape: images.shape, data: images.data.map((value) => 2 * value - 1) });
}

/** A scaled latent image of what the encoder said of one; `noise`: of its posterior, where it told one. */
export function latentOf(
  encoded: Batch,
  { encoderScales }: Pick<BackboneFacts, "encoderScales">,
  noise?: Float32Array,
): Float32Array<ArrayBuffer> {
  const area = encoded.shape.slice(1).reduce((product, size) => product * size, 1);
  const size = LATENT_CHANNELS * area;
  const hasMoments = encoded.shape[0] === 2 * LATENT_CHANNELS;
  const factor = encoderScales ? 1 : LATENT_SCALE;
  return Float32Array.from({ length: size }, (_, at) => {
    const mean = encoded.data[at]!;
    if (!hasMoments || noise === undefined) return factor * mean;
    const told = encoded.data[size + at]!;
    const logVariance = Math.min(LOG_VARIANCE.high, Math.max(LOG_VARIANCE.low, told));
    return factor * (mean + Math.exp(logVariance / 2) * noise[at]!);
  });
}

/** Images in [0, 1] of scaled latent ones, one at a time: a decoder takes more memory than all else. */
export async function decodedBy(
  decoder: VaePart,
  { decoderScales }: Pick<BackboneFacts, "decoderScales">,
  latents: Batch,
): Promise<Batch> {
  const factor = decoderScales ? 1 : 1 / LATENT_SCALE;
  const parts: Float32Array[] = [];
  let shape: readonly number[] = [];
  for (let at = 0; at < countOf(latents); at++) {
    const one = imagesOf(latents, at, 1);
    const made = await convert(decoder, { shape: one.shape, data: one.data.map((value) => factor * value) });
    shape = made.shape;
    parts.push(made.data.map((value) => Math.min(1, Math.max(0, (value + 1) / 2))));
  }
  return { shape, data: joined(parts) };
}
