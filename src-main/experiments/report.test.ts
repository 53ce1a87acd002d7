import { describe, expect, it } from "vitest";
import { type CellScores, reportOf } from "./report.ts";
import { comparisonCautions, comparisonSentence, reportLines } from "./report-text.ts";

const arms = [
  { id: "supervised", title: "supervised training" },
  { id: "bcp", title: "BCP" },
];

/** Dice of two classes of each patient. */
function cell(arm: string, seed: number, dice: readonly [number, number][], labelled = 10): CellScores {
  const scores = dice.flatMap(([first, second], caseId) => [
    { caseId, classValue: 1, score: first },
    { caseId, classValue: 2, score: second },
  ]);
  return { arm, seed, fold: 0, labelled, scores };
}

describe("report of an experiment", () => {
  const steady = [1, 2, 3].flatMap((seed) => [
    cell("supervised", seed, [
      [0.4, 0.6],
      [0.7, 0.5],
    ]),
    cell("bcp", seed, [
      [0.46, 0.66],
      [0.76, 0.56],
    ]),
  ]);

  it("compares patient by patient, the mean of the classes of each", () => {
    const { results, comparisons, curves } = reportOf(steady, { arms, labelled: [10] });
    expect(results.map(({ mean }) => mean?.toFixed(3))).toEqual(["0.550", "0.610"]);
    expect(results[0]!.seeds.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    expect(comparisons).toHaveLength(1);
    expect(comparisons[0]).toMatchObject({ verdict: "gain", positiveSeeds: 3, patients: 2 });
    expect(comparisons[0]!.gain).toBeCloseTo(0.06);
    expect(curves.map(({ points }) => points.length)).toEqual([1, 1]);
  });

  it("says what is not there yet as such", () => {
    const partial = [...steady.slice(0, 3), cell("supervised", 2, [[0.3, 0.3]], 5)];
    const { results, comparisons } = reportOf(partial, { arms, labelled: [5, 10] });
    expect(results.find(({ arm, labelled }) => arm === "bcp" && labelled === 5)).toMatchObject({
      mean: null,
      seeds: [
        { seed: 1, score: null },
        { seed: 2, score: null },
      ],
    });
    expect(comparisons.map(({ labelled, seeds }) => [labelled, seeds.length])).toEqual([[10, 1]]);
  });

  it("joins the folds of a seed", () => {
    const scores = (fold: number, arm: string, dice: number): CellScores => ({
      arm,
      seed: 1,
      fold,
      labelled: 10,
      scores: [{ caseId: fold, classValue: 1, score: dice }],
    });
    const cells = [0, 1].flatMap((fold) => [scores(fold, "supervised", 0.5), scores(fold, "bcp", 0.5 + 0.1 * fold)]);
    const { comparisons } = reportOf(cells, { arms, labelled: [10] });
    expect(comparisons[0]).toMatchObject({ patients: 2, verdict: "none" });
    expect(comparisons[0]!.gain).toBeCloseTo(0.05);
  });

  it("tells a gain, a loss and nothing in plain sentences", () => {
    const one = {
      arm: "bcp",
      title: "BCP",
      reference: "supervised",
      referenceTitle: "supervised training",
      labelled: 10,
      unit: "images" as const,
      outcome: "dice" as const,
      confidence: 0.95,
      positiveSeeds: 3,
      seeds: [1, 2, 3].map((seed) => ({ seed, gain: 0 })),
      patients: 4,
    };
    expect(comparisonSentence({ ...one, gain: 0.061, low: 0.039, high: 0.084, verdict: "gain" })).toBe(
      "BCP added 6.1 points of Dice (95 % interval 3.9 to 8.4) over supervised training with 10 labelled images.",
    );
    expect(comparisonSentence({ ...one, gain: -0.02, low: -0.03, high: -0.01, verdict: "loss", labelled: 1 })).toBe(
      "BCP lost 2.0 points of Dice (95 % interval 1.0 to 3.0) against supervised training with 1 labelled image.",
    );
    const none = { ...one, gain: 0.008, low: -0.011, high: 0.027, verdict: "none" as const };
    expect(comparisonSentence(none)).toBe(
      "No measurable gain of BCP over supervised training with 10 labelled images: +0.8 points of Dice (95 % interval −1.1 to 2.7).",
    );
    expect(comparisonCautions(none)).toEqual([
      "Above 0 in 3 of 3 seeds.",
      "3 seeds: the interval is somewhat too narrow.",
      "4 test patients: other patients may tell otherwise.",
    ]);
  });

  it("of a label means balanced accuracy: each class counts the same", () => {
    // Nine patients of class 0 and one of class 1; the second arm finds the rare one too.
    const said = (arm: string, seed: number, rare: number): CellScores => ({
      arm,
      seed,
      fold: 0,
      labelled: 10,
      scores: Array.from({ length: 10 }, (_, caseId) => {
        return caseId === 9 ? { caseId, classValue: 1, score: rare } : { caseId, classValue: 0, score: 1 };
      }),
    });
    const cells = [1, 2].flatMap((seed) => [said("supervised", seed, 0), said("bcp", seed, 1)]);
    const { results, comparisons, outcome } = reportOf(cells, { arms, labelled: [10], outcome: "balancedAccuracy" });
    expect(outcome).toBe("balancedAccuracy");
    expect(results.map(({ mean }) => mean)).toEqual([0.5, 1]);
    expect(results[1]).toMatchObject({ low: 1, high: 1 });
    expect(comparisons[0]).toMatchObject({ gain: 0.5, patients: 10 });
    expect(comparisonSentence(comparisons[0]!)).toContain("points of balanced accuracy");
    expect(reportLines(reportOf(cells, { arms, labelled: [10], outcome: "balancedAccuracy" }))[0]).toContain(
      "balanced accuracy (interval)",
    );
  });

  it("prints every seed of every arm", () => {
    const lines = reportLines(reportOf(steady, { arms, labelled: [10] }));
    expect(lines[0]).toBe("| labelled | arm | seed 1 | seed 2 | seed 3 | mean (interval) |");
    expect(lines[3]).toContain("| 10 | BCP | 0.610 | 0.610 | 0.610 | 0.610 (");
    expect(lines.at(-1)).toContain("BCP added 6.0 points");
  });
});
