/** @file Settings of trainings on labels by a name: sized for this computer, as published, small. */
import type { Machine, Preset, TrainingFacts } from "../training-facts.ts";
import type { SettingValue } from "../settings.ts";

type Settings = Record<string, SettingValue>;

/** A machine with fewer cores or less memory (bytes) than this gets the narrow network. */
const STRONG = { cores: 8, memoryBytes: 16e9 };
const SIDES = [32, 48, 64, 96, 128, 192, 224] as const;

/** The largest side that the images have and the machine trains in an hour or so. */
function sized({ side }: TrainingFacts, { cores, memoryBytes }: Machine): Settings {
  const isStrong = cores >= STRONG.cores && memoryBytes >= STRONG.memoryBytes;
  const most = isStrong ? 224 : 96;
  const size = SIDES.filter((each) => each <= most).findLast((each) => each <= Math.max(side, SIDES[0])) ?? SIDES[0];
  return isStrong && size >= 128
    ? { size, network: "resnet18" }
    : { size, network: "narrow", width: isStrong ? 32 : 16 };
}

const quick = { size: 32, network: "narrow", width: 8 } as const;

export const lookPresets: readonly Preset[] = [
  {
    id: "fitted",
    title: "Sized for this computer",
    summary: "Image size and network that this computer trains in an hour or so.",
    settings: {},
    fitted: sized,
  },
  {
    id: "baseline",
    title: "ResNet-18",
    summary:
      "The usual network of 11 million weights, from scratch, on images of 224 × 224. For a computer with a graphics card.",
    settings: { size: 224, network: "resnet18", learningRate: 5e-4, steps: 4000 },
  },
  {
    id: "small",
    title: "Small networks",
    summary: "A narrow residual network on images of 64 × 64: minutes.",
    settings: { size: 64, network: "narrow", width: 8 },
  },
  {
    id: "test",
    title: "Quick look",
    summary: "The smallest networks on small images, to see in a minute that everything works.",
    settings: { ...quick, steps: 200, validateEvery: 50 },
  },
];

/** Side of a close look in images of `size`, where nobody says what the label depends on. */
export const regionOf = (size: number): number => Math.max(8, 8 * Math.round((3 * size) / 64));

export const diffusionPresets: readonly Preset[] = [
  {
    id: "fitted",
    title: "Sized for this computer",
    summary: "Image size and network that this computer trains in an hour or so.",
    settings: {},
    fitted(facts, machine) {
      const own = sized(facts, machine);
      return { ...own, regionSide: regionOf(Number(own["size"])) };
    },
  },
  {
    id: "published",
    title: "As published",
    summary:
      "The networks, times and joint learning of the published program, on images of 224 × 224. For a computer with a graphics card.",
    settings: {
      size: 224,
      network: "resnet18",
      isJoint: true,
      isBalanced: false,
      labelSmoothing: 0,
      guidanceSchedule: "constant",
      localChannels: "first",
      clip: 0,
      losses: "fused",
      regions: 6,
      regionSide: 32,
      hidden: 6144,
      times: 1000,
      guidanceRate: 2e-4,
      sampler: "ddim",
      guidanceSteps: 1500,
      steps: 80_000,
    },
  },
  {
    id: "small",
    title: "Small networks",
    summary: "A narrow residual network on images of 64 × 64: minutes.",
    settings: { size: 64, network: "narrow", width: 8 },
  },
  {
    id: "test",
    title: "Quick look",
    summary: "The smallest networks on small images, to see in a minute that everything works.",
    settings: {
      ...quick,
      regionSide: 16,
      guidanceSteps: 100,
      steps: 600,
      validateEvery: 100,
      times: 50,
      hidden: 64,
      views: 2,
    },
  },
];
