/** @file Settings of GenSeg by a name: sized for this computer, the paper's, and the specification's small ones. */
import type { Machine, Preset, TrainingFacts } from "../define-method.ts";
import type { SettingValue } from "../settings.ts";

/** A machine with fewer cores or less memory (bytes) than this gets the smaller networks. */
const STRONG = { cores: 8, memoryBytes: 16e9 };
const SIDES = [64, 96, 128] as const;

/** The side of the images, at most 128 (96 on a weak machine), and as many steps as pass in well under an hour. */
function fitted({ side }: TrainingFacts, machine: Machine): Record<string, SettingValue> {
  const isStrong = machine.cores >= STRONG.cores && machine.memoryBytes >= STRONG.memoryBytes;
  const size = SIDES.filter((each) => isStrong || each < 128).findLast((each) => each <= side) ?? SIDES[0];
  return isStrong
    ? { size, generatorWidth: 16, generatorWidest: 128, width: 16, depth: 4, steps: 3000, generatorSteps: 2000 }
    : { size, generatorWidth: 12, generatorWidest: 64, width: 8, depth: 4, steps: 1000, generatorSteps: 800 };
}

export const presets: readonly Preset[] = [
  {
    id: "fitted",
    title: "Sized for this computer",
    summary: "Image size, networks and steps that this computer takes in well under an hour.",
    settings: {},
    fitted,
  },
  {
    id: "no-search",
    title: "Without the search",
    summary:
      "The generator learns, then stays as it is, and real pairs are moved too. The safe choice with few validation images.",
    settings: { generator: "separate", architecture: "fixed", augmentation: true },
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
