/**
 * @file CycleGAN: two generators learn to translate between two modalities from images that are not paired, because what goes there and back is to be what it
 * was. Zhu et al. 2017, arXiv:1703.10593. Departures from the paper: README.md of reggan.
 */
import { defineMethod } from "../define-method.ts";
import { presets } from "../translation/presets.ts";
import { translationRemarks } from "../translation/remarks.ts";
import { translatesOnly } from "../translation/translates-only.ts";
import { translationSettings, type TranslationSettings } from "../translation/settings.ts";

export const cyclegan = defineMethod({
  id: "cyclegan",
  title: "Translate a modality without pairs",
  summary:
    "Learns to make images of one modality from those of another, from images of any patients (CycleGAN). With pairs, RegGAN shows less that is not there.",
  needs: { train: 0, validate: 0 },
  learnsPairs: true,
  makes: () => ["translations"],
  judgedBy: () => ({ figure: "validationNMAE", better: "lower" }),
  presets,
  settings: translationSettings,
  remarks: (facts, given) => translationRemarks(facts, given as TranslationSettings, "cyclegan"),
  async start(request) {
    const { startTranslation } = await import("../translation/session.ts");
    return startTranslation({ ...request, method: "cyclegan", mode: "cyclegan" });
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
