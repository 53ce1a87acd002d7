/** @file Settings of pix2pix. */
import { generatorSettings } from "../genseg/settings.ts";
import { choice, number, type SettingsOf } from "../settings.ts";

export const settings = {
  steps: number({
    label: "Steps",
    help: "Updates of the generator, with one of the discriminator before each.",
    default: 2000,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  ...generatorSettings,
  batchSize: number({
    label: "Batch size",
    help: "Images per step. Smaller needs less memory.",
    default: 4,
    min: 1,
    max: 64,
    integer: true,
  }),
  validateEvery: number({
    label: "Validate every",
    help: "Steps between two looks at the validation images.",
    default: 100,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  keep: choice({
    label: "Keep",
    help: "The last weights, or those whose paintings of validation masks differ least from the real images: these tend to be blurred.",
    default: "last",
    options: ["best", "last"],
  }),
};

export type Pix2pixSettings = SettingsOf<typeof settings>;
