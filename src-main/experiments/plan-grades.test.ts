import { describe, expect, it } from "vitest";
import { findArms } from "./arms.ts";
import { comparedSteps, planExperiment } from "./experiment.ts";
import { planGradeSplits } from "./plan-grades.ts";
import type { StudyFrame } from "./plan.ts";

const label = { name: "stage", options: ["mild", "moderate", "severe"] };

/** `counts`: patients of each class, each with `perCase` images. */
function study(counts: readonly number[], perCase = 1): StudyFrame[] {
  let caseId = 0;
  return counts.flatMap((count, grade) =>
    Array.from({ length: count }, () => ++caseId).flatMap((own) =>
      Array.from({ length: perCase }, (_, at) => {
        return { frameId: 100 * own + at, caseId: own, isAnnotated: true, grade, hasMask: grade < 2 };
      }),
    ),
  );
}

const gradesOf = (frames: readonly StudyFrame[], ids: readonly number[], key: "frameId" | "caseId"): number[] =>
  ids.map((id) => frames.find((frame) => frame[key] === id)!.grade!);

describe("splits of an experiment on a label", () => {
  const frames = study([20, 8, 2]);
  const request = { seeds: [1, 2, 3], labelled: [3, 12], folds: 1 };

  it("teach and judge every class, however rare, and never with the same patient", () => {
    for (const { train, test } of planGradeSplits(frames, request, label)) {
      expect(new Set(gradesOf(frames, train, "frameId"))).toEqual(new Set([0, 1, 2]));
      expect(new Set(gradesOf(frames, test, "caseId"))).toEqual(new Set([0, 1, 2]));
      expect(train.filter((frameId) => test.includes(Math.floor(frameId / 100)))).toEqual([]);
    }
  });

  it("keep the proportion of the classes, and a small set within each larger one", () => {
    const [small, large] = planGradeSplits(frames, request, label);
    expect(large!.train.slice(0, 3)).toEqual(small!.train);
    const counts = [0, 1, 2].map((grade) => gradesOf(frames, large!.train, "frameId").filter((one) => one === grade));
    expect(counts.map(({ length }) => length)).toEqual([8, 3, 1]);
    expect(gradesOf(frames, large!.test, "caseId").toSorted()).toEqual([0, 0, 0, 0, 0, 1, 1, 2]);
  });

  it("judge each patient once in the folds of a seed, each class spread over them", () => {
    const splits = planGradeSplits(study([9, 6]), { seeds: [4], labelled: [4], folds: 3 }, label);
    expect(splits.flatMap(({ test }) => test).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 15 }, (_, at) => at + 1),
    );
    for (const { test } of splits) expect(gradesOf(study([9, 6]), test, "caseId").toSorted()).toEqual([0, 0, 0, 1, 1]);
  });

  it("take one image of every patient first", () => {
    const many = study([6, 6], 4);
    const [split] = planGradeSplits(many, { seeds: [1], labelled: [8], folds: 1 }, label);
    expect(new Set(split!.train.map((frameId) => Math.floor(frameId / 100))).size).toBe(8);
  });

  it("draw others in each seed", () => {
    const tests = planGradeSplits(frames, { ...request, labelled: [6] }, label).map(({ test }) => test.join());
    expect(new Set(tests).size).toBeGreaterThan(1);
  });

  it("are refused in a sentence where a class cannot both teach and judge", () => {
    const refused =
      (of: StudyFrame[], more = {}) =>
      () =>
        planGradeSplits(of, { ...request, ...more }, label);
    expect(refused([])).toThrow("No image of the train and validation split has a stage");
    expect(refused(study([5]))).toThrow("All 5 labelled images have the same stage: mild.");
    expect(refused(study([5, 4, 1]))).toThrow("Only one image has the stage severe.");
    expect(refused(study([5, 1], 3))).toThrow("All 3 images with the stage moderate are of one patient.");
    expect(refused(frames, { labelled: [2] })).toThrow("With 2 labelled images there is none of the stage severe");
    expect(refused(frames, { labelled: [200] })).toThrow("200 labelled ones are asked for, 22 are there");
  });
});

describe("the plan of an experiment on a label", () => {
  const target = { ...label, labelId: 7, kind: "grade" as const, unit: null };
  const plan = (ids: string[], settings = {}, counts = [8, 8]) =>
    planExperiment(study(counts), {
      arms: findArms(ids),
      settings: { steps: 40, size: 32, ...settings },
      seeds: [1],
      labelled: [8],
      folds: 1,
      label: target,
    });

  it("lets the guesses of DiffMIC learn as long as the plain network, then the diffusion", () => {
    const { arms, label: planned } = plan(["classify", "diffmic"]);
    expect(planned).toEqual(target);
    expect(arms.map(comparedSteps)).toEqual([40, 40]);
    expect(arms[1]!.settings).toMatchObject({ guidanceSteps: 40, steps: 200 });
    expect(() => plan(["classify", "diffmic"], { guidanceSteps: 20 })).toThrow("the same number of steps");
  });

  it("gives the painter settings of its own, and refuses a class that nothing can be painted for", () => {
    const { arms } = plan(["classify", "classify-synthetic"], { "painter.steps": 5 });
    expect(arms[1]!.classPainter!.settings).toMatchObject({ steps: 5 });
    expect(() => plan(["classify", "classify-synthetic"], {}, [8, 8, 4])).toThrow(
      /none of the stage severe has a mask/,
    );
  });

  it("does not compare outlines with classes", () => {
    expect(() => plan(["classify", "supervised"])).toThrow("not compared with each other");
  });
});
