/** @file Settings that trainings on labels of whole images share, and the networks that come of them. */
import { boolean, choice, network, number } from "../settings.ts";
import type { GraderShape, Trunk } from "./networks.ts";
import { SIDES } from "./trunk-record.ts";

export const commonSettings = {
  size: number({
    label: "Image size",
    help: "Side in pixels to which images are brought for the network, a multiple of 8. Larger sees finer detail and takes longer.",
    default: 64,
    min: SIDES.least,
    max: SIDES.most,
    integer: true,
    multipleOf: SIDES.multipleOf,
  }),
  network: choice({
    label: "Network",
    help: "A narrow one for small images and few of them, or ResNet-18 with 11 million weights, which wants images of 128 pixels or more.",
    default: "narrow",
    options: ["narrow", "resnet18"],
    names: { narrow: "narrow residual network", resnet18: "ResNet-18" },
  }),
  width: number({
    label: "Network width",
    help: "Of the narrow network: channels of its first stage; doubled by each of two others.",
    default: 8,
    min: 4,
    max: 64,
    integer: true,
    when: { key: "network", is: "narrow" },
  }),
  batchSize: number({
    label: "Batch size",
    help: "Images per step. Smaller needs less memory.",
    default: 32,
    min: 2,
    max: 256,
    integer: true,
  }),
  augmentation: boolean({
    label: "Augmentation",
    help: "Vary training images at random: small turns, shifts and scales, brightness, contrast, a covered patch.",
    default: true,
  }),
  mirror: choice({
    label: "Mirroring",
    help: "Of training images, where the side says nothing of the label: not at all, left to right, or both ways.",
    default: "columns",
    options: ["none", "columns", "both"],
    names: { none: "none", columns: "left to right", both: "both ways" },
  }),
  validateEvery: number({
    label: "Validate every",
    help: "Steps between two checks on the validation images; the best check becomes the model.",
    default: 100,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
};

export interface NetworkSettings {
  size: number;
  network: "narrow" | "resnet18";
  width: number;
}

/** Of our own networks. */
export const trunkOf = ({ network, width }: Pick<NetworkSettings, "width"> & { network: string }): Trunk =>
  network === "narrow" ? { kind: "narrow", width } : { kind: "resnet18" };

/** Of a network that looks once; what it does not have is 0. */
export function plainShape(shape: Pick<GraderShape, "size" | "channels" | "classes" | "trunk">): GraderShape {
  return { ...shape, regions: { count: 0, side: 0 }, topShare: 1, hidden: 0, times: 0 };
}

/** Of methods that look once: what with, and how long they learn. */
export const lookSettings = {
  network: network({
    label: "Network",
    help: "A narrow one for small images and few of them, ResNet-18 with 11 million weights, which wants images of 128 pixels or more, or an ONNX trunk of your own that learned before.",
    default: "narrow",
    options: ["narrow", "resnet18"],
    names: { narrow: "narrow residual network", resnet18: "ResNet-18" },
  }),
  steps: number({
    label: "Steps",
    help: "Updates of the network; each sees one batch.",
    default: 1500,
    min: 1,
    max: 1_000_000,
    integer: true,
  }),
  learningRate: number({
    label: "Learning rate",
    help: "Step size of Adam at its largest.",
    default: 2e-3,
    min: 1e-6,
    max: 0.1,
  }),
};
