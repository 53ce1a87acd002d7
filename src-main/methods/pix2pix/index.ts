/**
 * @file pix2pix: a generator learns to paint images for masks, a discriminator to tell them from real ones. Isola et al. 2017,
 * arXiv:1611.07004. Departures from the paper: README.md.
 */
import { defineMethod } from "../define-method.ts";
import { paintsOnly } from "../mask-to-image/paints-only.ts";
import { presets } from "./presets.ts";
import { pix2pixRemarks } from "./remarks.ts";
import { settings } from "./settings.ts";

export const pix2pix = defineMethod({
  id: "pix2pix",
  title: "Paint images for masks",
  summary:
    "Trains a generator that paints images for masks (pix2pix), for new pairs to learn from. It outlines nothing itself.",
  needs: { train: 1, validate: 1 },
  makes: () => ["images"],
  judgedBy: () => ({ figure: "validationL1", better: "lower" }),
  presets,
  settings,
  remarks: pix2pixRemarks,
  async start(request) {
    const { startPix2pix } = await import("./training.ts");
    return startPix2pix(request);
  },
  openPredictor: () => Promise.reject(paintsOnly("The model")),
  async openGenerator(weights, device) {
    const { openGenerator } = await import("../mask-to-image/open-generator.ts");
    return openGenerator(weights, device);
  },
});
