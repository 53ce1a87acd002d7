/** @file Sizes of Siamese-Diffusion's networks: numbers alone, so that the main process can check settings without loading any network. */

/** Stored in project files and models: never rename. */
export const METHOD = "siamese-diffusion";

/** How an image becomes a latent one: blocks of pixels become channels, nothing at all, or a trained autoencoder. */
export type Adapter = "spaceToDepth2" | "spaceToDepth4" | "identity" | "autoencoder";
export type DenoiserName = "XS" | "S" | "M";

/** Width, multipliers and width of the hint: section 14.2 of the specification. */
export const FAMILY: Readonly<
  Record<DenoiserName, { width: number; multipliers: readonly number[]; hintWidth: number }>
> = {
  XS: { width: 24, multipliers: [1, 2, 2], hintWidth: 4 },
  S: { width: 48, multipliers: [1, 2, 3], hintWidth: 8 },
  M: { width: 64, multipliers: [1, 2, 3], hintWidth: 8 },
};

/** Section 14.3 of the specification: the smallest network learns with larger steps; of few of them the average must not reach far back. */
export const XS_LEARNING = { priorRate: 0.002, learningRate: 0.002, emaDecay: 0.99 } as const;

/** Fixes every shape of the networks. */
export interface SiameseShape {
  /** Side of the square images, pixels. */
  size: number;
  channels: number;
  /** Outlined, without background. */
  classes: number;
  adapter: Adapter;
  denoiser: DenoiserName;
  hint: "dense" | "plain";
  /** What the control branch starts with: nothing at all, or little. */
  outlets: "small" | "zero";
}

/** Of the autoencoder: networks/kl-autoencoder.ts. */
const CODE = { factor: 4, channels: 4 } as const;

export const FACTORS: Readonly<Record<Adapter, number>> = {
  spaceToDepth2: 2,
  spaceToDepth4: 4,
  identity: 1,
  autoencoder: CODE.factor,
};

/** Pixels per latent one, along an axis. */
export const factorOf = ({ adapter }: Pick<SiameseShape, "adapter">): number => FACTORS[adapter];

/** [C, H, W] of a latent image. */
export function latentShape({
  adapter,
  channels,
  size,
}: Pick<SiameseShape, "adapter" | "channels" | "size">): number[] {
  const factor = FACTORS[adapter];
  const side = size / factor;
  return [adapter === "autoencoder" ? CODE.channels : channels * factor ** 2, side, side];
}

/** Halvings of the latent image within the denoiser: its side must be divisible by two to that power. */
export const halvingsOf = (denoiser: DenoiserName): number => FAMILY[denoiser].multipliers.length - 1;
