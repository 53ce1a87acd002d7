/**
 * @file GenSeg: a generator paints images for deformed masks, and its architecture follows what helps the network that outlines.
 * Zhang et al. 2025, doi 10.1038/s41467-025-61754-6. Departures from the paper and from its program: README.md.
 */
import { defineMethod } from "../define-method.ts";
import { presets } from "./presets.ts";
import { gensegRemarks } from "./remarks.ts";
import { type GensegSettings, settings } from "./settings.ts";
import { stagesOf } from "./stages.ts";

export const genseg = defineMethod({
  id: "genseg",
  title: "Learn from synthetic images too",
  summary:
    "Trains a generator that paints images for masks, deforms your masks, and learns to outline from both (GenSeg). For 9 to 40 annotations.",
  needs: { train: 1, validate: 1 },
  makes: ({ second }) => (second === "synthetic" ? ["masks", "images"] : ["masks"]),
  searches: ({ second, architecture }) => second === "synthetic" && architecture !== "fixed",
  presets,
  settings,
  remarks: gensegRemarks,
  pacing: {
    stages: ({ second }) => (second === "synthetic" ? ["generatorSteps", "steps"] : ["steps"]),
    fewest: () => 100,
  },
  totalSteps: (given) => stagesOf(given as GensegSettings).total,
  async start(request) {
    const { startGenseg } = await import("./training.ts");
    return startGenseg(request);
  },
  async openPredictor(onnx, device) {
    const { openSegmentationModel } = await import("../segmentation-model/prediction.ts");
    return openSegmentationModel(onnx, device);
  },
  async openGenerator(weights, device) {
    const { openGenerator } = await import("../mask-to-image/open-generator.ts");
    return openGenerator(weights, device);
  },
});
