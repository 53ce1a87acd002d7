/** @file How many steps each part of a training takes. */
import type { GensegSettings } from "./settings.ts";

/** Steps of the generator after its cells were cut to one kernel each. */
const DISCRETISED_STEPS = 300;

export interface Stages {
  /** The generator alone. */
  painting: number;
  /** The segmenter, and the generator and its architecture beside it. */
  joint: number;
  /** The generator with one kernel a cell. */
  discretised: number;
  total: number;
}

export function stagesOf({
  second,
  generatorSteps,
  steps,
  discretise,
}: Pick<GensegSettings, "second" | "generatorSteps" | "steps" | "discretise">): Stages {
  const paints = second === "synthetic";
  const painting = paints ? generatorSteps : 0;
  const discretised = paints && discretise === "argmax" ? DISCRETISED_STEPS : 0;
  return { painting, joint: steps, discretised, total: painting + steps + discretised };
}
