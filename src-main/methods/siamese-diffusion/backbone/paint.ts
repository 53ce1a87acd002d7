/**
 * @file Painting with a backbone as it is: from its text alone, or for masks with a control network of its own. Nothing of ours is trained here.
 * Sections 9 and 15 of the specification.
 */
import { sampleLatent, type SolverName } from "../../../diffusion/index.ts";
import { Random } from "../../../random/index.ts";
import { drawNormal } from "../draws.ts";
import { NOISE_SCHEDULE } from "../paint-settings.ts";
import { decodedBy } from "./latents.ts";
import type { OpenBackbone } from "./open-backbone.ts";
import { type Batch, denoise, imagesOf, joined } from "./part-session.ts";
import { checkSize, LATENT_CHANNELS, LATENT_FACTOR, partOf, type PartRole, ROW_HALVINGS } from "./record.ts";

export interface BackbonePainting {
  /** Pixels; a multiple of 64. */
  size: number;
  solver: SolverName;
  steps: number;
  /** 1: the prompt's own prediction; more: away from that of no text. */
  guidance: number;
  /** The mask `[size, size]` of 0 and 1 of each image, for a backbone with a control network. */
  maskOf?: ((image: number) => Uint8Array | Promise<Uint8Array>) | undefined;
  /** Steps done of an image; 0: it begins. */
  onStep?: ((step: number, image: number) => void | Promise<void>) | undefined;
}

/** Parts to open for it. */
export function paintingRoles(record: OpenBackbone["record"], hasMasks: boolean): PartRole[] {
  if (hasMasks) return ["controlledUnet", "control", "vaeDecoder"];
  return [partOf(record, "unet") === undefined ? "controlledUnet" : "unet", "vaeDecoder"];
}

/**
 * Guided noise for one latent image: two looks, without text and with the prompt, both with the same mask. `contexts` as of OpenBackbone: the prompt
 * first.
 */
export async function guidedNoise(
  backbone: OpenBackbone,
  {
    latent,
    time,
    contexts,
    guidance,
    hint,
  }: {
    latent: Batch;
    time: number;
    contexts: Batch;
    guidance: number;
    hint?: Batch | undefined;
  },
): Promise<Float32Array> {
  const isGuided = guidance !== 1;
  const texts = isGuided ? 2 : 1;
  const twice = (batch: Batch): Batch => ({
    shape: batch.shape,
    data: joined(Array.from({ length: texts }, () => batch.data)),
  });
  const feeds = {
    latent: twice(latent),
    times: Array.from({ length: texts }, () => time),
    contexts: imagesOf(contexts, 0, texts),
  };
  const plain = backbone.part("unet");
  const network = plain ?? backbone.part("controlledUnet");
  const residuals =
    plain !== undefined
      ? undefined
      : hint === undefined
        ? silentResiduals(backbone, latent, texts)
        : await denoise(backbone.part("control"), { ...feeds, hint: twice(hint) });
  const [noise] = await denoise(network, { ...feeds, ...(residuals && { residuals }) });
  if (!isGuided) return noise!.data;
  const [prompted, none] = [imagesOf(noise!, 0, 1).data, imagesOf(noise!, 1, 1).data];
  return none.map((value, at) => value + guidance * (prompted[at]! - value));
}

/** Nothing through the control ports. */
function silentResiduals({ record }: OpenBackbone, { shape }: Batch, count: number): Batch[] {
  return record.facts.rowWidths.map((channels, row) => {
    const side = shape[1]! / 2 ** ROW_HALVINGS[row]!;
    return { shape: [channels, side, side], data: new Float32Array(count * channels * side * side) };
  });
}

/** Images `[3, size, size]` in [0, 1], each as soon as it is there. A key is the randomness of one, whatever is painted beside it. */
export async function* paintWithBackbone(
  backbone: OpenBackbone,
  keys: readonly (readonly (string | number)[])[],
  { size, solver, steps, guidance, maskOf, onStep }: BackbonePainting,
): AsyncGenerator<Float32Array> {
  checkSize(backbone.record, size);
  const side = size / LATENT_FACTOR;
  const contexts = await backbone.contexts();
  for (const [place, key] of keys.entries()) {
    const start = drawNormal(new Random(...key), LATENT_CHANNELS * side * side);
    const mask = await maskOf?.(place);
    const hint = mask && {
      shape: [3, size, size],
      data: joined(Array.from({ length: 3 }, () => Float32Array.from(mask))),
    };
    await onStep?.(0, place);
    const latent = await sampleLatent(
      start,
      (data, time) =>
        guidedNoise(backbone, {
          latent: { shape: [LATENT_CHANNELS, side, side], data },
          time,
          contexts,
          guidance,
          hint,
        }),
      {
        schedule: NOISE_SCHEDULE,
        solver,
        steps,
        predicts: "eps",
        final: "first",
        onStep: ({ step }) => onStep?.(step, place),
      },
    );
    const shape = [LATENT_CHANNELS, side, side];
    yield (await decodedBy(backbone.part("vaeDecoder"), backbone.record.facts, { shape, data: latent })).data;
  }
}
