/**
 * @file Supervised segmentation: a U-Net learns from annotated frames. Departures from the papers: README.md.
 */
import { defineMethod } from "../define-method.ts";
import { boolean, choice, number, type SettingsOf } from "../settings.ts";

const settings = {
  steps: number({
    label: "Steps",
    help: "Updates of the network; each sees one batch.",
    default: 300,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  size: number({
    label: "Image size",
    help: "Side in pixels to which images are brought for the network. Larger sees finer detail and takes longer.",
    default: 128,
    min: 32,
    max: 1024,
    integer: true,
    multipleOf: 16,
  }),
  batchSize: number({
    label: "Batch size",
    help: "Images per step. Smaller needs less memory.",
    default: 8,
    min: 1,
    max: 256,
    integer: true,
  }),
  learningRate: number({
    label: "Learning rate",
    help: "Step size of AdamW at its largest.",
    default: 0.002,
    min: 0.000_001,
    max: 1,
  }),
  schedule: choice({
    label: "Schedule",
    help: "How the learning rate falls to 0 after a short rise.",
    default: "cosine",
    options: ["cosine", "poly"],
  }),
  augmentation: boolean({
    label: "Augmentation",
    help: "Vary training images at random: flips, rotation, scaling, brightness, contrast, noise.",
    default: true,
  }),
  validateEvery: number({
    label: "Validate every",
    help: "Steps between two checks on the validation images; the best check becomes the model.",
    default: 25,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  width: number({
    label: "Network width",
    help: "Channels at full resolution; doubled at each level.",
    default: 16,
    min: 2,
    max: 128,
    integer: true,
  }),
  depth: number({
    label: "Network depth",
    help: "Levels of resolution, the full one included.",
    default: 4,
    min: 2,
    max: 5,
    integer: true,
  }),
  tune: boolean({
    label: "Measure this computer first",
    help: "Times several ways to compute each layer and takes the fastest: some seconds, once per image size and network.",
    default: false,
  }),
};

export type SegmentSettings = SettingsOf<typeof settings>;

/** U-Net (Ronneberger et al. 2015, arXiv:1505.04597) with instance norm, Dice and cross-entropy (nnU-Net, arXiv:1904.08128). */
export const segment = defineMethod({
  id: "segment",
  title: "Segment",
  summary: "Learns from your annotations to outline the same structures in new images.",
  needs: { train: 1, validate: 1 },
  presets: [
    {
      id: "standard",
      title: "Standard",
      summary: "A good start for most sets of images.",
      settings: {},
    },
    {
      id: "quick",
      title: "Quick look",
      summary: "A small network on small images, to see whether the annotations teach what they should.",
      settings: { steps: 150, size: 96, width: 8 },
    },
    {
      id: "fine",
      title: "Fine detail",
      summary: "Larger images and more steps, for small structures and thin borders.",
      settings: { steps: 1000, size: 256, batchSize: 4, validateEvery: 50 },
    },
  ],
  settings,
  async start(request) {
    const { startSegmentation } = await import("./training.ts");
    return startSegmentation(request);
  },
  async openPredictor(onnx, device) {
    const { openSegmentationModel } = await import("../segmentation-model/prediction.ts");
    return openSegmentationModel(onnx, device);
  },
});
