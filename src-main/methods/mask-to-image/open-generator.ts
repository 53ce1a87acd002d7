/** @file A trained generator by itself: masks in, images out. */
import { CANDIDATES } from "../../networks/index.ts";
import { type CompiledProgram, ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import type { ComputeDevice, ImageGenerator } from "../define-method.ts";
import { architectureOf, cellCount, NETWORKS, type SynthesisShape } from "./networks.ts";
import { paintingProgram, sharesProgram } from "./programs.ts";
import { readSynthesisDescription } from "./synthesis-file.ts";

/** `weights`: what a training of genseg gave. Throws `Problem` "unsupported-file" when they hold no generator. */
export async function openGenerator(weights: Uint8Array, device: ComputeDevice): Promise<ImageGenerator> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { classes, channels, size, width, depth, generator, range, kept } = readSynthesisDescription(metadata);
  if (!Object.keys(tensors).some((name) => name.startsWith(`${NETWORKS.generator}.`))) {
    throw new Problem({
      code: "unsupported-file",
      title: "The model holds no generator.",
      detail: "It was trained without synthetic images.",
      hint: "Choose a model that was trained with genseg and synthetic images.",
    });
  }
  const shape: SynthesisShape = {
    size,
    channels,
    classes: classes.length,
    batchSize: 1,
    generator,
    discriminator: { width: 1, halvings: 1, between: 0 }, // has no part in painting
    segmenter: { width, depth },
  };
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  await store.restore(tensors as State);
  const isMixed = kept === null || kept === undefined;
  const shares = isMixed ? await presentShares(store, shape) : null;
  const options = { shape, range, ...(isMixed ? {} : { kept }) };
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

/** Shares of 4 × 4, 6 × 6 and 8 × 8 kernels of each cell, innermost first; of a cell that was cut 1 for the kept one. */
function architectureTable(
  cells: Float32Array | readonly number[] | null,
  shape: SynthesisShape,
): { half: "up" | "down"; shares: number[][] }[] {
  const count = cellCount(shape);
  if (cells === null || count === 0) return [];
  const rows = Array.from({ length: count }, (_, cell) =>
    CANDIDATES.map((__, candidate) =>
      cells instanceof Float32Array ? cells[cell * CANDIDATES.length + candidate]! : +(cells[cell] === candidate),
    ),
  );
  const places = architectureOf(
    rows.map((_, cell) => cell),
    shape,
  );
  return (["up", "down"] as const).flatMap((half) => {
    const own = places[half];
    return own === undefined ? [] : [{ half, shares: own.map((cell) => rows[cell as number]!) }];
  });
}
