/**
 * @file Siamese-Diffusion: a denoiser steered by masks learns beside one that sees the image too, and paints new images for masks. Qiu et al. 2025,
 * arXiv:2505.06068. Departures from the paper: README.md.
 */
import { defineMethod } from "../define-method.ts";
import { paintsOnly } from "../mask-to-image/paints-only.ts";
import { pacing } from "./pacing.ts";
import { decodeSafetensors } from "../../engine/safetensors.ts";
import { isOnBackbone } from "./backbone/model.ts";
import { OWN, requireBackbone } from "./backbone/record.ts";
import { paintFields, paintFieldsOf, parsePaintSettings } from "./paint-settings.ts";
import { presets } from "./presets.ts";
import { siameseRemarks } from "./remarks.ts";
import { settings, type SiameseSettings, totalSteps } from "./settings.ts";
import { METHOD } from "./shape.ts";

export const siameseDiffusion = defineMethod({
  id: METHOD,
  title: "Paint images for masks by diffusion",
  summary:
    "Trains a diffusion that paints images for masks, from your images alone (Siamese-Diffusion). Takes hours: after minutes pictures are grainy.",
  needs: { train: 1, validate: 0, unlabelled: 0 },
  makes: () => ["images"],
  judgedBy: () => ({ figure: "validationError", better: "lower" }),
  presets,
  settings,
  remarks: siameseRemarks,
  totalSteps: (given) => totalSteps(given as SiameseSettings),
  pacing,
  paintSettings: paintFields,
  paintSettingsOf: paintFieldsOf,
  parsePaint: parsePaintSettings,
  async start(request) {
    const { backbone } = request.settings;
    if (backbone !== OWN) {
      const { startOnBackbone } = await import("./backbone/session.ts");
      return startOnBackbone(request, requireBackbone(request.backbones, backbone).record);
    }
    const { startSiamese } = await import("./session.ts");
    return startSiamese(request);
  },
  openPredictor: () => Promise.reject(paintsOnly("The model")),
  async openGenerator(weights, device, resources = {}) {
    if (isOnBackbone(decodeSafetensors(weights).metadata)) {
      const { openCompactGenerator } = await import("./backbone/generator.ts");
      return openCompactGenerator(weights, device, resources);
    }
    const { openSiameseGenerator } = await import("./generator.ts");
    return openSiameseGenerator(weights, device);
  },
});
