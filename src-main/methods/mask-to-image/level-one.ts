/** @file Level I under way: discriminator and generator learn from real pairs, one step of each at a time. */
import { type CompiledProgram, scalars } from "../../engine/runtime/index.ts";
import { createSampler } from "../../dataset/index.ts";
import { Random } from "../../random/index.ts";
import { drawNoise } from "../../training/index.ts";
import type { Compile } from "../training-store.ts";
import type { SynthesisPairs } from "./pairs.ts";
import { discriminatorStep, generatorStep, type ProgramOptions } from "./programs.ts";

export interface LevelOne {
  /** `draw` names the batch and the noise; `shares`: of the cells, where there are any. */
  step(draw: number, learningRate: number, shares?: Float32Array): Promise<Record<string, number>>;
  release(): Promise<void>;
}

export async function openLevelOne(
  compile: Compile,
  options: ProgramOptions,
  { pairs, seed }: { pairs: SynthesisPairs; seed: number },
): Promise<LevelOne> {
  const { batchSize } = options.shape;
  const discriminator = await compile(discriminatorStep(options));
  const generator = await compile(generatorStep(options));
  const sampler = createSampler(pairs.count, seed);
  return {
    async step(draw, learningRate, shares) {
      const indices = Array.from({ length: batchSize }, (_, place) => sampler(draw * batchSize + place));
      const { image, labelMap } = await pairs.training(indices);
      const feedsOf = ({ program }: CompiledProgram, which: string) => ({
        image,
        labelMap,
        ...("shares" in program.inputs && { shares: shares! }),
        ...drawNoise(program, new Random(seed, which, draw)),
        learningRate,
      });
      // Names of random streams: others would be other trainings than those in docs/experiments.
      const judged = scalars(await discriminator.run(feedsOf(discriminator, "judge's noise")));
      const painted = scalars(await generator.run(feedsOf(generator, "painter's noise")));
      return {
        loss: painted["total"]!,
        generatorL1: painted["l1"]!,
        generatorAdversarial: painted["adversarial"]!,
        discriminator: judged["total"]!,
      };
    },
    async release() {
      await discriminator.release();
      await generator.release();
    },
  };
}
