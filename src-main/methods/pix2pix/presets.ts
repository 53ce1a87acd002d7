/** @file Settings of pix2pix by a name: sized for this computer, the paper's, and small ones. */
import type { Machine, Preset, TrainingFacts } from "../training-facts.ts";
import { fittedGenerator, isStrong } from "../mask-to-image/fitted.ts";
import type { SettingValue } from "../settings.ts";

/** Isola et al. 2017, section 6.2: batches of one image, 200 times all of them. */
const EPOCHS = 200;

/** As many steps as pass in well under half an hour. */
function fitted(facts: TrainingFacts, machine: Machine): Record<string, SettingValue> {
  return { ...fittedGenerator(facts, machine), steps: isStrong(machine) ? 3000 : 1500 };
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
    id: "parity",
    title: "As published",
    summary: "The paper's image size and networks. For a computer with a graphics card.",
    settings: {
      size: 256,
      batchSize: 1,
      generatorWidth: 64,
      generatorWidest: 512,
      discriminatorWidth: 64,
      generatorRate: 0.0002,
    },
    fitted: ({ labelled }) => ({ steps: Math.max(1, EPOCHS * labelled) }),
  },
  {
    id: "small",
    title: "Quick look",
    summary: "Small networks on small images, to see whether a generator learns here at all.",
    settings: {
      size: 64,
      steps: 300,
      generatorWidth: 12,
      generatorWidest: 48,
      generatorRate: 0.001,
      validateEvery: 50,
    },
  },
];
