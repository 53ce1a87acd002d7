/**
 * @file Latent images of the images to learn from: what the backbone's encoder says of each, asked once. An encoder that draws by itself would say something else
 * after a restart: what it said is kept with the training.
 */
import type { ParameterStore, State } from "../../../engine/runtime/index.ts";
import type { Random } from "../../../random/index.ts";
import { drawNormal } from "../draws.ts";
import type { Pictures, ValueRange } from "../pictures.ts";
import { encodedBy, latentOf } from "./latents.ts";
import type { OpenBackbone } from "./open-backbone.ts";
import { type Batch, imagesOf } from "./part-session.ts";
import { LATENT_CHANNELS, LATENT_FACTOR } from "./record.ts";

type Group = "annotated" | "validated";

export interface EncodedImages {
  /** Scaled latent images `[n, 4, side, side]`; what an encoder leaves open is drawn from `random`. */
  latents(
    group: Group,
    indices: readonly number[],
    mirrored: readonly boolean[],
    random: Random,
  ): Promise<Float32Array>;
}

/** Names that begin so are kept in the store and its checkpoints. */
const KEPT = "backbone.latent";

export function openEncodedImages(
  backbone: OpenBackbone,
  pictures: Pictures,
  { size, range, store, saved }: { size: number; range: ValueRange; store: ParameterStore; saved: State },
): EncodedImages {
  const { facts } = backbone.record;
  const known = new Map<string, Batch>();
  const side = size / LATENT_FACTOR;
  const encoded = async (group: Group, index: number, isMirrored: boolean): Promise<Batch> => {
    const key = `${KEPT}.${group}.${index}.${isMirrored ? "mirrored" : "plain"}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const kept = saved[key];
    const made = kept
      ? { shape: kept.shape, data: kept.data }
      : await encodedBy(backbone.part("vaeEncoder"), {
          shape: [3, size, size],
          data: (await pictures.batch(group, [index], range, [isMirrored])).image,
        });
    if (facts.encodes === "draws" && kept === undefined)
      await store.restore({ [key]: { shape: made.shape, data: Float32Array.from(made.data) } });
    known.set(key, made);
    return made;
  };
  return {
    async latents(group, indices, mirrored, random) {
      const each = LATENT_CHANNELS * side * side;
      const latents = new Float32Array(indices.length * each);
      for (const [place, index] of indices.entries()) {
        const told = await encoded(group, index, mirrored[place] === true);
        // Drawn whether or not it is used: one encoder or another, the rest of a step's randomness is the same.
        const noise = drawNormal(random, each);
        latents.set(latentOf(imagesOf(told, 0, 1), facts, noise), place * each);
      }
      return latents;
    },
  };
}
