/** @file Settings of a grader by diffusion, and the networks that come of them. */
import type { LabelSampler } from "../../diffusion/index.ts";
import { Problem } from "../../problem/index.ts";
import { boolean, choice, number, type SettingsOf } from "../settings.ts";
import type { LabelChain } from "./model-file.ts";
import type { GraderShape } from "./networks.ts";
import { saliencyCells } from "./regions.ts";
import { commonSettings, trunkOf } from "./settings.ts";

/** How far estimates of a label may go beyond 0 and 1, unless settings say otherwise. */
const USUAL_CLIP = 0.5;

export const diffusionSettings = {
  ...commonSettings,
  guidanceSteps: number({
    label: "Steps of the guesses",
    help: "Updates of the two looks that guess the label, before the diffusion learns.",
    default: 800,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  steps: number({
    label: "Steps",
    help: "Updates of the diffusion. Fewer than 3000 seldom are enough.",
    default: 4000,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  guidanceRate: number({
    label: "Learning rate of the guesses",
    help: "Step size of Adam at its largest.",
    default: 2e-3,
    min: 1e-6,
    max: 0.1,
  }),
  learningRate: number({
    label: "Learning rate",
    help: "Step size of Adam for the diffusion, at its largest.",
    default: 1e-3,
    min: 1e-6,
    max: 0.1,
  }),
  guidanceSchedule: choice({
    label: "Rate of the guesses over time",
    help: "Rises, then falls to 0 along a cosine; or the same at all steps, as in the published program.",
    default: "cosine",
    options: ["cosine", "constant"],
    names: { cosine: "cosine", constant: "constant" },
  }),
  isBalanced: boolean({
    label: "Balance classes",
    help: "The looks are shown every class as often as any other; the diffusion keeps the distribution that there is.",
    default: true,
  }),
  labelSmoothing: number({
    label: "Label smoothing",
    help: "Share of the truth that is spread over all classes where the looks learn, so that they are not surer than they should be.",
    default: 0.05,
    min: 0,
    max: 0.5,
  }),
  priors: choice({
    label: "Guesses to learn from",
    help: "Of networks that learned the image too, or of networks that did not see it: these err as they will on new images, and take as many trainings more as there are folds.",
    default: "in-fold",
    options: ["in-fold", "out-of-fold"],
    names: { "in-fold": "by networks that saw the image", "out-of-fold": "by networks that did not" },
  }),
  folds: number({
    label: "Folds",
    help: "Parts of the training images, by patient, each guessed by a network that learned the others.",
    default: 4,
    min: 2,
    max: 10,
    integer: true,
    when: { key: "priors", is: "out-of-fold" },
  }),
  isJoint: boolean({
    label: "Learn together",
    help: "As published: the looks learn on beside the diffusion, which sees each image through a network of its own. Takes many times longer, and drives guesses of small sets to be too sure.",
    default: false,
  }),
  variant: choice({
    label: "Variant",
    help: "Where paper and published program differ: the program takes the mean of logits and tells the diffusion that guess; the paper the mean of probabilities, and tells it both looks.",
    default: "code",
    options: ["code", "paper"],
    names: { code: "published program", paper: "paper" },
  }),
  priorSum: boolean({
    label: "Sum of the guesses",
    help: "Noise around the sum of both looks' probabilities, as one formula of the paper has it, instead of their mean. For experiments.",
    default: false,
    when: { key: "variant", is: "paper" },
  }),
  losses: choice({
    label: "Looks learn by",
    help: "Each by its own answer as well as by both together, or by both together alone, as in the published program.",
    default: "all",
    options: ["all", "fused"],
    names: { all: "each its own answer too", fused: "both together" },
  }),
  regions: number({
    label: "Close looks",
    help: "Regions of each image that are looked at closely. 0 leaves them out: the whole image alone is looked at.",
    default: 4,
    min: 0,
    max: 16,
    integer: true,
  }),
  regionSide: number({
    label: "Side of a region",
    help: "Pixels, a multiple of 8: at least as large as what the label depends on.",
    default: 24,
    min: 8,
    max: 256,
    integer: true,
    multipleOf: 8,
  }),
  localChannels: choice({
    label: "Close looks see",
    help: "Of images in color all channels, or the first one three times, as in the published program.",
    default: "all",
    options: ["all", "first"],
    names: { all: "all channels", first: "the first channel" },
  }),
  topShare: number({
    label: "Share of the saliency",
    help: "Of each map the highest cells, whose mean is the answer: 1 is the mean of all.",
    default: 1,
    min: 0.01,
    max: 1,
  }),
  hidden: number({
    label: "Width of the diffusion",
    help: "Numbers in each layer of the network that removes noise from labels. 6144 as published.",
    default: 128,
    min: 16,
    max: 6144,
    integer: true,
  }),
  times: number({
    label: "Times",
    help: "Steps from label to noise. 1000 as published.",
    default: 100,
    min: 25,
    max: 1000,
    integer: true,
  }),
  sampler: choice({
    label: "Sampler",
    help: "All times with noise, some without (DDIM), or the last ones alone, as the published program has it: that trusts the guess too much.",
    default: "full",
    options: ["full", "ddim", "truncated"],
    names: { full: "all times", ddim: "DDIM", truncated: "cut short" },
  }),
  samplerSteps: number({
    label: "Steps of the sampler",
    help: "Of DDIM, or of the chain that is cut short.",
    default: 10,
    min: 2,
    max: 1000,
    integer: true,
  }),
  clip: number({
    label: "Limit of estimates",
    help: "How far estimates of a label may go beyond 0 and 1 on their way; 0 lets them go anywhere, as in the published program.",
    default: USUAL_CLIP,
    min: 0,
    max: 100,
  }),
  diffusionBatch: number({
    label: "Batch size of the diffusion",
    help: "Images per step of the diffusion.",
    default: 64,
    min: 4,
    max: 512,
    integer: true,
  }),
  distributionWeight: number({
    label: "Weight of the distribution",
    help: "Of the comparison of predicted with true noise as a whole (MMD), by each look alone. 0 leaves it out.",
    default: 0.5,
    min: 0,
    max: 10,
  }),
  isUnbiased: boolean({
    label: "Unbiased comparison",
    help: "Leave out pairs of a number with itself: for batches of fewer than 32 images.",
    default: false,
  }),
  isCentred: boolean({
    label: "Noise around the guess",
    help: "Off: noise around 0, as in an ordinary diffusion. For experiments.",
    default: true,
  }),
  seesImage: boolean({
    label: "Diffusion sees the image",
    help: "Off: it goes by the guesses alone. For experiments.",
    default: true,
  }),
  views: number({
    label: "Views",
    help: "Variations of each image that the diffusion learns from, itself the first.",
    default: 4,
    min: 1,
    max: 32,
    integer: true,
  }),
  samples: number({
    label: "Chains",
    help: "Walks from noise to a label for each validation image; their mean is judged.",
    default: 8,
    min: 1,
    max: 100,
    integer: true,
  }),
};

export type DiffusionSettings = SettingsOf<typeof diffusionSettings>;

/** Throws `Problem` where regions do not fit into the image, or the sampler into its times. */
export function diffusionShape(settings: DiffusionSettings, channels: number, classes: number): GraderShape {
  const { size, regions: count, regionSide: side, topShare, hidden, times, samplerSteps, sampler } = settings;
  const { localChannels } = settings;
  const trunk = trunkOf(settings);
  const cells = saliencyCells({ size, trunk });
  if (count > 0 && (side > size || Math.round((side * cells) / size) > cells)) {
    throw new Problem({
      code: "bad-request",
      title: `Regions of ${side} pixels do not fit into images of ${size}.`,
      hint: "Choose smaller regions or larger images.",
    });
  }
  if (sampler !== "full" && samplerSteps > times) {
    throw new Problem({
      code: "bad-request",
      title: `A sampler of ${samplerSteps} steps does not fit into ${times} times.`,
      hint: "Choose fewer steps of the sampler.",
    });
  }
  // Left out where it changes nothing, as in models of earlier versions.
  const isFirstAlone = localChannels === "first" && channels > 1;
  const regions = { count, side, ...(isFirstAlone && { isFirstChannelAlone: true }) };
  return { size, channels, classes, trunk, regions, topShare, hidden, times };
}

export function chainOf(settings: DiffusionSettings): LabelChain {
  const { variant, isCentred, sampler, samplerSteps, isJoint, priorSum, clip, seesImage } = settings;
  const samplers: Record<typeof sampler, LabelSampler> = {
    full: "full",
    ddim: { ddim: samplerSteps },
    truncated: { truncated: samplerSteps },
  };
  return {
    variant,
    isCentred,
    sampler: samplers[sampler],
    image: isJoint ? "trained" : "features",
    clip: clip === 0 ? null : [-clip, 1 + clip],
    ...(variant === "paper" && priorSum && { isSummed: true }),
    ...(!seesImage && { isBlind: true }),
  };
}

export interface Stage {
  kind: "fold" | "guidance" | "diffusion";
  /** Of the stage "fold". */
  fold: number;
  first: number;
  steps: number;
}

/** In the order in which they are worked. */
export function stagesOf({
  priors,
  folds,
  guidanceSteps,
  steps,
  isJoint,
}: Pick<DiffusionSettings, "priors" | "folds" | "guidanceSteps" | "steps" | "isJoint">): Stage[] {
  // Looks that learn on cannot be those of a fold.
  const count = priors === "out-of-fold" && !isJoint ? folds : 0;
  const stages = Array.from({ length: count }, (_, fold): Stage => {
    return { kind: "fold", fold, first: fold * guidanceSteps, steps: guidanceSteps };
  });
  const guided = count * guidanceSteps;
  return [
    ...stages,
    { kind: "guidance", fold: 0, first: guided, steps: guidanceSteps },
    { kind: "diffusion", fold: 0, first: guided + guidanceSteps, steps },
  ];
}
