/** @file A model trained on a backbone, by itself: masks in, images out. The backbone has to be on this machine. */
import { sampleLatent } from "../../../diffusion/index.ts";
import { sizeOf } from "../../../engine/index.ts";
import { ParameterStore, type State } from "../../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../../engine/safetensors.ts";
import { Random } from "../../../random/index.ts";
import type { ComputeDevice, GeneratorResources } from "../../start-request.ts";
import type { ImageGenerator, PaintOptions } from "../../trained-models.ts";
import { drawNormal } from "../draws.ts";
import { guidanceWeights, guided, passesOf } from "../guidance.ts";
import { CONDITIONS } from "../networks.ts";
import { NOISE_SCHEDULE, parsePaintSettings } from "../paint-settings.ts";
import { PaintingPrograms } from "../painting-programs.ts";
import { pictureSquare } from "../pictures.ts";
import { compactHintProgram, compactLookProgram } from "./compact-programs.ts";
import { decodedBy } from "./latents.ts";
import { lookThrough, rolesFor } from "./look.ts";
import { reserveBackbone } from "./memory.ts";
import { CONTEXTS, readCompact } from "./model.ts";
import { openBackbone, type OpenBackbone } from "./open-backbone.ts";
import { type Batch, joined } from "./part-session.ts";
import { LATENT_CHANNELS, LATENT_FACTOR, TOKENS } from "./record.ts";

/**
 * `weights`: what a training on a backbone gave. `memoryLimit`: bytes in place of what the machine has. Throws `Problem` where the backbone is not on this
 * machine, `NotEnoughMemoryError` before anything of it is opened.
 */
export async function openCompactGenerator(
  weights: Uint8Array,
  device: ComputeDevice,
  { backbones: shelf, memoryLimit }: GeneratorResources,
): Promise<ImageGenerator> {
  const { backbone: record, shape } = readCompact(decodeSafetensors(weights).metadata);
  const roles = rolesFor(record, "paint", shape.hasBase);
  // One image at a time; the vectors of the texts are the model's.
  const passing = { size: shape.size, batch: 1, readsText: false };
  const { left } = reserveBackbone(record, roles, { ...passing, limit: memoryLimit });
  const backbone = await openBackbone(record, { shelf, roles, device });
  const generator = await compactGenerator(weights, device, backbone, left);
  return {
    ...generator,
    async release() {
      await generator.release();
      await backbone.release();
    },
  };
}

/** What the control branch reads of a mask, and of an image to go by. `onCompile`: of the painting. */
interface Steering extends Pick<PaintOptions, "onCompile"> {
  hint: Float32Array;
  reference: Float32Array | null;
  imageWeight: number;
}

/** On a backbone that is open and stays the caller's. One image at a time: it is the same whatever is painted beside it. `memoryLimit`: for what is not the backbone's. */
export async function compactGenerator(
  weights: Uint8Array,
  device: ComputeDevice,
  backbone: OpenBackbone,
  memoryLimit?: number,
): Promise<ImageGenerator> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { shape, classes, range } = readCompact(metadata);
  const { [CONTEXTS]: told, ...states } = tensors;
  const contexts: Batch = { shape: [TOKENS, told!.shape[2]!], data: told!.data as Float32Array<ArrayBuffer> };
  const store = new ParameterStore({ device, random: (name) => new Random(0, name), memoryLimit });
  await store.restore(states as State);
  const programs = new PaintingPrograms(store);
  const side = shape.size / LATENT_FACTOR;
  const latentShape = [LATENT_CHANNELS, side, side];
  const picturesOf = async (latents: Float32Array): Promise<Float32Array> =>
    (await decodedBy(backbone.part("vaeDecoder"), backbone.record.facts, { shape: latentShape, data: latents })).data;

  const readHint = async (
    kind: "mask" | "image",
    picture: Uint8Array | Float32Array,
    onCompile: PaintOptions["onCompile"],
  ): Promise<Float32Array> => {
    const program = await programs.get(`hint ${kind}`, () => compactHintProgram(shape, 1, kind), onCompile);
    return (await program.run({ picture }))["hint"]!.data as Float32Array;
  };

  const looked = async (
    latent: Float32Array,
    time: number,
    condition: number,
    want: { steered: boolean; free: boolean },
    { hint, reference, imageWeight, onCompile }: Steering,
  ) => {
    const hasReference = want.steered && reference !== null;
    const key = `look ${want.steered} ${want.free} ${hasReference}`;
    const program = await programs.get(
      key,
      () => compactLookProgram(shape, { batch: 1, ...want, hasReference }),
      onCompile,
    );
    const seen = await lookThrough(backbone, shape, contexts, {
      latents: latent,
      times: [time],
      conditions: [condition],
    });
    const outputs = await program.run({
      ...(seen as Record<string, Float32Array<ArrayBuffer>>),
      time: Float32Array.of(time),
      condition: Int32Array.of(condition),
      ...(want.steered && { hint }),
      ...(hasReference && { reference, imageWeight }),
    });
    return (name: "steered" | "free") => outputs[name]?.data as Float32Array | undefined;
  };

  return {
    classes,
    channels: 3,
    size: shape.size,
    architecture: () => [],
    asPainted: (frame) => pictureSquare(frame, range, { size: shape.size, channels: 3 }),
    async paint(labelMaps, keys, { settings = {}, references, onStep, onCompile }: PaintOptions = {}) {
      const chosen = parsePaintSettings(settings);
      const { guidance: mask, conditionGuidance: condition, solver, samplingSteps } = chosen;
      const guidance = { mask, condition };
      const passes = passesOf(guidance);
      const isTextSwapped = passes.masked || passes.free;
      const painted: Float32Array[] = [];
      for (const [place, key] of keys.entries()) {
        const area = shape.size ** 2;
        const steering: Steering = {
          hint: await readHint(
            "mask",
            Uint8Array.from(labelMaps.subarray(place * area, (place + 1) * area)),
            onCompile,
          ),
          reference:
            references === undefined
              ? null
              : await readHint("image", references.images.slice(3 * place * area, 3 * (place + 1) * area), onCompile),
          imageWeight: references?.weight ?? 0,
          onCompile,
        };
        const predict = async (latent: Float32Array, time: number): Promise<Float32Array> => {
          const isFullUsed = guidanceWeights(guidance).full !== 0;
          const set = isFullUsed
            ? await looked(latent, time, CONDITIONS.set, { steered: true, free: false }, steering)
            : null;
          const none = isTextSwapped
            ? await looked(latent, time, CONDITIONS.none, { steered: passes.masked, free: passes.free }, steering)
            : null;
          const [masked, free] = [none?.("steered"), none?.("free")];
          const full = set?.("steered") ?? new Float32Array(latent.length);
          return guided({ full, ...(masked && { masked }), ...(free && { free }) }, guidance);
        };
        const latent = await sampleLatent(drawNormal(new Random(...key), sizeOf(latentShape)), predict, {
          schedule: NOISE_SCHEDULE,
          solver,
          steps: samplingSteps,
          predicts: "eps",
          final: chosen.finalAlpha === "usual" ? "first" : chosen.finalAlpha,
          onStep: ({ step, clean }) =>
            onStep?.({ step, steps: samplingSteps, first: place, count: 1, preview: () => picturesOf(clean) }),
        });
        painted.push(await picturesOf(latent));
      }
      return joined(painted);
    },
    release: () => store.release(),
  };
}
