/** @file Settings of translations by a name: sized for this computer, as published, small, and for tests. */
import type { Machine, Preset, TrainingFacts } from "../training-facts.ts";
import type { SettingValue } from "../settings.ts";

/** A machine with fewer cores or less memory (bytes) than this gets the smaller networks. */
const STRONG = { cores: 8, memoryBytes: 16e9 };
const SIDES = [64, 96, 128] as const;
/** Of the paper. */
const EPOCHS = 80;

function fitted({ side }: TrainingFacts, { cores, memoryBytes }: Machine): Record<string, SettingValue> {
  const isStrong = cores >= STRONG.cores && memoryBytes >= STRONG.memoryBytes;
  const size = SIDES.filter((each) => isStrong || each < 128).findLast((each) => each <= side) ?? SIDES[0];
  return isStrong
    ? { size, steps: 6000, batchSize: 2 }
    : {
        size,
        steps: 3000,
        batchSize: 2,
        generatorWidth: 16,
        generatorBlocks: 3,
        discriminatorWidth: 16,
        discriminatorHalvings: 2,
        registrationWidth: 16,
        registrationBlocks: 1,
        learningRate: 5e-4,
      };
}

export const presets: readonly Preset[] = [
  {
    id: "fitted",
    title: "Sized for this computer",
    summary: "Image size, networks and steps that this computer takes in an hour or so.",
    settings: {},
    fitted,
  },
  {
    id: "full",
    title: "As published",
    summary: "The paper's image size and networks, 80 times all pairs. For a computer with a graphics card.",
    settings: {
      size: 256,
      batchSize: 1,
      generatorWidth: 64,
      generatorBlocks: 9,
      discriminatorWidth: 64,
      registrationWidth: 32,
      registrationBlocks: 3,
    },
    fitted: ({ pairs }) => ({ steps: Math.max(1, EPOCHS * (pairs?.train ?? 0)) }),
  },
  {
    id: "small",
    title: "Small networks",
    summary: "Images of 64 × 64 and small networks: minutes, to see whether a translation can be learned here.",
    settings: {
      size: 64,
      steps: 1200,
      batchSize: 4,
      generatorWidth: 16,
      generatorBlocks: 3,
      discriminatorWidth: 16,
      discriminatorHalvings: 2,
      registrationWidth: 16,
      registrationLevels: 4,
      registrationBlocks: 1,
      learningRate: 5e-4,
      validateEvery: 200,
    },
  },
  {
    id: "test",
    title: "Quick look",
    summary: "The smallest networks on images of 64 × 64, to see in a minute that everything works.",
    settings: {
      size: 64,
      steps: 600,
      batchSize: 4,
      generatorWidth: 8,
      generatorBlocks: 3,
      discriminatorWidth: 8,
      discriminatorHalvings: 2,
      registrationWidth: 8,
      registrationLevels: 4,
      registrationBlocks: 1,
      learningRate: 5e-4,
      validateEvery: 100,
    },
  },
];
