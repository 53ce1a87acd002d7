/** @file The value meter on two modalities: labelled images of the source join those of the target, as they are and translated within the arm. */
import { afterEach, expect, test } from "vitest";
import { createLabelMap, encodeLabelMap } from "../../src-main/voxels/index.ts";
import { addSlice, brainOf, SIDE, SMALL_TRANSLATION } from "./project-of-brains.ts";
import { openWorkshop, type Workshop } from "./project-of-discs.ts";

let shop: Workshop;
afterEach(() => shop.close());

const TRANSLATOR = { ...SMALL_TRANSLATION, steps: 3 };
const settings = {
  size: SIDE,
  steps: 60,
  width: 4,
  depth: 2,
  halfBatch: 1,
  ...Object.fromEntries(Object.entries(TRANSLATOR).map(([key, value]) => [`translator.${key}`, value])),
};
const asked = { arms: ["supervised", "sources", "translated"], labelled: [2], seeds: [1], folds: 1, settings };

/** What is bright in T2 is the class. */
function annotate(frameId: number, patient: number): void {
  const mask = createLabelMap(SIDE, SIDE);
  mask.data.set(Uint8Array.from(brainOf(patient).t2, (value) => (value > 0.6 ? 1 : 0)));
  shop.project.annotations.write(frameId, encodeLabelMap(mask), { origin: "drawn" });
}

test(
  "labelled images of the other modality join those of the one that is judged, translated by what the arm's patients teach",
  { timeout: 120_000 },
  async () => {
    shop = await openWorkshop();
    const { project, queue } = shop;
    if (project.classes.list().length === 0) project.classes.add({ name: "bright" });
    for (const patient of [0, 1, 2, 3]) {
      await addSlice(project, "T1", patient, "train");
      annotate(await addSlice(project, "T2", patient, null), patient);
    }
    expect(() => queue.submitExperiment(asked)).toThrow("No two modalities are paired yet.");
    project.pairings.add({ from: "T1", to: "T2" });
    expect(() => queue.submitExperiment(asked)).toThrow(/No image of T1 is annotated that could join those of T2/);
    for (const patient of [10, 11]) annotate(await addSlice(project, "T1", patient, "train"), patient);
    project.pairings.add({ from: "T1", to: "T2" });

    const { runId, steps } = queue.submitExperiment(asked);
    expect(steps).toBe(60 + 60 + 3 + 60);
    expect(await queue.finished(runId)).toMatchObject({ state: "done", step: steps, problem: null });
    const scores = project.experiments.scores(runId);
    expect(scores.map(({ arm }) => arm).toSorted()).toEqual(["sources", "supervised", "translated"]);
    const judged = new Set(scores.map(({ scores: own }) => own.map(({ caseId }) => caseId).join()));
    expect(judged.size).toBe(1);
    const known = new Set(
      project.images
        .frames()
        .filter(({ modality, annotation }) => modality === "T2" && annotation !== null)
        .map(({ caseId }) => caseId),
    );
    for (const { caseId } of scores[0]!.scores) expect(known).toContain(caseId);
    // Sources taught something, and translated ones something else.
    const dice = scores.map(({ scores: own }) => own.map((one) => one.score).join());
    expect(new Set(dice).size).toBe(3);
  },
);
