/** @file Teacher and student of a finished training side by side, as they are when they predict. */
import { preprocessFrame, restorePrediction, restoreWindow } from "../../dataset/index.ts";
import type { ComputeDevice } from "../start-request.ts";
import type { Inference, ReviewedNetwork, Reviewer, VolumeReviewer } from "../trained-models.ts";
import { cleanPseudoLabels } from "./pseudo-labels.ts";
import { openReviewedNetworks, type ReviewedNetworks } from "./reviewed-networks.ts";
import { reviewVolumes } from "./volume-reviewer.ts";

/** `weights`: what the training gave. Throws `Problem` "unsupported-file" when it holds no two networks of ours. */
export async function openReviewer(weights: Uint8Array, device: ComputeDevice): Promise<Reviewer | VolumeReviewer> {
  const networks = await openReviewedNetworks(weights, device);
  const { volume } = networks.description;
  return volume === undefined ? reviewImages(networks) : reviewVolumes(networks, volume);
}

function reviewImages({ description, cleaning, probabilities, release }: ReviewedNetworks): Reviewer {
  const { classes, channels, size } = description;
  const values = classes.map(({ value }) => value);
  return {
    kind: "images",
    classes,
    channels,
    size,
    probabilities,
    async infer(frame) {
      const { image, placement, original } = preprocessFrame(frame, { size, channels });
      const placed = { placement, original };
      const inferenceOf = async (which: ReviewedNetwork): Promise<Inference> => {
        const own = await probabilities(which, image, 1);
        return {
          prediction: () => restorePrediction(own, placed, { size, classes: values }),
          probabilities: (window) => restoreWindow(own, placed, { size, planes: 1 + values.length }, window),
          bytes: own.byteLength,
        };
      };
      return { student: await inferenceOf("student"), teacher: await inferenceOf("teacher") };
    },
    pseudoLabel(classNumbers) {
      const labels = classNumbers.slice();
      cleanPseudoLabels(labels, [size, size], cleaning);
      return labels;
    },
    release,
  };
}
