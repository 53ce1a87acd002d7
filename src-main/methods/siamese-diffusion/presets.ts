/** @file Settings of Siamese-Diffusion by a name: sized for this computer, for a night, the published form, and a quick look. */
import type { Machine, Preset, TrainingFacts } from "../training-facts.ts";
import type { SettingValue } from "../settings.ts";
import { XS_LEARNING } from "./shape.ts";

/** A machine with fewer cores or less memory (bytes) than this gets smaller images and fewer steps. */
const STRONG = { cores: 8, memoryBytes: 16e9 };
const SIDES = [32, 64] as const;

/** With images that have no masks the prior learns from them; without, both learn together. */
function stagesFor({ labelled, unlabelled }: TrainingFacts): Record<string, SettingValue> {
  return unlabelled * 2 >= labelled ? { stages: "two" } : { stages: "joint" };
}

function fitted(facts: TrainingFacts, machine: Machine): Record<string, SettingValue> {
  const isStrong = machine.cores >= STRONG.cores && machine.memoryBytes >= STRONG.memoryBytes;
  const size = SIDES.findLast((each) => each <= facts.side) ?? SIDES[0];
  const steps = isStrong ? 4000 : 1500;
  const network = size === 64 ? { denoiser: "S" } : { denoiser: "XS", ...XS_LEARNING };
  return { size, ...network, steps, priorSteps: steps, ...stagesFor(facts) };
}

/** Eight hours or so on two cores: 64² with many steps. */
function overnight(facts: TrainingFacts, machine: Machine): Record<string, SettingValue> {
  const isStrong = machine.cores >= STRONG.cores && machine.memoryBytes >= STRONG.memoryBytes;
  const steps = isStrong ? 30_000 : 10_000;
  return { size: 64, denoiser: "S", steps, priorSteps: steps, emaDecay: 0.9995, ...stagesFor(facts) };
}

export const presets: readonly Preset[] = [
  {
    id: "fitted",
    title: "Sized for this computer",
    summary: "Image size, network and steps that this computer takes in an hour or two.",
    settings: {},
    fitted,
  },
  {
    id: "overnight",
    title: "Overnight",
    summary: "Images of 64 × 64 and as many steps as pass in a night.",
    settings: {},
    fitted: overnight,
  },
  {
    id: "large",
    title: "For a graphics card",
    summary: "Images of 128 × 128 and the largest network.",
    settings: { size: 128, denoiser: "M", adapter: "spaceToDepth4", steps: 30_000, priorSteps: 30_000 },
    fitted: stagesFor,
  },
  {
    id: "mask-only",
    title: "Without the second branch",
    summary: "An ordinary diffusion steered by masks, to compare with: the same network, half the time.",
    settings: { imageBranch: false },
    fitted,
  },
  {
    id: "small",
    title: "Quick look",
    summary:
      "A small network on images of 32 × 32, to see in minutes whether it learns anything here. Its pictures stay grainy.",
    settings: {
      size: 32,
      denoiser: "XS",
      priorSteps: 500,
      steps: 480,
      ...XS_LEARNING,
      validateEvery: 120,
    },
  },
];
