import { describe, expect, it } from "vitest";
import { cellsOf, planExperiment, unitOf } from "./experiment.ts";
import type { Arm } from "./arms.ts";
import { planSplits, type StudyFrame } from "./plan.ts";

/** `perCase` annotated frames of each of `cases` cases, and one that nobody annotated. */
function study(cases: number, perCase: number): StudyFrame[] {
  return Array.from({ length: cases }, (_, index) =>
    Array.from({ length: perCase + 1 }, (_, frame) => ({
      frameId: 100 * (index + 1) + frame,
      caseId: index + 1,
      isAnnotated: frame < perCase,
    })),
  ).flat();
}

const caseOf = (frameId: number): number => Math.floor(frameId / 100);

describe("splits of an experiment", () => {
  it("never teach with a patient that they judge", () => {
    const splits = planSplits(study(9, 4), { seeds: [1, 2], labelled: [3, 10], folds: 3 });
    expect(splits).toHaveLength(2 * 3 * 2);
    for (const { train, test } of splits) {
      expect(train.map(caseOf).filter((caseId) => test.includes(caseId))).toEqual([]);
    }
  });

  it("judge each patient once in the folds of a seed", () => {
    const splits = planSplits(study(7, 2), { seeds: [4], labelled: [2], folds: 3 });
    expect(splits.flatMap(({ test }) => test).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it("without folds judge a quarter of the patients, others in each seed", () => {
    const splits = planSplits(study(12, 2), { seeds: [1, 2, 3], labelled: [2], folds: 1 });
    expect(splits.map(({ test }) => test.length)).toEqual([3, 3, 3]);
    expect(new Set(splits.map(({ test }) => test.toSorted().join())).size).toBeGreaterThan(1);
  });

  it("by images take one of every patient first, and small sets from large ones", () => {
    const [small, large] = planSplits(study(8, 6), { seeds: [3], labelled: [6, 15], folds: 1, labelBy: "images" });
    expect(new Set(small!.train.map(caseOf)).size).toBe(6);
    expect(large!.train.slice(0, 6)).toEqual(small!.train);
    expect(Math.max(...[...Map.groupBy(large!.train, caseOf).values()].map(({ length }) => length))).toBe(3);
    expect(new Set(large!.train).size).toBe(15);
  });

  it("refuse an arm that holds a patient back where there is one only", () => {
    const arms: Arm[] = [
      { id: "a", title: "a", method: "genseg", settings: { second: "none" } },
      { id: "b", title: "b", method: "genseg", settings: {}, validationShare: 0.25 },
    ];
    const request = { arms, settings: {}, seeds: [1], labelled: [4], folds: 1 };
    expect(() => planExperiment(study(8, 6), request)).toThrow(/"b" needs labelled images of two patients/);
    expect(planExperiment(study(8, 6), { ...request, labelled: [7] }).splits).toHaveLength(1);
  });

  it("take whole patients, only part of the last, and small sets from large ones", () => {
    const [small, large] = planSplits(study(8, 6), { seeds: [3], labelled: [6, 15], folds: 1 });
    expect(new Set(small!.train.map(caseOf)).size).toBe(1);
    expect(large!.train.slice(0, 6)).toEqual(small!.train);
    const byCase = Map.groupBy(large!.train, caseOf);
    expect([...byCase.values()].map(({ length }) => length)).toEqual([6, 6, 3]);
    // Spread over the patient, not its first three slices.
    expect([...byCase.values()].at(-1)!.map((frameId) => frameId % 100)).toEqual([1, 3, 5]);
    expect(new Set(large!.train).size).toBe(15);
  });

  it("never teach with an image that nobody annotated", () => {
    const [split] = planSplits(study(4, 3), { seeds: [1], labelled: [9], folds: 1 });
    expect(split!.train).toHaveLength(9);
    expect(split!.train.filter((frameId) => frameId % 100 === 3)).toEqual([]);
  });

  it("are the same again, whatever the order of the frames", () => {
    const request = { seeds: [1, 2], labelled: [5], folds: 2 };
    expect(planSplits(study(6, 3).toReversed(), request)).toEqual(planSplits(study(6, 3), request));
  });

  it("refuse what the data cannot give", () => {
    const request = { seeds: [1], labelled: [5], folds: 1 };
    expect(() => planSplits(study(1, 30), request)).toThrow("too few annotated cases: 2 are needed, there is 1");
    expect(() => planSplits(study(4, 5), { ...request, folds: 5 })).toThrow("5 are needed, there are 4");
    expect(() => planSplits(study(4, 5), { ...request, labelled: [16] })).toThrow("16 labelled ones are asked for, 15");
    expect(() => planSplits(study(4, 5), { ...request, seeds: [1, 1] })).toThrow("none given twice");
    expect(() => planSplits(study(4, 5), { ...request, labelled: [0] })).toThrow("whole numbers");
  });
});

const supervised: Arm[] = [false, true].map((augmentation) => ({
  id: augmentation ? "augmented" : "supervised",
  title: augmentation ? "supervised training with augmentation" : "supervised training",
  method: "segment",
  settings: { augmentation },
}));

describe("plan of an experiment", () => {
  const request = { seeds: [1, 2], labelled: [2, 4], folds: 1 };

  it("gives all arms the same splits and steps, one split after the other", () => {
    const plan = planExperiment(study(5, 2), { ...request, arms: supervised, settings: { steps: 7, size: 32 } });
    expect(plan.arms.map(({ settings }) => [settings["augmentation"], settings.steps, settings["size"]])).toEqual([
      [false, 7, 32],
      [true, 7, 32],
    ]);
    const cells = cellsOf(plan);
    expect(cells).toHaveLength(2 * 2 * 2);
    expect(cells[0]!.split).toBe(cells[1]!.split);
    expect(cells.slice(0, 2).map(({ arm }) => arm.id)).toEqual(["supervised", "augmented"]);
  });

  it("what makes an arm cannot be set for all", () => {
    const plan = planExperiment(study(5, 2), { ...request, arms: supervised, settings: { augmentation: true } });
    expect(plan.arms[0]!.settings["augmentation"]).toBe(false);
  });

  it("refuses a setting that no arm has", () => {
    expect(() => planExperiment(study(5, 2), { ...request, arms: supervised, settings: { step: 7 } })).toThrow(
      "No arm has a setting step.",
    );
  });

  it("refuses a longer training beside a shorter one, and an arm alone", () => {
    const longer = { ...supervised[1]!, settings: { steps: 9 } };
    const settings = { steps: 7 };
    expect(() => planExperiment(study(5, 2), { ...request, arms: [supervised[0]!, longer], settings })).toThrow(
      "same number of steps. supervised: 7 steps, augmented: 9 steps",
    );
    expect(() => planExperiment(study(5, 2), { ...request, arms: [longer], settings })).toThrow("two arms");
  });
});

describe("an experiment on volumes", () => {
  /** Of each case a series of three slices, of every third with one that nobody annotated, and an image by itself. */
  const series = Array.from({ length: 9 }, (_, index) => {
    const id = 100 * (index + 1);
    const own = { caseId: index + 1, volume: { id, slices: 3 } };
    const slices = [0, 1, 2].map((slice) => ({ ...own, frameId: id + slice, isAnnotated: index % 3 > 0 || slice > 0 }));
    return [...slices, { caseId: index + 1, frameId: id + 50, isAnnotated: true }];
  }).flat();
  const supervised: Arm = { id: "supervised", title: "", method: "bcp", settings: { useUnlabelled: false } };
  const bcp: Arm = { id: "bcp", title: "", method: "bcp", settings: {} };
  const request = { seeds: [1, 2], labelled: [1, 3], folds: 1, settings: { dimensions: "3", steps: 5 } };

  it("counts whole series, and takes all slices of them", () => {
    const plan = planExperiment(series, { ...request, arms: [supervised, bcp] });
    expect(unitOf(plan)).toBe("series");
    for (const { train, test, labelled } of plan.splits) {
      expect(train).toHaveLength(3 * labelled);
      expect(new Set(train.map(caseOf)).size).toBe(labelled);
      expect(train.filter((frameId) => caseOf(frameId) % 3 === 1 || frameId % 100 > 2)).toEqual([]);
      expect(test.filter((caseId) => caseId % 3 === 1)).toEqual([]);
    }
  });

  it("says what does not fit it", () => {
    expect(() => planExperiment(series, { ...request, labelled: [30], arms: [supervised, bcp] })).toThrow(
      "too few annotated series: 30 labelled ones are asked for, 4 are there to learn from",
    );
    const turned = { ...supervised, id: "augmented", isOfImages: true };
    expect(() => planExperiment(series, { ...request, arms: [turned, bcp] })).toThrow(
      '"augmented" is there for single',
    );
  });
});
