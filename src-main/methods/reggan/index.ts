/**
 * @file RegGAN: a generator learns to translate images to another modality from pairs that do not lie exactly on each other, because a registration network
 * takes the misalignment. Kong et al. 2021, arXiv:2110.06465. Departures from the paper: README.md.
 */
import { defineMethod } from "../define-method.ts";
import { choice } from "../settings.ts";
import { presets } from "../translation/presets.ts";
import { translatesOnly } from "../translation/translates-only.ts";
import { translationRemarks } from "../translation/remarks.ts";
import { translationSettings, type TranslationSettings } from "../translation/settings.ts";

const settings = {
  mode: choice({
    label: "Trained by",
    help: "What tells the generator how it does: a registered comparison with the target (RegGAN), that and the way back, the discriminator alone, or every pixel of the target (pix2pix).",
    default: "reggan",
    options: ["reggan", "cyclegan-registered", "nc", "pix2pix"],
    names: {
      reggan: "RegGAN",
      "cyclegan-registered": "RegGAN with the way back",
      nc: "the discriminator alone",
      pix2pix: "pix2pix",
    },
  }),
  ...translationSettings,
};

export const reggan = defineMethod({
  id: "reggan",
  title: "Translate a modality",
  summary:
    "Learns to make images of one modality from those of another, from pairs that need not lie exactly on each other (RegGAN).",
  needs: { train: 0, validate: 0 },
  learnsPairs: true,
  makes: () => ["translations"],
  judgedBy: () => ({ figure: "validationNMAE", better: "lower" }),
  presets,
  settings,
  remarks: (facts, given) =>
    translationRemarks(facts, given as TranslationSettings, given["mode"] as (typeof settings.mode)["default"]),
  async start(request) {
    const { startTranslation } = await import("../translation/session.ts");
    return startTranslation({ ...request, method: "reggan", mode: request.settings.mode });
  },
  openPredictor: () => Promise.reject(translatesOnly("The model")),
  async openTranslator(weights, device) {
    const { openTranslator } = await import("../translation/translator.ts");
    return openTranslator(weights, device);
  },
  async openRegistrar(weights, device) {
    const { openRegistrar } = await import("../translation/registrar.ts");
    return openRegistrar(weights, device);
  },
});
