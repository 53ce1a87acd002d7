/**
 * @file DiffMIC: a class or grade of whole images by diffusion around the guess of two looks, at the whole and at regions. Yang et al. 2023, arXiv:2303.10610.
 * Departures from the paper and from the published program: ../grading/README.md.
 */
import { defineMethod } from "../define-method.ts";
import { diffusionSettings, type DiffusionSettings, diffusionShape, stagesOf } from "../grading/diffusion-settings.ts";
import { gradesOnly } from "../grading/grades-only.ts";
import { diffusionPresets } from "../grading/presets.ts";
import { diffusionRemarks, gradeRemarks } from "../grading/remarks.ts";

export const diffmic = defineMethod({
  id: "diffmic",
  title: "Grade by diffusion",
  summary:
    "Learns the class or grade of whole images, shows where it looked, and says by repeated sampling how sure it is (DiffMIC).",
  needs: { train: 0, validate: 0 },
  learnsLabels: "grades",
  makes: () => ["grades"],
  judgedBy: () => ({ figure: "validationBalancedAccuracy", better: "higher" }),
  presets: diffusionPresets,
  settings: diffusionSettings,
  totalSteps(given) {
    const { first, steps } = stagesOf(given as DiffusionSettings).at(-1)!;
    return first + steps;
  },
  pacing: { stages: () => ["guidanceSteps", "steps"], fewest: () => 1000 },
  remarks(facts, given) {
    const settings = given as DiffusionSettings;
    diffusionShape(settings, 1, 2); // throws where sizes do not fit
    return [...gradeRemarks(facts, given), ...diffusionRemarks(facts, settings)];
  },
  async start(request) {
    const { startDiffusion } = await import("../grading/diffusion-session.ts");
    return startDiffusion(request);
  },
  openPredictor: () => Promise.reject(gradesOnly("The model")),
  async openGrader(weights, device) {
    const { openGrader } = await import("../grading/grader.ts");
    return openGrader(weights, device);
  },
});
