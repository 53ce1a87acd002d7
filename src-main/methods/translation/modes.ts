/** @file The five ways of training a translation, and how the specification of RegGAN weighs their losses. */

/**
 * "nc": a discriminator alone. "reggan": and a registration that takes the misalignment of the pair. "cyclegan": a second generator goes back.
 * "cyclegan-registered": both. "pix2pix": pixel by pixel.
 */
export const MODES = ["reggan", "cyclegan", "cyclegan-registered", "nc", "pix2pix"] as const;
export type Mode = (typeof MODES)[number];

export const hasCycle = (mode: Mode): boolean => mode === "cyclegan" || mode === "cyclegan-registered";
export const registers = (mode: Mode): boolean => mode === "reggan" || mode === "cyclegan-registered";
/** It compares a translation with the target of its own source. */
export const needsPairs = (mode: Mode): boolean => registers(mode) || isConditional(mode);
/** The discriminator sees the source beside the candidate. */
export const isConditional = (mode: Mode): boolean => mode === "pix2pix";
/** The discriminator learns from what the generator makes after its own step; in the others from what it made before, through a buffer. */
export const judgesFresh = (mode: Mode): boolean => mode === "reggan" || mode === "pix2pix";

export interface LossWeights {
  adversarial: number;
  /** Mean absolute error of the registered result. */
  correction: number;
  /** Of the flow, in pixels. */
  smoothness: number;
  cycle: number;
  /** Mean absolute error of the result as it is: pix2pix. */
  pixel: number;
}

/** Those of RegGAN's program. Kong et al. 2021, arXiv:2110.06465. */
export const LOSS_WEIGHTS: LossWeights = { adversarial: 1, correction: 20, smoothness: 10, cycle: 10, pixel: 100 };
