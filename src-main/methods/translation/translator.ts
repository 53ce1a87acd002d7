/** @file A trained translation by itself: images of a series in, the same in the other modality out. Only the generator is left of the training. */
import { type Placement, placeInSquare, squareFrame } from "../../dataset/index.ts";
import { ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import { type Frame, resizeBilinear } from "../../voxels/index.ts";
import type { ComputeDevice, Translator } from "../define-method.ts";
import { rangeOf, scaled } from "./intensities.ts";
import { readTranslation } from "./model-file.ts";
import { NETWORKS } from "./networks.ts";
import { neighborPlaces } from "./pictures.ts";
import { translationProgram } from "./programs.ts";

/** `weights`: what a training of a translation gave. Throws `Problem` "unsupported-file" where they are of another. */
export async function openTranslator(weights: Uint8Array, device: ComputeDevice): Promise<Translator> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { shape, modalities } = readTranslation(metadata);
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(`${NETWORKS.forward}.`));
  await store.restore(Object.fromEntries(own) as State);
  const program = await store.compile(translationProgram(shape, 1));
  const { width: size, sourceChannels: slices } = shape;
  return {
    size,
    modalities,
    async translate({ count, frame, isWanted }, onImage) {
      const squareAt = async (index: number) => squareFrame(await frame(index), { size, channels: 1 });
      const range = await rangeOf(
        Array.from({ length: count }, (_, index) => () => squareAt(index)),
        size,
      );
      if (!(range.high > range.low)) throw nothingToSee(count);
      const seen = createWindow(async (index) => {
        const { image, placement } = await squareAt(index);
        return scaled(image, { size, placement }, range);
      }, slices);
      for (let index = 0; index < count; index++) {
        if (isWanted?.(index) === false) continue;
        const source = new Float32Array(slices * size * size);
        for (const [place, at] of neighborPlaces(index, slices, count).entries())
          source.set(await seen(at), place * size * size);
        const { image } = await program.run({ source });
        const original = await frame(index);
        await onImage(index, restored(image!.data as Float32Array, original, size));
      }
    },
    release: () => store.release(),
  };
}

/** Prepared squares of the neighbors of where the work is. */
function createWindow(prepare: (index: number) => Promise<Float32Array>, slices: number) {
  const kept = new Map<number, Float32Array>();
  return async (index: number): Promise<Float32Array> => {
    const known = kept.get(index) ?? (await prepare(index));
    kept.set(index, known);
    for (const old of kept.keys()) if (old < index - slices) kept.delete(old);
    return known;
  };
}

/** At the size of the image, in 8 bits: -1 is 0, 1 is 255. */
function restored(square: Float32Array, original: Frame, size: number): Frame {
  const { width, height, spacing, geometry } = original;
  const placement = placeInSquare(original, size);
  const plane = resizeBilinear(cut(square, size, placement), placement, { width, height });
  const data = Uint8Array.from(plane, (value) => Math.round((255 * (Math.min(1, Math.max(-1, value)) + 1)) / 2));
  return {
    width,
    height,
    channels: 1,
    sampleType: "uint8",
    data,
    photometric: "MONOCHROME2",
    rescaleSlope: 1,
    rescaleIntercept: 0,
    window: null,
    spacing,
    ...(geometry !== undefined && { geometry }),
  };
}

function cut(square: Float32Array, size: number, { left, top, width, height }: Placement): Float32Array {
  const plane = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (top + row) * size + left;
    plane.set(square.subarray(start, start + width), row * width);
  }
  return plane;
}

function nothingToSee(count: number): Problem {
  return new Problem({
    code: "not-enough-data",
    title: count === 1 ? "The image is of one value." : `All ${count} images of the series are of one value.`,
    detail: "There is nothing to translate.",
    hint: "Leave it out.",
  });
}
