/**
 * @file Bidirectional copy-paste: a student learns from collages of labelled and unlabelled images, whose unlabelled parts a slow
 * average of itself has labelled. Departures from the paper: README.md.
 */
import { defineMethod } from "../define-method.ts";
import { dataRemarks } from "../student-teacher/remarks.ts";
import { volumeRemarks } from "../student-teacher/volume-remarks.ts";
import { defaultsFor, presets, settings } from "./settings.ts";

/** Bai, Chen, Li, Shen, Wang 2023, arXiv:2305.00673. */
export const bcp = defineMethod({
  id: "bcp",
  title: "Learn from unlabelled images too",
  summary:
    "Learns from your annotations and from images that nobody annotated, by pasting parts of each into the other (BCP). Worth most with very few annotations.",
  needs: { train: 1, validate: 1, unlabelled: 1 },
  settings,
  defaultsFor,
  presets,
  remarks(facts, chosen) {
    const remarks = dataRemarks(facts);
    if (chosen["dimensions"] === "3") {
      return [...remarks, ...volumeRemarks(facts, chosen, chosen["useUnlabelled"] !== false)];
    }
    if (facts.labelled === 1) {
      remarks.push({
        text: "Only one image is annotated to train: there is no second one to make collages with, so pre-training is plain supervised training on it.",
        values: {},
      });
    }
    return remarks;
  },
  async start(request) {
    const { startBcp } = await import("./training.ts");
    return startBcp(request);
  },
  async openPredictor(onnx, device) {
    const { openSegmentationModel } = await import("../segmentation-model/prediction.ts");
    return openSegmentationModel(onnx, device);
  },
  async openReviewer(weights, device) {
    const { openReviewer } = await import("../student-teacher/reviewer.ts");
    return openReviewer(weights, device);
  },
});
