/** @file One update of every network of a translation, in the order of its mode: specification of the method, section 9. */
import { type CompiledProgram, scalars } from "../../engine/runtime/index.ts";
import { Random } from "../../random/index.ts";
import type { Compile } from "../training-store.ts";
import { hasCycle, isConditional, judgesFresh } from "./modes.ts";
import {
  backwardProgram,
  discriminatorStep,
  generatorStep,
  type ProgramOptions,
  translationProgram,
} from "./programs.ts";
import { ReplayBuffer, type ReplayState } from "./replay-buffer.ts";

/** Images `[batch, channels, H, W]` in [-1, 1]. */
export interface PairBatch {
  source: Float32Array;
  target: Float32Array;
}

/** Earlier results of each side; empty where the mode shows none again. */
export interface Replayed {
  target: Readonly<ReplayState>;
  source: Readonly<ReplayState>;
}

export interface Updates {
  /** `draw` names the randomness of the step. Losses by name; "loss" is that of the generators. */
  step(pair: PairBatch, draw: number, learningRate: number): Promise<Record<string, number>>;
  /** For a checkpoint. */
  readonly replayed: Replayed;
}

const first = (outputs: Awaited<ReturnType<CompiledProgram["run"]>>): Float32Array =>
  outputs["image"]!.data as Float32Array;

export async function openUpdates(
  compile: Compile,
  options: ProgramOptions,
  { seed, replayed }: { seed: number; replayed?: Replayed },
): Promise<Updates> {
  const { mode, shape, batchSize } = options;
  const learn = await compile(generatorStep(options));
  const translate = await compile(translationProgram(shape, batchSize));
  const judgeTargets = await compile(discriminatorStep(options, "target"));
  const cycle = hasCycle(mode)
    ? {
        translateBack: await compile(backwardProgram(shape, batchSize)),
        judgeSources: await compile(discriminatorStep(options, "source")),
      }
    : null;
  const buffers = { target: new ReplayBuffer(replayed?.target), source: new ReplayBuffer(replayed?.source) };

  /** What the discriminator of a side is shown for the results of this step, image by image. */
  const shown = (side: "target" | "source", results: Float32Array, draw: number): Float32Array => {
    const random = new Random(seed, "replay", side, draw);
    const length = results.length / batchSize;
    const chosen = results.slice();
    for (let place = 0; place < batchSize; place++) {
      const own = results.subarray(place * length, (place + 1) * length);
      chosen.set(buffers[side].exchange(own, random), place * length);
    }
    return chosen;
  };

  return {
    get replayed() {
      return { target: buffers.target.held, source: buffers.source.held };
    },
    async step({ source, target }, draw, learningRate) {
      const fresh = judgesFresh(mode);
      const before = fresh ? null : first(await translate.run({ source }));
      const backBefore = cycle === null ? null : first(await cycle.translateBack.run({ target }));
      const { total, ...terms } = scalars(await learn.run({ source, target, learningRate }));
      const sourceJudged =
        cycle === null
          ? null
          : scalars(
              await cycle.judgeSources.run({ real: source, fake: shown("source", backBefore!, draw), learningRate }),
            );
      const fake = before === null ? first(await translate.run({ source })) : shown("target", before, draw);
      const judged = scalars(
        await judgeTargets.run({ real: target, fake, ...(isConditional(mode) && { source }), learningRate }),
      );
      return {
        loss: total!,
        ...terms,
        targetJudge: judged["total"]!,
        ...(sourceJudged !== null && { sourceJudge: sourceJudged["total"]! }),
      };
    },
  };
}
