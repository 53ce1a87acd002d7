/** @file What a denoiser predicts, and what follows from it. With signal s = √ᾱ and noise n = √(1 - ᾱ): z_t = s z_0 + n ε. */

/** The noise ε, or the velocity v = s ε - n z_0 (Salimans & Ho 2022, arXiv:2202.00512), which weighs all times alike. */
export type PredictionType = "eps" | "v";

export interface Denoised {
  clean: Float64Array;
  noise: Float64Array;
}

/** z_0 that a prediction for z_t speaks of. */
export function cleanOf(
  predicts: PredictionType,
  latent: number,
  predicted: number,
  signal: number,
  noise: number,
): number {
  return predicts === "eps" ? (latent - noise * predicted) / signal : signal * latent - noise * predicted;
}

/** ε that a prediction for z_t speaks of. */
export function noiseOf(
  predicts: PredictionType,
  latent: number,
  predicted: number,
  signal: number,
  noise: number,
): number {
  return predicts === "eps" ? predicted : signal * predicted + noise * latent;
}

/** What should be predicted for z_t made of `clean` and `drawn` noise. */
export function targetOf(
  predicts: PredictionType,
  clean: number,
  drawn: number,
  signal: number,
  noise: number,
): number {
  return predicts === "eps" ? drawn : signal * drawn - noise * clean;
}
