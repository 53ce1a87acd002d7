/** @file A trained translation by itself: images of a series in, the same in the other modality out. Only the generator is left of the training. */
import { type Placement, placeInSquare, squareFrame } from "../../dataset/index.ts";
import { ParameterStore, type State } from "../../engine/runtime/index.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { Problem } from "../../problem/index.ts";
import { Random } from "../../random/index.ts";
import { type Frame, onGridOf, resizeBilinear } from "../../voxels/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import type { TranslatedSeries, Translator } from "../trained-models.ts";
import { type IntensityRange, rangeOf, scaled } from "./intensities.ts";
import { readTranslation } from "./model-file.ts";
import { NETWORKS } from "./networks.ts";
import { isFlat, neighborPlaces } from "./pictures.ts";
import { translationProgram } from "./programs.ts";

/** `weights`: what a training of a translation gave. Throws `Problem` "unsupported-file" where they are of another. */
export async function openTranslator(weights: Uint8Array, device: ComputeDevice): Promise<Translator> {
  const { tensors, metadata } = decodeSafetensors(weights);
  const { shape, modalities } = readTranslation(metadata);
  const store = new ParameterStore({ device, random: (name) => new Random(0, name) });
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(`${NETWORKS.forward}.`));
  await store.restore(Object.fromEntries(own) as State);
  const program = await store.compile(translationProgram(shape, 1), { frozen: true });
  const { width: size, sourceChannels: slices } = shape;

  const squareAt = async (read: () => Promise<Frame>) => squareFrame(await read(), { size, channels: 1 });
  const rangeOfSeries = (reads: readonly (() => Promise<Frame>)[]): Promise<IntensityRange> =>
    rangeOf(
      reads.map((read) => () => squareAt(read)),
      size,
    );
  /** `source`, with its neighbors, and what is made of it: `[size, size]` in [-1, 1]. */
  const paint = async (
    { count, frame, isWanted }: TranslatedSeries,
    onSquare: (index: number, squares: { source: Float32Array; made: Float32Array }) => Promise<void>,
  ): Promise<void> => {
    const range = await rangeOfSeries(Array.from({ length: count }, (_, index) => () => frame(index)));
    if (!(range.high > range.low)) throw nothingToSee(count);
    const seen = createWindow(async (index) => {
      const { image, placement } = await squareAt(() => frame(index));
      return scaled(image, { size, placement }, range);
    }, slices);
    for (let index = 0; index < count; index++) {
      if (isWanted?.(index) === false) continue;
      const stack = new Float32Array(slices * size * size);
      for (const [place, at] of neighborPlaces(index, slices, count).entries())
        stack.set(await seen(at), place * size * size);
      const { image } = await program.run({ source: stack });
      await onSquare(index, { source: await seen(index), made: image!.data as Float32Array });
    }
  };
  return {
    size,
    modalities,
    translate: (series, onImage) =>
      paint(series, async (index, { made }) => onImage(index, restored(made, await series.frame(index), size))),
    rangeOf: rangeOfSeries,
    compare: (series, targetOf, onPair) =>
      paint(series, async (index, { source, made }) => {
        const own = await series.frame(index);
        const { frame, range, alignment, relation } = await targetOf(index);
        const { image, placement } = await squareAt(async () => onGridOf(frame, own, alignment, relation));
        const real = scaled(image, { size, placement }, range);
        const isEmpty = isFlat(source, size, placement) || isFlat(real, size, placement);
        await onPair(index, isEmpty ? null : { source, made, real, placement });
      }),
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
