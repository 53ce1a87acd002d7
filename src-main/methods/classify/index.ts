/** @file Classes or grades of whole images by one look: a residual network from scratch. He et al. 2016, arXiv:1512.03385. See ../grading/README.md. */
import { defineMethod } from "../define-method.ts";
import { gradesOnly } from "../grading/grades-only.ts";
import { lookPresets } from "../grading/presets.ts";
import { gradeRemarks } from "../grading/remarks.ts";
import { commonSettings, lookSettings } from "../grading/settings.ts";
import { boolean, number } from "../settings.ts";

export const settings = {
  ...commonSettings,
  ...lookSettings,
  isBalanced: boolean({
    label: "Balance classes",
    help: "Every class is shown as often as any other, however few images it has.",
    default: true,
  }),
  labelSmoothing: number({
    label: "Label smoothing",
    help: "Share of the truth that is spread over all classes, so that the network is not surer than it should be.",
    default: 0.05,
    min: 0,
    max: 0.5,
  }),
};

export const classify = defineMethod({
  id: "classify",
  title: "Classify images",
  summary: "Learns to tell the class or grade of whole images from those that you labelled.",
  needs: { train: 0, validate: 0 },
  learnsLabels: "grades",
  makes: () => ["grades"],
  judgedBy: () => ({ figure: "validationBalancedAccuracy", better: "higher" }),
  presets: lookPresets,
  settings,
  remarks: gradeRemarks,
  async start(request) {
    const { startLooking } = await import("../grading/session.ts");
    return startLooking({ ...request, method: "classify" });
  },
  openPredictor: () => Promise.reject(gradesOnly("The model")),
  async openGrader(weights, device) {
    const { openGrader } = await import("../grading/grader.ts");
    return openGrader(weights, device);
  },
});
