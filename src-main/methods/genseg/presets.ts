/** @file Settings of GenSeg by a name: sized for this computer, the paper's, and the specification's small ones. */
import type { Machine, Preset, TrainingFacts } from "../training-facts.ts";
import { fittedGenerator, isStrong } from "../mask-to-image/fitted.ts";
import type { SettingValue } from "../settings.ts";
import { FEW_VALIDATED } from "./remarks.ts";

/** The generator learns first and is left alone, and real pairs are moved too: nothing listens to validation images. */
const WITHOUT_SEARCH = { generator: "separate", architecture: "fixed", augmentation: true } as const;

/** Sized, and without the search where too few validation images would lead it. */
function fitted(facts: TrainingFacts, machine: Machine): Record<string, SettingValue> {
  return { ...sized(facts, machine), ...(facts.validated < FEW_VALIDATED && WITHOUT_SEARCH) };
}

/** As many steps as pass in well under an hour. */
function sized(facts: TrainingFacts, machine: Machine): Record<string, SettingValue> {
  const sizes = isStrong(machine)
    ? { width: 16, steps: 3000, generatorSteps: 2000 }
    : { width: 8, steps: 1000, generatorSteps: 800 };
  // Real pairs moved too: the best of all arms, docs/experiments/genseg.md.
  return { ...fittedGenerator(facts, machine), depth: 4, augmentation: true, ...sizes };
}

export const presets: readonly Preset[] = [
  // First, so that it is the default: in all that was measured the search added nothing, and it takes half of the time. docs/experiments/genseg.md.
  {
    id: "no-search",
    title: "Without the search",
    summary:
      "The generator learns, then stays as it is, and real pairs are moved too. The safe choice with few validation images.",
    settings: WITHOUT_SEARCH,
    fitted: sized,
  },
  {
    id: "fitted",
    title: "Sized for this computer",
    summary:
      "Image size, networks and steps that this computer takes in well under an hour; without the search where fewer than 4 validation images could lead it.",
    settings: {},
    fitted,
  },
  {
    id: "parity",
    title: "As published",
    summary: "The paper's image size and networks. For a computer with a graphics card.",
    settings: {
      size: 256,
      batchSize: 2,
      generatorWidth: 64,
      generatorWidest: 512,
      discriminatorWidth: 64,
      width: 64,
      depth: 5,
      steps: 5000,
      generatorSteps: 700,
      searchEvery: 1,
      generatorEvery: 1,
    },
  },
  {
    id: "small",
    title: "Quick look",
    summary: "Small networks on small images, to see whether a generator learns here at all.",
    settings: {
      size: 64,
      generatorSteps: 300,
      steps: 300,
      generatorWidth: 12,
      generatorWidest: 48,
      width: 6,
      depth: 4,
      generatorRate: 0.001,
      learningRate: 0.004,
      architectureRate: 0.03,
    },
  },
];
