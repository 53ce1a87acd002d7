/** @file How well a network under training denoises images that it does not learn from: the same times and noise at every look. */
import type { CompiledProgram } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import { CONDITIONS } from "./networks.ts";
import { drawNormal, timeFeeds } from "./draws.ts";
import type { Pictures, ValueRange } from "./pictures.ts";

/** Middles of ten equal parts of the time. */
const TIMES = Array.from({ length: 10 }, (_, part) => 100 * part + 50);

export interface ScoringOptions {
  seed: number;
  range: ValueRange;
  latentSize: number;
  batchSize: number;
  /** Of the image in the second branch. */
  imageWeight: number;
  hasCodeNoise: boolean;
  compile(batch: number): Promise<CompiledProgram>;
}

export interface Scoring {
  /** Mean error of the mask's branch over all validation images and times; null where there is none. And that of the image's branch, where there is one. */
  score(): Promise<{ score: number | null; figures?: Record<string, number> }>;
  release(): Promise<void>;
}

export function openScoring(pictures: Pictures, options: ScoringOptions): Scoring {
  const { seed, range, latentSize, imageWeight, hasCodeNoise, compile } = options;
  const batch = Math.min(options.batchSize, Math.max(1, pictures.validated));
  let program: CompiledProgram | null = null;
  return {
    async score() {
      if (pictures.validated === 0) return { score: null };
      program ??= await compile(batch);
      const isControlled = "labelMap" in program.program.inputs;
      const hasImageBranch = "imageWeight" in program.program.inputs;
      let [count, mask, image] = [0, 0, 0];
      for (let first = 0; first < pictures.validated; first += batch) {
        // The last batch is filled up with its first image, which counts once.
        const own = Math.min(batch, pictures.validated - first);
        const indices = Array.from({ length: batch }, (_, place) => first + (place < own ? place : 0));
        const { image: seen, labelMap } = await pictures.batch("validated", indices, range);
        for (const time of TIMES) {
          const random = new Random(seed, "siamese-diffusion validation", first, time);
          const outputs = await program.run({
            image: seen,
            ...timeFeeds(indices.map(() => time)),
            condition: new Int32Array(batch).fill(CONDITIONS.set),
            noise: drawNormal(random, batch * latentSize),
            ...(hasCodeNoise && { codeNoise: drawNormal(random, batch * latentSize) }),
            ...(isControlled && { labelMap }),
            ...(hasImageBranch && { imageWeight }),
          });
          for (let place = 0; place < own; place++) {
            mask += outputs["maskBranch"]!.data[place] as number;
            image += hasImageBranch ? (outputs["imageBranch"]!.data[place] as number) : 0;
            count++;
          }
        }
      }
      return { score: mask / count, ...(hasImageBranch && { figures: { validationImage: image / count } }) };
    },
    release: async () => program?.release(),
  };
}
