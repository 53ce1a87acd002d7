/** @file From noise around a guess to a label, several times for each image: all chains of all images walk together. */
import { linearNoise, type NoiseSchedule, sampleLabels } from "../../diffusion/index.ts";
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { centerOf, type Guesses, toldOf } from "./guesses.ts";
import type { LabelChain } from "./model-file.ts";
import { guessWidth } from "./programs.ts";

/** Rows of labels that the denoiser takes at once. */
export const CHAIN_ROWS = 256;

/** Estimates of a label are kept within, unless the chain says otherwise: an untrained step far out must not run away. */
const CLIP = [-0.5, 1.5] as const;

export const clipOf = ({ clip = CLIP }: Pick<LabelChain, "clip">): readonly [number, number] | null => clip;

/** The published schedule, β from 1e-4 to 0.02 in 1000 steps, scaled to end in noise after `times` as well. */
export const scheduleOf = (times: number): NoiseSchedule => {
  const [first, last] = betasOf(times);
  return linearNoise({ steps: times, first, last });
};

/** Share of noise that the first and the last step add. */
export const betasOf = (times: number): [number, number] => [0.1 / times, Math.min(0.999, 20 / times)];

export interface ChainImage {
  /** Names its randomness. */
  key: number;
  embedded: Float32Array;
  guesses: Guesses;
}

/** Labels by image, `samples` of each; `clippedShare`: of all estimates on the way those that were clipped. */
export async function walkChains(
  denoise: CompiledProgram,
  images: readonly ChainImage[],
  { samples, seed, times, chain }: { samples: number; seed: number; times: number; chain: LabelChain },
): Promise<{ labels: number[][][]; clippedShare: number }> {
  const { variant, sampler } = chain;
  const width = images[0]!.guesses.both.length;
  const hidden = images[0]!.embedded.length;
  const toldWidth = guessWidth(width, variant);
  const rows = images.flatMap((image) => Array.from({ length: samples }, (_, sample) => ({ image, sample })));
  const told = new Float32Array(rows.length * toldWidth);
  const embedded = new Float32Array(rows.length * hidden);
  const centers = new Float64Array(rows.length * width);
  for (const [row, { image }] of rows.entries()) {
    told.set(toldOf(image.guesses, variant), row * toldWidth);
    embedded.set(image.embedded, row * hidden);
    centers.set(centerOf(image.guesses, chain), row * width);
  }
  const noiseOf = async (labels: Float64Array, time: number): Promise<Float32Array> => {
    const noise = new Float32Array(labels.length);
    for (let first = 0; first < rows.length; first += CHAIN_ROWS) {
      const part = <Values extends Float32Array | Float64Array>(values: Values, each: number): Float32Array => {
        const padded = new Float32Array(CHAIN_ROWS * each);
        padded.set(values.subarray(first * each, (first + CHAIN_ROWS) * each));
        return padded;
      };
      const outputs = await denoise.run({
        embedded: part(embedded, hidden),
        label: part(labels, width),
        guess: part(told, toldWidth),
        time: new BigInt64Array(CHAIN_ROWS).fill(BigInt(time)),
      });
      const count = Math.min(CHAIN_ROWS, rows.length - first) * width;
      noise.set((outputs["noise"]!.data as Float32Array).subarray(0, count), first * width);
    }
    return noise;
  };
  const randomOf = (row: number): Random => new Random(seed, "chain", rows[row]!.image.key, rows[row]!.sample);
  const sampled = await sampleLabels(
    scheduleOf(times),
    { width, guesses: centers, sampler, randomOf, clip: clipOf(chain) },
    noiseOf,
  );
  const labels = images.map((_, at) =>
    Array.from({ length: samples }, (_, sample) => {
      const row = at * samples + sample;
      return Array.from(sampled.labels.subarray(row * width, (row + 1) * width));
    }),
  );
  return { labels, clippedShare: sampled.clippedShare };
}
