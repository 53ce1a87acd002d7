/** @file What a method with a student and a teacher says of its stages; session.ts runs them. */
import type { CompiledProgram, Feeds } from "../../engine/runtime/index.ts";
import type { Program } from "../../engine/index.ts";
import {
  adam,
  constantRate,
  cosineRate,
  type Optimizer,
  type Schedule,
  sgd,
  type TrainStep,
  warmUp,
} from "../../training/index.ts";
import type { SharedSettings } from "./settings.ts";

export interface StepMaterial {
  feeds: Feeds;
  /** Figures of what was fed, as curves beside the losses. */
  figures?: Readonly<Record<string, number>>;
}

/** Some updates of one kind. Steps are counted from 0 in each stage. */
export interface Stage {
  /** Stored in checkpoints and part of what names the randomness: never rename. */
  name: string;
  steps: number;
  train: TrainStep;
  /** Programs that `material` runs, compiled on the same store. */
  beside: Readonly<Record<string, Program>>;
  rate: Schedule;
  material(step: number, beside: Readonly<Record<string, CompiledProgram>>): Promise<StepMaterial>;
}

/** Of moments and step counters; one name, so that a later stage goes on with them. */
export const TRAIN = "train";

export function optimizerOf({ optimizer }: Pick<SharedSettings, "optimizer">): Optimizer {
  return optimizer === "adam" ? adam() : sgd({ momentum: 0.9, weightDecay: 1e-4 });
}

/** Steps in which a cosine rises, and the share of a stage that they take at most. */
const RISE = { steps: 25, share: 0.1 };
/** "drop": after this share of the last stage, to this share of the rate. */
const DROP = { after: 0.7, to: 0.2 };
/** "tenths": steps, as in the program of Bai et al. on volumes. */
const TENTH_AFTER = 2500;

export function rateOf(
  { schedule, learningRate: rate }: Pick<SharedSettings, "schedule" | "learningRate">,
  { steps, isLast }: { steps: number; isLast: boolean },
): Schedule {
  switch (schedule) {
    case "cosine":
      return warmUp(Math.max(1, Math.min(RISE.steps, Math.floor(RISE.share * steps))), cosineRate({ rate, steps }));
    case "drop": {
      if (!isLast) return constantRate(rate);
      const drop = Math.ceil(DROP.after * steps);
      return (step) => (step < drop ? rate : DROP.to * rate);
    }
    case "tenths":
      return isLast ? (step) => rate * 0.1 ** Math.floor(step / TENTH_AFTER) : constantRate(rate);
    case "constant":
      return constantRate(rate);
  }
}
