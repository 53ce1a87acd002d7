/** @file What a backbone says of noisy latent images, as the feeds of our programs: the maps of its front half, and where wanted its own noise. */
import { CONDITIONS } from "../networks.ts";
import { type BackboneShape, lookName } from "./compact-programs.ts";
import type { OpenBackbone } from "./open-backbone.ts";
import { type Batch, denoise, imagesOf, joined } from "./part-session.ts";
import { LATENT_CHANNELS, LATENT_FACTOR, partOf, type PartRole } from "./record.ts";

export interface NoisyLatents {
  /** `[n, 4, side, side]`. */
  latents: Float32Array;
  times: readonly number[];
  /** Of each: CONDITIONS. */
  conditions: ArrayLike<number>;
}

/** Parts that training takes, and those that painting with what was trained does. */
export function rolesFor(record: OpenBackbone["record"], use: "train" | "paint", wantsBase: boolean): PartRole[] {
  const base: PartRole[] = wantsBase && partOf(record, "unet") !== undefined ? ["unet"] : [];
  return use === "train" ? ["front", "vaeEncoder", "vaeDecoder", ...base] : ["front", "vaeDecoder", ...base];
}

/** `contexts`: prompt first, then that of no text. */
export async function lookThrough(
  backbone: OpenBackbone,
  shape: BackboneShape,
  contexts: Batch,
  { latents, times, conditions }: NoisyLatents,
  prefix = "",
): Promise<Record<string, Float32Array>> {
  const side = shape.size / LATENT_FACTOR;
  const told = times.map((_, place) => imagesOf(contexts, conditions[place] === CONDITIONS.set ? 0 : 1, 1).data);
  const feeds = {
    latent: { shape: [LATENT_CHANNELS, side, side], data: latents },
    times,
    contexts: { shape: contexts.shape, data: joined(told) },
  };
  const rows = await denoise(backbone.part("front"), feeds);
  const [base] = shape.hasBase ? await denoise(backbone.part("unet"), feeds) : [];
  return {
    [lookName(prefix, "latent")]: latents,
    ...Object.fromEntries(rows.map(({ data }, row) => [lookName(prefix, `row${row}`), data])),
    ...(base && { [lookName(prefix, "base")]: base.data }),
  };
}
