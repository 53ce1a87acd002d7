/** @file Settings sized for data and machine. */
import type { Machine, Preset, TrainingFacts } from "../training-facts.ts";
import type { SettingValue } from "../settings.ts";
import { VOLUME_DEFAULTS } from "./settings.ts";

/** A machine with fewer cores or less memory (bytes) than this gets the smaller network. */
const STRONG = { cores: 8, memoryBytes: 16e9 };
/** Sides that are offered, pixels. */
const SIDES = [64, 96, 128, 160, 192] as const;

/**
 * As large as a computer without a graphics card takes in minutes: the side nearest to that of the images, at most 128 (192 on a strong
 * machine); a network to match; steps for about as many looks at each image as the published runs take of a tenth of theirs.
 */
export function fittedSettings({ labelled, side }: TrainingFacts, machine: Machine): Record<string, SettingValue> {
  const isStrong = machine.cores >= STRONG.cores && machine.memoryBytes >= STRONG.memoryBytes;
  const largest = isStrong ? 192 : 128;
  const size = SIDES.filter((each) => each <= largest).findLast((each) => each <= Math.max(side, SIDES[0])) ?? SIDES[0];
  const steps = labelled <= 40 ? 1200 : 2000;
  return {
    size,
    width: isStrong ? 16 : 8,
    depth: 4,
    halfBatch: Math.max(1, Math.min(4, Math.ceil(labelled / 2))),
    steps: isStrong ? 2 * steps : steps,
    validateEvery: 100,
  };
}

/** A patch is not thicker than the longest series, in slices, and at most so thick; networks of this depth need multiples of `multiple`. */
const PATCH = { multiple: 8, most: 16 } as const;

/** Series as volumes, on a computer without a graphics card. */
export const volumes: Preset = {
  id: "volumes",
  title: "Series as volumes",
  summary: "Learns whole series of slices with a V-Net, in patches and a network that this computer can take.",
  settings: { ...VOLUME_DEFAULTS, dimensions: "3" },
  fitted: ({ volumes: { longest } }) => {
    const { multiple, most } = PATCH;
    return { slices: Math.max(multiple, Math.min(most, Math.ceil(longest / multiple) * multiple)) };
  },
};
