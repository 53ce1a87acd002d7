/** @file A trained generator by itself: masks in, images out. */
import { type ChannelCount, preprocessFrame } from "../../dataset/index.ts";
import { type CompiledProgram, ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import type { ImageGenerator } from "../trained-models.ts";
import { architectureTable } from "./architecture-table.ts";
import { NETWORKS, type SynthesisShape } from "./networks.ts";
import { paintingProgram, sharesProgram } from "./programs.ts";
import { readSynthesisDescription } from "./synthesis-file.ts";

/** `weights`: what a training of genseg or pix2pix gave. Throws `Problem` "unsupported-file" when they hold no generator. */
export async function openGenerator(weights: Uint8Array, device: ComputeDevice): Promise<ImageGenerator> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { classes, channels, size, generator, range, kept } = readSynthesisDescription(metadata);
  if (!Object.keys(tensors).some((name) => name.startsWith(`${NETWORKS.generator}.`))) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model holds no generator.",
      detail: "It was trained without synthetic images.",
      hint: "Choose a model that was trained with pix2pix, or with genseg and synthetic images.",
    });
  }
  const shape: SynthesisShape = {
    size,
    channels,
    classes: classes.length,
    batchSize: 1,
    generator,
    // These have no part in painting.
    discriminator: { width: 1, halvings: 1, between: 0 },
    segmenter: { width: 1, depth: 1 },
  };
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  const own = Object.entries(tensors).filter(
    ([name]) => name.startsWith(`${NETWORKS.generator}.`) || name.startsWith(`${NETWORKS.architecture}.`),
  );
  await store.restore(Object.fromEntries(own) as State);
  const isMixed = generator.search !== "none" && (kept === null || kept === undefined);
  const shares = isMixed ? await presentShares(store, shape) : null;
  const options = { shape, range, ...(!isMixed && kept ? { kept } : {}) };
  /** By number of masks. */
  const compiled = new Map<number, CompiledProgram>();
  const programFor = async (count: number): Promise<CompiledProgram> => {
    const program = compiled.get(count) ?? (await store.compile(paintingProgram(options, count)));
    compiled.set(count, program);
    return program;
  };
  return {
    classes,
    channels,
    size,
    architecture: () => architectureTable(kept ?? shares, shape),
    asPainted(frame) {
      const { image, placement } = preprocessFrame(frame, { size, channels: channels as ChannelCount });
      const share = (value: number): number => (value - range.low) / (range.high - range.low);
      return { image: image.map((value) => Math.min(1, Math.max(0, share(value)))), placement };
    },
    async paint(labelMaps, keys) {
      const { program, run } = await programFor(keys.length);
      // A stream for each image: it is the same whatever is painted beside it.
      const noises = keys.map((key) => drawNoise({ inputs: ofOne(program.inputs, keys.length) }, new Random(...key)));
      const noise = Object.fromEntries(
        Object.keys(noises[0] ?? {}).map((name) => [name, joined(noises.map((one) => one[name]!))]),
      );
      const outputs = await run({
        labelMap: labelMaps,
        ...noise,
        ...("shares" in program.inputs && { shares: shares! }),
      });
      return outputs["image"]!.data as Float32Array;
    },
    release: () => store.release(),
  };
}

async function presentShares(store: ParameterStore, shape: SynthesisShape): Promise<Float32Array> {
  const program = await store.compile(sharesProgram(shape));
  const { shares } = await program.run({});
  await program.release();
  return shares!.data as Float32Array;
}

/** The inputs of one image among `count`. */
function ofOne(inputs: CompiledProgram["program"]["inputs"], count: number): typeof inputs {
  const entries = Object.entries(inputs).map(([name, input]) => {
    const [first, ...rest] = input.shape;
    return [name, first === count ? { ...input, shape: [1, ...rest] } : input] as const;
  });
  return Object.fromEntries(entries) as typeof inputs;
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
