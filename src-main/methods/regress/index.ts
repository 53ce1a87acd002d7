/** @file Numbers of whole images by one look: a residual network from scratch, Huber's loss of numbers in deviations. See ../grading/README.md. */
import { defineMethod } from "../define-method.ts";
import { gradesOnly } from "../grading/grades-only.ts";
import { lookPresets } from "../grading/presets.ts";
import { numberRemarks } from "../grading/remarks.ts";
import { commonSettings } from "../grading/settings.ts";
import { number } from "../settings.ts";

export const settings = {
  ...commonSettings,
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
