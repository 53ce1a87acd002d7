/** @file Settings of Siamese-Diffusion: of its training, and of painting with what it trained. */
import { OWN } from "./backbone/record.ts";
import { backbone, boolean, choice, number, type SettingsOf } from "../settings.ts";

const whole = { integer: true } as const;

export const settings = {
  steps: number({
    label: "Steps",
    help: "Updates with masks, after the prior has learned from images alone.",
    default: 3000,
    min: 1,
    max: 1_000_000,
    ...whole,
  }),
  backbone: backbone({
    label: "Backbone",
    help: "Own networks learn everything from your images. Or a Stable Diffusion of yours that was added to this computer stays as it is, and small networks learn to steer it.",
  }),
  backboneNoise: boolean({
    label: "Start from the backbone's noise",
    help: "What is learned is added to the noise that the backbone's own UNet predicts, where it has one. Off: half the time.",
    default: true,
  }),
  stages: choice({
    label: "Stages",
    help: "two: first what images look like, from all of them, annotated or not; then how masks steer them. joint: all from the first step.",
    default: "two",
    options: ["two", "joint"],
    when: { key: "backbone", is: OWN },
  }),
  priorSteps: number({
    label: "Steps of the prior",
    help: "Updates on images alone, annotated or not, before masks come in.",
    default: 3000,
    min: 1,
    max: 1_000_000,
    ...whole,
    when: { key: "stages", is: "two" },
  }),
  size: number({
    label: "Image size",
    help: "Side in pixels of the images that are painted.",
    default: 64,
    min: 16,
    max: 1024,
    multipleOf: 16,
    ...whole,
  }),
  denoiser: choice({
    label: "Network size",
    help: "Very small (XS) has 0.9 million parameters, small (S) 5.9, medium (M) 10.6, with all that steers it.",
    default: "S",
    options: ["XS", "S", "M"],
    names: { XS: "very small", S: "small", M: "medium" },
  }),
  adapter: choice({
    label: "Latent image",
    help: "What noise is added to: blocks of 2 × 2 or 4 × 4 pixels as channels, pixels themselves, or the code of an autoencoder that is trained first.",
    default: "spaceToDepth2",
    options: ["spaceToDepth2", "spaceToDepth4", "identity", "autoencoder"],
    names: {
      spaceToDepth2: "blocks of 2 × 2",
      spaceToDepth4: "blocks of 4 × 4",
      identity: "pixels",
      autoencoder: "autoencoder",
    },
    when: { key: "backbone", is: OWN },
  }),
  codecSteps: number({
    label: "Steps of the autoencoder",
    help: "Updates before all others.",
    default: 3000,
    min: 1,
    max: 1_000_000,
    ...whole,
    when: { key: "adapter", is: "autoencoder" },
  }),
  batchSize: number({
    label: "Batch size",
    help: "Images per step. Smaller needs less memory.",
    default: 8,
    min: 1,
    max: 64,
    ...whole,
  }),
  priorRate: number({
    label: "Learning rate of the prior",
    help: "Step size of AdamW for the prior and the autoencoder, at its largest.",
    default: 0.0002,
    min: 0.000_001,
    max: 0.1,
    when: { key: "backbone", is: OWN },
  }),
  learningRate: number({
    label: "Learning rate",
    help: "Step size of AdamW with masks, at its largest.",
    default: 0.0002,
    min: 0.000_001,
    max: 0.1,
  }),
  emaDecay: number({
    label: "Decay of the average",
    help: "Painted is with an average of the weights; this share of it is kept at each step.",
    default: 0.999,
    min: 0,
    max: 0.99999,
  }),
  predicts: choice({
    label: "Prediction",
    help: "Velocity weighs all noise levels alike, which training from scratch needs. The noise itself is what Stable Diffusion predicts.",
    default: "v",
    options: ["v", "eps"],
    names: { v: "velocity", eps: "noise" },
    when: { key: "backbone", is: OWN },
  }),
  flips: boolean({
    label: "Mirror images",
    help: "Half of all images are learned mirrored left to right, with their masks. Off where left and right differ.",
    default: true,
  }),
  hint: choice({
    label: "Hint",
    help: "How masks and images are read: dense as in Siamese-Diffusion, or plain as in ControlNet.",
    default: "dense",
    options: ["dense", "plain"],
  }),
  imageBranch: boolean({
    label: "Image branch",
    help: "The second branch, which sees the image beside the mask. Off: an ordinary mask-to-image diffusion.",
    default: true,
  }),
  consistencyWeight: number({
    label: "Weight of noise consistency",
    help: "How strongly the mask's branch follows the image's. 0: without.",
    default: 1,
    min: 0,
    max: 10,
    when: { key: "imageBranch", is: true },
  }),
  imageWeight: number({
    label: "Weight of the image",
    help: "What the image's share in the second branch rises to by the last step.",
    default: 1,
    min: 0,
    max: 1,
    when: { key: "imageBranch", is: true },
  }),
  onlineAugmentation: boolean({
    label: "Online augmentation",
    help: "In the last two thirds of the steps the mask's branch also learns from images as the second branch sees them.",
    default: true,
    when: { key: "imageBranch", is: true },
  }),
  augmentedPart: choice({
    label: "Augmented samples",
    help: "earliest: the part of a batch with the least noise goes through it, which is faster. whole: all of it.",
    default: "earliest",
    options: ["earliest", "whole"],
    when: { key: "onlineAugmentation", is: true },
  }),
  outlets: choice({
    label: "Start of the control",
    help: "small suits a prior of your own images; zero, as in the paper, needs one trained on very many.",
    default: "small",
    options: ["small", "zero"],
  }),
  controlDrop: number({
    label: "Samples without mask",
    help: "Share of samples that are learned without their mask: guidance by the mask needs some.",
    default: 0.1,
    min: 0,
    max: 0.9,
  }),
  conditionDrop: number({
    label: "Samples without condition",
    help: "Share of samples that are learned as images of no set in particular.",
    default: 0.05,
    min: 0,
    max: 0.9,
  }),
  validateEvery: number({
    label: "Validate every",
    help: "Steps between two looks at the validation images.",
    default: 250,
    min: 1,
    max: 1_000_000,
    ...whole,
  }),
  keep: choice({
    label: "Keep",
    help: "The last weights, or those that denoise the validation images best: pictures often gain after that.",
    default: "last",
    options: ["best", "last"],
  }),
};

export type SiameseSettings = SettingsOf<typeof settings>;

/** Of all stages. */
export function totalSteps({ backbone, adapter, codecSteps, stages, priorSteps, steps }: SiameseSettings): number {
  if (backbone !== OWN) return steps;
  return (adapter === "autoencoder" ? codecSteps : 0) + (stages === "two" ? priorSteps : 0) + steps;
}
