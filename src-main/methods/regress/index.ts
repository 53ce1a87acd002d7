/** @file Numbers of whole images by one look: a residual network from scratch, Huber's loss of numbers in deviations. See ../grading/README.md. */
import { defineMethod } from "../define-method.ts";
import { gradesOnly } from "../grading/grades-only.ts";
import { lookPresets } from "../grading/presets.ts";
import { numberRemarks } from "../grading/remarks.ts";
import { commonSettings, lookSettings } from "../grading/settings.ts";

export const settings = { ...commonSettings, ...lookSettings };

export const regress = defineMethod({
  id: "regress",
  title: "Measure numbers",
  summary: "Learns to tell one or several numbers of whole images, in their units, from those that you gave.",
  needs: { train: 0, validate: 0 },
  learnsLabels: "numbers",
  makes: () => ["numbers"],
  judgedBy: () => ({ figure: "validationNRMSE", better: "lower" }),
  presets: lookPresets,
  settings,
  remarks: numberRemarks,
  async start(request) {
    const { startLooking } = await import("../grading/session.ts");
    return startLooking({ ...request, method: "regress" });
  },
  openPredictor: () => Promise.reject(gradesOnly("The model")),
  async openGrader(weights, device) {
    const { openGrader } = await import("../grading/grader.ts");
    return openGrader(weights, device);
  },
});
