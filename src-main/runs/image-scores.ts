/** @file How near images that a validation made are to real ones: means over images, each within what the real one shows. */
import { psnr, rangeNmae, ssim } from "../metrics/index.ts";
import type { Size } from "../voxels/index.ts";

/** Images lie in [-1, 1]; by the specification of the method SSIM is of the whole image, the others of what is not background. */
const DATA_RANGE = 2;
/** Of background, which is -1. */
const BACKGROUND = -1 + 1e-6;
/** PSNR of equal images, dB. */
const CEILING = 100;

export interface ImageScore {
  nmae: number;
  /** dB. */
  psnr: number;
  ssim: number;
}

/** null where the real image shows nothing. */
export function scoreImage(made: Float32Array, real: Float32Array, { width, height }: Size): ImageScore | null {
  const mask = real.map((value) => (value > BACKGROUND ? 1 : 0));
  if (!mask.includes(1)) return null;
  return {
    nmae: rangeNmae(made, real, { mask, dataRange: DATA_RANGE }),
    psnr: psnr(made, real, { mask, dataRange: DATA_RANGE, ceiling: CEILING }),
    ssim: ssim(made, real, { shape: [height, width], dataRange: DATA_RANGE }),
  };
}

export class ImageScores {
  readonly #sums = { validationNMAE: 0, validationPSNR: 0, validationSSIM: 0 };
  #count = 0;

  /** Returns its NMAE; null where the real image shows nothing: then it does not count. */
  add(made: Float32Array, real: Float32Array, size: Size): number | null {
    const score = scoreImage(made, real, size);
    if (score === null) return null;
    this.#sums.validationNMAE += score.nmae;
    this.#sums.validationPSNR += score.psnr;
    this.#sums.validationSSIM += score.ssim;
    this.#count++;
    return score.nmae;
  }

  /** Means by name; none where nothing was compared. */
  get means(): Record<string, number> {
    if (this.#count === 0) return {};
    return Object.fromEntries(Object.entries(this.#sums).map(([name, sum]) => [name, sum / this.#count]));
  }
}
