/** @file A trained Siamese-Diffusion by itself: masks in, images out, from noise in a few steps. */
import { sizeOf } from "../../engine/index.ts";
import { isOutOfMemory, ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { sampleLatent } from "../../diffusion/index.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import type { ImageGenerator, PaintOptions } from "../trained-models.ts";
import { drawNormal } from "./draws.ts";
import { type Guidance, guided, passesOf } from "./guidance.ts";
import { readSiamese } from "./model-file.ts";
import { latentShape } from "./networks.ts";
import { NOISE_SCHEDULE, type PaintSettings, parsePaintSettings } from "./paint-settings.ts";
import { PaintingPrograms } from "./painting-programs.ts";
import { pictureSquare } from "./pictures.ts";
import { denoiseProgram, hintProgram, pictureProgram } from "./programs.ts";
import { hasControl } from "./stages.ts";

/** Pictures on their way together: more need memory and win no time. */
const AT_ONCE = 8;

/** `weights`: what a training of siamese-diffusion gave. Throws `Problem` "unsupported-file" where masks steer nothing in it. */
export async function openSiameseGenerator(weights: Uint8Array, device: ComputeDevice): Promise<ImageGenerator> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { shape, channels, classes, predicts, scale, range } = readSiamese(metadata);
  if (!hasControl(tensors)) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model does not paint for masks yet.",
      detail: "Its training ended before masks came in.",
      hint: "Let the run go on, or choose another model.",
    });
  }
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  await store.restore(tensors as State);
  const dims = latentShape(shape);
  const [planes, area] = [dims[0]!, dims[1]! * dims[2]!];
  const latentSize = sizeOf(dims);
  const pixels = channels * shape.size ** 2;
  const programs = new PaintingPrograms(store);
  /** Fewer once more found no memory: it would find none the next time. */
  let atOnce = AT_ONCE;
  const picturesOf = async (latents: Float32Array, count: number): Promise<Float32Array> => {
    const program = await programs.get(`picture ${count}`, () => pictureProgram(shape, scale, count));
    return (await program.run({ latent: latents }))["image"]!.data as Float32Array;
  };

  /** Clean pictures are in [-1, 1] where latent images are pixels in another order. */
  const limit =
    shape.adapter === "autoencoder"
      ? undefined
      : (clean: Float64Array): void => {
          for (let i = 0; i < clean.length; i++) {
            const mean = scale.mean[Math.floor(i / area) % planes]!;
            clean[i] = Math.min((1 - mean) * scale.factor, Math.max((-1 - mean) * scale.factor, clean[i]!));
          }
        };

  interface Group {
    labelMaps: Uint8Array;
    references: Float32Array | null;
    referenceWeight: number;
    keys: readonly (readonly (string | number)[])[];
    onStep: (step: number, clean: Float32Array) => void | Promise<void>;
    onCompile: PaintOptions["onCompile"];
  }
  const paintGroup = async (
    { labelMaps, references, referenceWeight, keys, onStep, onCompile }: Group,
    chosen: PaintSettings,
  ): Promise<Float32Array> => {
    const batch = keys.length;
    const guidance: Guidance = { mask: chosen.guidance, condition: chosen.conditionGuidance };
    const passes = passesOf(guidance);
    const hasReference = references !== null;
    const readHint = async (kind: "mask" | "image", picture: Uint8Array | Float32Array): Promise<Float32Array> => {
      const program = await programs.get(`hint ${kind} ${batch}`, () => hintProgram(shape, batch, kind), onCompile);
      return (await program.run({ picture }))["hint"]!.data as Float32Array;
    };
    const key = `denoise ${batch} ${passes.free} ${passes.masked} ${hasReference}`;
    const look = await programs.get(key, () => denoiseProgram({ shape, batch, passes, hasReference }), onCompile);
    const hint = await readHint("mask", labelMaps);
    const reference = references === null ? null : await readHint("image", references);

    // A stream for each picture: it is the same whatever is painted beside it.
    const start = new Float32Array(batch * latentSize);
    for (const [place, one] of keys.entries())
      start.set(drawNormal(new Random(...one), latentSize), place * latentSize);
    const latents = await sampleLatent(
      start,
      async (latent, time) => {
        const outputs = await look.run({
          latent,
          time: new Float32Array(batch).fill(time),
          hint,
          ...(reference !== null && { reference, imageWeight: referenceWeight }),
        });
        const part = (name: string) => outputs[name]?.data as Float32Array | undefined;
        const [full, masked, free] = [part("full")!, part("masked"), part("free")];
        return guided({ full, ...(masked && { masked }), ...(free && { free }) }, guidance);
      },
      {
        schedule: NOISE_SCHEDULE,
        solver: chosen.solver,
        steps: chosen.samplingSteps,
        predicts,
        final: chosen.finalAlpha === "usual" ? "one" : chosen.finalAlpha,
        ...(limit && { limit }),
        onStep: ({ step, clean }) => onStep(step, clean),
      },
    );
    return picturesOf(latents, batch);
  };

  return {
    classes,
    channels,
    size: shape.size,
    architecture: () => [],
    asPainted: (frame) => pictureSquare(frame, range, { size: shape.size, channels }),
    async paint(labelMaps, keys, { settings = {}, references, onStep, onCompile }: PaintOptions = {}) {
      const chosen = parsePaintSettings(settings);
      const images = new Float32Array(keys.length * pixels);
      for (let first = 0; first < keys.length;) {
        const count = Math.min(atOnce, keys.length - first);
        const own = keys.slice(first, first + count);
        const from = first;
        const group: Group = {
          labelMaps: labelMaps.subarray(first * shape.size ** 2, (first + count) * shape.size ** 2),
          references: references?.images.subarray(first * pixels, (first + count) * pixels) ?? null,
          referenceWeight: references?.weight ?? 0,
          keys: own,
          onCompile,
          onStep: (step, clean) =>
            onStep?.({
              step,
              steps: chosen.samplingSteps,
              first: from,
              count,
              preview: () => picturesOf(clean, count),
            }),
        };
        try {
          images.set(await paintGroup(group, chosen), first * pixels);
        } catch (cause) {
          if (!isOutOfMemory(cause) || count === 1) throw cause;
          await programs.release();
          atOnce = Math.ceil(count / 2); // nothing of this group was painted
          continue;
        }
        first += count;
      }
      return images;
    },
    release: () => store.release(),
  };
}
