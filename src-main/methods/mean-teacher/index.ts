/**
 * @file Mean teacher: a student learns from labels, and to agree on unlabelled images with a slow average of itself. The plain
 * baseline of semi-supervised training. Departures from the paper: README.md.
 */
import { defineMethod } from "../define-method.ts";
import { dataRemarks } from "../student-teacher/remarks.ts";
import { volumeRemarks } from "../student-teacher/volume-remarks.ts";
import { defaultsFor, presets, settings } from "./settings.ts";

/** Tarvainen & Valpola 2017, arXiv:1703.01780. */
export const meanTeacher = defineMethod({
  id: "mean-teacher",
  title: "Mean teacher",
  summary:
    "Learns from your annotations, and to say the same of unlabelled images as a slow average of itself. The plain baseline to compare with.",
  needs: { train: 1, validate: 1, unlabelled: 1 },
  settings,
  defaultsFor,
  presets,
  remarks: (facts, chosen) => [
    ...dataRemarks(facts),
    ...(chosen["dimensions"] === "3" ? volumeRemarks(facts, chosen, true) : []),
  ],
  async start(request) {
    const { startMeanTeacher } = await import("./training.ts");
    return startMeanTeacher(request);
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
