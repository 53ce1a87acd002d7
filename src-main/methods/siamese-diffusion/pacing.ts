/** @file What of a training of Siamese-Diffusion follows the time that there is: the steps of its stages, and below a number of them size and network. */
import type { Pacing } from "../define-method.ts";
import { OWN } from "./backbone/record.ts";
import type { SiameseSettings } from "./settings.ts";
import { XS_LEARNING } from "./shape.ts";

/** Of all stages. With fewer, pictures of the size stay noise (docs/experiments/siamese-diffusion.md): smaller ones come further in the same time. */
const FEWEST = { XS: 300, S: 2000, M: 4000 } as const;

const SMALLEST = { size: 32, denoiser: "XS", adapter: "spaceToDepth2", ...XS_LEARNING } as const;

const { learningRate, emaDecay } = XS_LEARNING;

const of = (settings: unknown): SiameseSettings => settings as SiameseSettings;

export const pacing: Pacing = {
  stages(settings) {
    const { adapter, stages, backbone } = of(settings);
    if (backbone !== OWN) return ["steps"];
    return [...(adapter === "autoencoder" ? ["codecSteps"] : []), ...(stages === "two" ? ["priorSteps"] : []), "steps"];
  },
  fewest: (settings) => FEWEST[of(settings).denoiser],
  smaller(settings) {
    const { size, denoiser, backbone } = of(settings);
    // The size is that of the backbone, whose parts are often made for one.
    if (backbone !== OWN) return denoiser === "XS" ? null : { denoiser: "XS", learningRate, emaDecay };
    return size <= SMALLEST.size && denoiser === SMALLEST.denoiser ? null : { ...SMALLEST };
  },
};
